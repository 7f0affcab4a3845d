"""What a transport remembers of where it has been."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from credwatch.clock import SystemClock
from credwatch.errors import TransportError
from credwatch.transport.noting import Noting
from tests.servers.raw import Server

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Still(SystemClock):
    def now(self) -> datetime:
        return NOON


def says(head: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda sock, _: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + head + b"\r\n")


def ask(server: Server) -> Noting:
    noting = Noting(proxy=None, ca=None, clock=Still())
    try:
        noting.to([server.host]).send("GET", f"{server.url}/secret-path?key=secret", headers={})
    finally:
        noting.close()
    return noting


@pytest.mark.parametrize(
    ("head", "ahead"),
    [
        (b"Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n", [timedelta(seconds=-0.5)]),
        (b"Date: Fri, 20 Nov 2026 11:59:30 GMT\r\n", [timedelta(seconds=29.5)]),
        (b"Date: Fri, 20 Nov 2026 12:00:00 -0000\r\n", [timedelta(seconds=-0.5)]),
        (b"Date: yesterday\r\n", []),
        (b"", []),
    ],
)
def test_a_date_header_says_how_the_clocks_stand(head: bytes, ahead: list[timedelta]) -> None:
    assert ask(Server(says(head))).ahead == ahead


def test_only_the_host_is_remembered() -> None:
    server = Server(says(b""))

    assert ask(server).asked == {server.host}


def test_a_host_that_gave_no_answer_was_asked_all_the_same() -> None:
    noting = Noting(proxy=None, ca=None, clock=Still())
    with socket.create_server(("127.0.0.1", 0)) as closed:
        host = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(TransportError):
        noting.to([host]).send("GET", f"http://{host}/", headers={})
    noting.close()

    assert (noting.asked, noting.ahead) == ({host}, [])


def test_a_host_whose_name_does_not_resolve_was_sent_nothing() -> None:
    with closing(Noting(proxy=None, ca=None, clock=Still())) as noting, pytest.raises(TransportError):
        noting.to(["nobody.invalid"]).send("GET", "https://nobody.invalid/", headers={})

    assert noting.asked == set()
