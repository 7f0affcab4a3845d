"""Stands before a local system, on TLS: hands every request on, or plays a fault in its place from one on."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from ssl import SSLContext
from typing import Self
from urllib.parse import urlsplit

from tests.faults.table import Identity
from tests.servers.authority import Authority
from tests.servers.raw import Script, Server

FOREVER = 10**9
_ON_ITS_WAY = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})
Change = Callable[[bytes, bytes], bytes | None]
"""Of a request and the body that answers it: a body that answers it well instead; None as it is."""


class Front:
    """One system's address. What is set here holds for the next request."""

    def __init__(self, name: str, host: str, behind: str, authority: Authority, stranger: Authority) -> None:
        self.name = name
        self._behind = urlsplit(behind)
        self._good = authority.server(host, days=30)
        self._impostors: dict[Identity, Callable[[], SSLContext | None]] = {
            "expired": lambda: authority.server(host, days=-1),
            "wrong name": lambda: authority.server("somebody.test", days=30),
            "self-signed": lambda: authority.server(host, days=30, self_signed=True),
            "unknown authority": lambda: stranger.server(host, days=30),
            "plain": lambda: None,
        }
        self._server = Server(self._answer, self._good)
        self._lock = threading.Lock()
        self.url = f"https://{host}:{self._server.port}"
        self._links = (behind.encode(), self.url.encode())
        self.well()

    def well(self) -> None:
        """Hand everything on from now on; count from nothing."""
        self._server.tls = self._good
        self._fault: Script | None = None
        self._met: Callable[[int, bytes], bool] = lambda _, __: False
        self.change: Change = lambda _, __: None
        self.asked: list[bytes] = []

    def play(self, fault: Script, *, after: int = 0, times: int = FOREVER) -> None:
        """So many requests are handed on, and so many then meet this."""
        self.play_to(fault, lambda number, _: after < number <= after + times)

    def play_to(self, fault: Script, met: Callable[[int, bytes], bool]) -> None:
        """The requests meet this of whose number, and of which, that is true."""
        self._fault, self._met = fault, met

    def impersonate(self, identity: Identity) -> None:
        """Somebody else is at the address from now on."""
        if identity != "good":
            self._server.tls = self._impostors[identity]()

    @property
    def heard(self) -> int:
        """How many requests came."""
        return len(self.asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)

    def _answer(self, sock: socket.socket, request: bytes) -> None:
        with self._lock:
            self.asked.append(request)
            number = len(self.asked)
        if self._fault is not None and self._met(number, request):
            self._fault(sock, request)
        else:
            sock.sendall(self._handed_on(request))

    def _handed_on(self, request: bytes) -> bytes:
        """The answer of the system behind, whose links lead here."""
        host, port = str(self._behind.hostname), int(self._behind.port or 80)
        with socket.create_connection((host, port)) as behind:
            behind.sendall(request)
            answer = http.client.HTTPResponse(behind, method=request.partition(b" ")[0].decode())
            answer.begin()
            body = answer.read().replace(*self._links)
        changed = self.change(request, body)
        status, body = (f"{answer.status} {answer.reason}", body) if changed is None else ("200 OK", changed)
        kept = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in _ON_ITS_WAY]
        head = [f"HTTP/1.1 {status}", *kept, f"Content-Length: {len(body)}"]
        return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body
