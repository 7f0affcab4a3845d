"""Who may ask, how much they may send, and how long it may take."""

from __future__ import annotations

import socket
import time

import pytest
from starlette.types import Receive, Scope, Send

from credwatch.config.addresses import Address
from credwatch.errors import ConfigError
from credwatch.web import serving
from credwatch.web.serving import Face, Web
from tests.web.world import ANY, Stack


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("localhost:8080", "/", 200),
        ("LocalHost:8080", "/", 200),
        ("127.0.0.1", "/", 200),
        ("[::1]:8080", "/", 200),
        ("[::1]", "/", 200),
        ("evil.example.com", "/", 421),
        ("localhost.evil.example.com:8080", "/", 421),
        ("", "/", 421),
        ("10.0.0.7:8081", "/livez", 200),
    ],
)
def test_the_page_answers_to_this_machine_only_and_the_probes_to_all(
    stack: Stack, host: str, path: str, expected: int
) -> None:
    assert stack.get(path, Host=host).status == expected


@pytest.mark.parametrize("path", ["/", "/livez"])
def test_nothing_can_be_sent(stack: Stack, path: str) -> None:
    assert stack.get(path, method="POST", body="x" * 100_000).status == 413
    assert stack.get(path, method="DELETE").status == 405
    with stack.dial(0) as chunked:
        chunked.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert chunked.recv(100).startswith(b"HTTP/1.1 413")


def test_every_answer_tells_browsers_to_keep_nothing_and_frame_nothing(stack: Stack) -> None:
    for path in "/", "/health", "/livez", "/nowhere":
        headers = stack.get(path).headers

        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers


def test_a_long_head_is_refused(stack: Stack) -> None:
    with stack.dial() as client:
        client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * serving.LARGEST_HEAD * 2)

        assert client.recv(100).startswith(b"HTTP/1.1 4")


def test_what_is_asked_for_at_once_is_limited(stack: Stack) -> None:
    waiting = [stack.dial() for _ in range(25)]
    deadline = time.monotonic() + 10
    while stack.get("/livez").status != 503:
        assert time.monotonic() < deadline
    for one in waiting:
        one.close()
    while stack.get("/livez").status != 200:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("begun", [b"", b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_a_request_that_drips_is_cut_off(begun: bytes) -> None:
    """Also when it is the second one on its connection."""

    class Hasty(serving.Impatient):
        patience = 0.2

    async def well(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    with Web([Face("[web] probes", ANY, well, 20)], protocol=Hasty) as web:
        where = web.addresses[0]
        with socket.create_connection((where.host, where.port), timeout=10) as client:
            client.sendall(begun)
            if begun:
                assert client.recv(1000).startswith(b"HTTP/1.1 200")
            drips = 0
            try:
                while drips < 100:
                    client.sendall(b"G" if not drips else b"E")
                    drips += 1
                    time.sleep(0.02)
            except OSError:
                pass

    assert drips < 100


def test_an_address_that_is_taken_is_named(stack: Stack) -> None:
    taken = stack.web.addresses[1]

    async def nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pass

    with pytest.raises(ConfigError, match=rf"\[web\] window 127\.0\.0\.1:{taken.port}: cannot be listened on, Address"):
        Web([Face("[web] probes", ANY, nobody, 1), Face("[web] window", taken, nobody, 1)]).start()


def test_both_families_of_addresses() -> None:
    async def nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pass

    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with Web([Face("[web] window", Address("::1", 0), nobody, 5)]) as web:
        with socket.create_connection(("::1", web.addresses[0].port), timeout=5):
            pass

        assert str(web.addresses[0]).startswith("[::1]:")
