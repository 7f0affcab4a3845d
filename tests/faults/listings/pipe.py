"""Stands before a server that speaks TLS itself, and hands bytes on as it is told to: all, none, a few, or slowly."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Literal, Self

Manner = Literal["well", "silent", "strange", "cut", "drips"]
FEW = 2500
"""Bytes: within the handshake."""
_HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<p>Sign in</p>\r\n"
_NOW = struct.pack("ii", 1, 0)


class Pipe:
    """`endpoint` stays the same, whatever becomes of it."""

    def __init__(self, behind: str, pace: float = 0.02) -> None:
        host, _, port = behind.rpartition(":")
        self._behind = ("127.0.0.1" if host == "localhost" else host, int(port))
        self._pace = pace
        self._open: list[socket.socket] = []
        self.manner: Manner = "well"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.endpoint = f"localhost:{self.port}"
        self._listens = True
        self._begin()

    def well(self) -> None:
        """Everything is handed on."""
        self.manner = "well"
        if not self._listens:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listens = True
            self._begin()

    def shut(self) -> None:
        """Nobody listens any more."""
        self._listens = False
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _begin(self) -> None:
        threading.Thread(target=self._listen, args=(self._listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                self._open.append(sock)
                threading.Thread(target=self._serve, args=(sock, self.manner), daemon=True).start()

    def _serve(self, sock: socket.socket, manner: Manner) -> None:
        with suppress(OSError):
            if manner == "silent":
                return
            if manner == "strange":
                sock.sendall(_HELLO)
                return
            behind = socket.create_connection(self._behind)
            self._open.append(behind)
            threading.Thread(target=_pour, args=(sock, behind), daemon=True).start()
            self._back(behind, sock, manner)

    def _back(self, behind: socket.socket, sock: socket.socket, manner: Manner) -> None:
        sent = 0
        while part := behind.recv(1 if manner == "drips" else 65536):
            if manner == "drips":
                time.sleep(self._pace)
            if manner == "cut" and sent + len(part) > FEW:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
                sock.close()
                return
            sock.sendall(part)
            sent += len(part)
        sock.shutdown(socket.SHUT_WR)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
