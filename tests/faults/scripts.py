"""What a server may do to somebody who asks it, each as a script for `tests.servers.raw.Server`."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from tests.servers.raw import Script

MIB = 1 << 20
HUGE = 100 * MIB


@dataclass(frozen=True)
class Stage:
    """What a script may need to know of where it is played."""

    elsewhere: str
    """The address of a trap."""
    pace: float
    """Seconds between one byte and the next, of a server that drips."""


Play = Callable[[Stage], Script]


def answer(body: bytes = b"", *headers: bytes, status: str = "200 OK") -> bytes:
    """A whole answer."""
    head = [b"HTTP/1.1 " + status.encode(), b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def says(text: bytes, *, hangs_up: bool = False) -> Play:
    """These bytes to every request; the connection stays open unless it hangs up."""

    def script(sock: socket.socket, _: bytes) -> None:
        sock.sendall(text)
        if hangs_up:
            sock.close()

    return lambda _: script


def refuses(status: str, *headers: bytes, body: bytes = b"upstream connect error") -> Play:
    """This status, with words that are nobody's."""
    return says(answer(body, b"Content-Type: text/plain", *headers, status=status))


def resets(before: bytes = b"") -> Play:
    """An RST, after these bytes."""

    def script(sock: socket.socket, _: bytes) -> None:
        sock.sendall(before)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    return lambda _: script


def silent(before: bytes = b"") -> Play:
    """These bytes, and then nothing for as long as the other side waits."""

    def script(sock: socket.socket, _: bytes) -> None:
        sock.sendall(before)
        while sock.recv(4096):
            pass

    return lambda _: script


def drips(before: bytes, drop: bytes) -> Play:
    """These bytes at once, and then a drop at a time, for ever."""

    def at(stage: Stage) -> Script:
        def script(sock: socket.socket, _: bytes) -> None:
            sock.sendall(before)
            while True:
                time.sleep(stage.pace)
                sock.sendall(drop)

        return script

    return at


def pours(head: bytes, piece: bytes, *, most: int = HUGE) -> Play:
    """A head, and then the same piece as fast as it is taken."""

    def script(sock: socket.socket, _: bytes) -> None:
        sock.sendall(head)
        for _times in range(most // len(piece)):
            sock.sendall(piece)

    return lambda _: script


def sends_on(status: str, to: Callable[[Stage, bytes], bytes]) -> Play:
    """A redirect."""

    def at(stage: Stage) -> Script:
        def script(sock: socket.socket, request: bytes) -> None:
            sock.sendall(answer(b"", b"Location: " + to(stage, request), status=status))

        return script

    return at


def to_a_stranger(stage: Stage, request: bytes) -> bytes:
    """The same path, on another host."""
    return stage.elsewhere.encode() + request.split(b" ")[1]


def to_plain_http(_: Stage, request: bytes) -> bytes:
    """The same address without TLS."""
    return b"http://" + _host(request) + request.split(b" ")[1]


def to_itself(_: Stage, request: bytes) -> bytes:
    """Where it was asked."""
    return b"https://" + _host(request) + request.split(b" ")[1]


def repeats(status: str) -> Play:
    """A page, a header and a reason that show the whole request, as some gateways do."""

    def script(sock: socket.socket, request: bytes) -> None:
        shown = b" ".join(request.split())
        head = b"HTTP/1.1 %s %s\r\nX-Request: %s\r\n" % (status.encode(), shown, shown)
        sock.sendall(head + b"Content-Length: %d\r\n\r\n" % len(request) + request)

    return lambda _: script


def chunk(data: bytes) -> bytes:
    """One chunk, as it stands on the wire."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def many(name: bytes, value: bytes, times: int) -> Iterator[bytes]:
    """As many headers."""
    return (b"%s-%d: %s" % (name, number, value) for number in range(times))


def _host(request: bytes) -> bytes:
    with suppress(IndexError):
        return request.lower().split(b"\r\nhost: ", 1)[1].split(b"\r\n", 1)[0]
    return b""
