"""Who holds the duplicate of a socket, and for how long."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from credwatch.transport import Transport
from credwatch.transport.deadline import Call, Handle
from tests.servers.raw import Server

Serve = Callable[..., Server]
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A connection, and its other end."""
    here, there = socket.socketpair()
    there.setblocking(False)
    with here, there:
        yield here, there


def ended(there: socket.socket) -> bool:
    """Whether the other end has been told that nothing more comes."""
    try:
        return there.recv(1) == b""
    except BlockingIOError:
        return False


def test_a_connection_that_is_closed_is_gone_when_no_call_is_on_it(pair: Pair) -> None:
    here, there = pair
    handle = Handle(here)
    here.close()
    before = ended(there)
    handle.let_go()

    assert (before, ended(there)) == (False, True)


def test_a_call_that_is_late_ends_a_connection_that_was_closed_while_it_read(pair: Pair) -> None:
    here, there = pair
    call, handle = Call(time.monotonic()), Handle(here)
    call.watch(handle)
    here.close()
    handle.let_go()
    before = ended(there)
    call.expire()

    assert (before, ended(there), call.expired) == (False, True, True)
    call.finish()


def test_a_call_that_is_over_shuts_nothing_down(pair: Pair) -> None:
    here, there = pair
    call, handle = Call(time.monotonic()), Handle(here)
    call.watch(handle)
    call.finish()
    call.expire()

    assert not ended(there)
    handle.let_go()


def test_a_call_that_is_late_is_put_on_no_other_connection(pair: Pair) -> None:
    call, handle = Call(time.monotonic()), Handle(pair[0])
    call.expire()

    with pytest.raises(TimeoutError):
        call.watch(handle)
    handle.let_go()


@pytest.mark.parametrize("headers", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_a_transport_that_is_closed_leaves_no_connection_open(serve: Serve, headers: bytes) -> None:
    ends: list[bytes] = []

    def script(sock: socket.socket, _: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + headers + b"\r\nhi")
        sock.settimeout(10)
        ends.append(sock.recv(1))

    server = serve(script)
    transport = Transport()
    transport.to([server.host]).send("GET", server.url, headers={})
    transport.close()
    waited = time.monotonic() + 10
    while not ends and time.monotonic() < waited:
        time.sleep(0.01)

    assert ends == [b""]
