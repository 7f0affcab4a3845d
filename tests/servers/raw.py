"""A server on loopback that says exactly what a test wants, byte for byte."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

TLS_HANDSHAKE = b"\x16"
Script = Callable[[socket.socket, bytes], None]
"""Given the connection and the whole request; it answers, or does not."""


@dataclass
class Server:
    """One port, one script for every request; `seen` is every request's head and body as it came."""

    script: Script
    tls: ssl.SSLContext | None = None
    seen: list[bytes] = field(default_factory=list)
    address: str = "127.0.0.1"
    callers: int = 0
    """How many connections were made, whatever came of them."""

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.listener = socket.create_server((self.address, 0), family=family, backlog=64)
        self.port = int(self.listener.getsockname()[1])
        self.host = f"{f'[{self.address}]' if ':' in self.address else self.address}:{self.port}"
        self.url = f"{'https' if self.tls else 'http'}://{self.host}"
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                self.callers += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError), sock:
            wrapped = self.tls.wrap_socket(sock, server_side=True) if self.tls else sock
            with wrapped:
                while request := _request(wrapped):
                    self.seen.append(request)
                    self.script(wrapped, request)


def _request(sock: socket.socket) -> bytes:
    """The head and the body, whole."""
    request = b""
    while b"\r\n\r\n" not in request and not request.startswith(TLS_HANDSHAKE) and (part := sock.recv(65536)):
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]) and (part := sock.recv(65536)):
        body += part
    return request and head + b"\r\n\r\n" + body
