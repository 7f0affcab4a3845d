"""The configured proxy, and only that one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from credwatch.contract import ConfigError, Reason, TransportError
from credwatch.transport import Transport

Serve = Callable[..., Any]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def tunnel_to(port: int) -> Callable[[socket.socket, bytes], None]:
    """A proxy that takes CONNECT for any host and leads it to this port."""

    def script(client: socket.socket, _: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join(5)

    return script


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


def test_a_vendor_is_reached_through_the_proxy_which_resolves_its_name_and_sees_no_key(
    serve: Serve, authority: Any
) -> None:
    server = serve(OK, authority.server("api.vendor.invalid"))
    proxy = serve(tunnel_to(server.port))
    transport = Transport(proxy=f"http://user:pa%20ss@{proxy.host}", ca=authority.ca)
    http = transport.to(["api.vendor.invalid"])

    replies = [http.send("GET", "https://api.vendor.invalid/v1", headers={"X-Key": "canary"}) for _ in range(2)]

    assert [reply.body for reply in replies] == [b"hi", b"hi"]
    assert len(proxy.seen) == 1
    assert proxy.seen[0].startswith(b"CONNECT api.vendor.invalid:443 HTTP/1.")
    assert b"Basic dXNlcjpwYSBzcw==" in proxy.seen[0]
    assert all(b"user-agent" not in part.lower() and b"canary" not in part for part in proxy.seen)
    assert all(b"proxy-authorization" not in part.lower() for part in server.seen)
    transport.close()


def test_loopback_is_reached_directly(serve: Serve) -> None:
    server, proxy = serve(OK), serve(OK)
    transport = Transport(proxy=proxy.url)

    assert transport.to([server.host]).send("GET", server.url, headers={}).body == b"hi"
    assert proxy.seen == []
    transport.close()


def silence(sock: socket.socket, _: bytes) -> None:
    sock.recv(1)


def no_tunnel(sock: socket.socket, _: bytes) -> None:
    sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    sock.recv(1)
    sock.sendall(b"this is no TLS at all")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (silence, Reason.TIMEOUT),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", Reason.UNREACHABLE),
        (no_tunnel, Reason.TLS),
    ],
)
def test_a_proxy_that_fails_is_a_reason_and_has_the_deadline(serve: Serve, script: Any, reason: Reason) -> None:
    proxy = serve(script)
    transport = Transport(proxy=proxy.url, deadline=timedelta(seconds=0.3))

    with pytest.raises(TransportError) as caught:
        transport.to(["api.vendor.invalid"]).send("GET", "https://api.vendor.invalid/", headers={})

    assert caught.value.reason is reason
    transport.close()


@pytest.mark.parametrize("proxy", ["socks5://u:canary@h:1", "egress:3128:canary", "http://", "http://[canary"])
def test_a_proxy_that_cannot_be_used_is_a_fault_of_the_configuration_and_is_not_repeated(proxy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Transport(proxy=proxy)

    assert "canary" not in str(caught.value)
