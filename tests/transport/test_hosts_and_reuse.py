"""Names and numbers of hosts as people write them, and what may lie on a connection that is kept."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from credwatch.contract import Reason, TransportError
from credwatch.transport import Transport
from credwatch.transport.names import Names
from tests.servers.raw import Server

Serve = Callable[..., Server]
SECOND = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\ndead"


def answer(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]) + b"\r\n\r\n" + body


def here(host: str, port: int, **_: Any) -> list[Any]:
    """Every name leads to this machine."""
    del host
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("first", [b"", b"x" * 20_000], ids=["small", "large"])
def test_what_follows_an_answer_unasked_is_never_the_next_keys(
    serve: Serve, authority: Any, first: bytes, *, secure: bool
) -> None:
    """A connection is kept, and a second answer already lies on it when another key is tried."""
    connections: list[socket.socket] = []

    def script(sock: socket.socket, _: bytes) -> None:
        sock.sendall(answer(b"mine") if connections else answer(first) + SECOND)
        connections.append(sock)

    server = serve(script, authority.server() if secure else None)
    transport = Transport(ca=authority.ca)
    http = transport.to([server.host])
    replies = [http.send("GET", server.url, headers={}) for _ in range(2)]
    transport.close()

    assert [(reply.status, reply.body) for reply in replies] == [(200, first), (200, b"mine")]


def test_a_name_is_one_host_however_it_is_written(serve: Serve, authority: Any) -> None:
    server = serve(answer(b"hi"), authority.server("vendor.test"))
    transport = Transport(ca=authority.ca, names=Names(here))
    http = transport.to([f"Vendor.TEST:{server.port}"])
    urls = [f"https://{name}:{server.port}/" for name in ("vendor.test", "VENDOR.test")]

    assert [http.send("GET", url, headers={}).body for url in urls] == [b"hi", b"hi"]
    transport.close()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 on this machine")
def test_two_names_and_two_ports_are_four_hosts_and_each_keeps_its_connection(serve: Serve) -> None:
    servers = [serve(answer(body)) for body in (b"here", b"there")]
    transport = Transport(names=Names(here))
    hosts = [f"{name}:{server.port}" for server in servers for name in ("one.test", "two.test")]
    http = transport.to(hosts, plain=True)
    bodies = [http.send("GET", f"http://{host}/", headers={}).body for _ in range(2) for host in hosts]
    transport.close()

    assert bodies == [b"here", b"here", b"there", b"there"] * 2
    assert [server.callers for server in servers] == [2, 2]


def test_an_address_of_ipv6_is_a_host_as_any_other(serve: Serve, authority: Any) -> None:
    server = serve(answer(b"hi"), authority.server("::1"), "::1")
    transport = Transport(ca=authority.ca)

    assert transport.to([server.host]).send("GET", f"{server.url}/v1", headers={}).body == b"hi"
    assert server.seen[0].count(f"Host: {server.host}".encode()) == 1
    transport.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://bücher.test/",
        "https://xn--/",
        f"https://{'a' * 64}.test/",
        "https://a..test/",
        "https://.test/",
        "https://[::1/",
        "https://vendor.test:99999/",
        "https://vendor.test@other.test/",
        "https://vendor.test\\@other.test/",
    ],
)
def test_a_host_that_is_none_is_a_reason_and_nobody_is_called(url: str) -> None:
    asked: list[str] = []

    def lookup(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return []

    transport = Transport(names=Names(lookup), deadline=timedelta(seconds=5))
    host = url.removeprefix("https://").rstrip("/")
    with pytest.raises(TransportError) as caught:
        transport.to([host, "vendor.test"]).send("GET", url, headers={"X-Key": "canary"})
    transport.close()

    assert caught.value.reason in {Reason.MALFORMED, Reason.DNS, Reason.WRONG_HOST}
    assert "other.test" not in asked
    assert "canary" not in repr(caught.value)
