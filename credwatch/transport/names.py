"""Host names to addresses, with a limit that the resolver itself does not have."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from credwatch.errors import TransportError
from credwatch.model import Reason

Address = tuple[socket.AddressFamily, Any]
"""A family, and what `connect` takes for it."""
_KEPT = 60.0
_LIMIT = 5.0


@lru_cache(maxsize=256)
def loopback(host: str) -> bool:
    """Whether this host is this machine, without asking anybody. A name that merely leads here is not."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass
class _Question:
    """One name that is being looked up; everybody who wants it waits for the same answer."""

    asked: float
    answered: threading.Event = field(default_factory=threading.Event)
    addresses: tuple[Address, ...] = ()


class Names:
    """Looks each name up once at a time, in a thread that may hang without holding up its caller."""

    def __init__(self, lookup: Callable[..., Any] = socket.getaddrinfo, *, at_once: int = 8) -> None:
        self._lookup = lookup
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._questions: dict[tuple[str, int], _Question] = {}

    def addresses(self, host: str, port: int, seconds: float) -> tuple[Address, ...]:
        """Every address of a host. TransportError(DNS) when there is none within the seconds, or within our own five."""
        literal = self._literal(host, port)
        if literal:
            return literal
        seconds = min(seconds, _LIMIT)
        ends = time.monotonic() + seconds
        question, new = self._question(host, port)
        if new and not self._ask(question, host, port, seconds):
            raise TransportError(Reason.DNS, f"{host}: too many names are being looked up")
        if not question.answered.wait(max(0.0, ends - time.monotonic())):
            raise TransportError(Reason.DNS, f"{host}: the name was not resolved in time")
        if not question.addresses:
            raise TransportError(Reason.DNS, f"{host}: the name has no address")
        return question.addresses

    @staticmethod
    def _literal(host: str, port: int) -> tuple[Address, ...]:
        if host == "localhost":
            return (socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port))
        try:
            version = ipaddress.ip_address(host.strip("[]")).version
        except ValueError:
            return ()
        return ((socket.AF_INET if version == 4 else socket.AF_INET6, (host.strip("[]"), port)),)

    def _question(self, host: str, port: int) -> tuple[_Question, bool]:
        now = time.monotonic()
        with self._lock:
            known = self._questions.get((host, port))
            if known and (not known.answered.is_set() or now - known.asked < _KEPT):
                return known, False
            question = self._questions[host, port] = _Question(now)
            return question, True

    def _ask(self, question: _Question, host: str, port: int, seconds: float) -> bool:
        if not self._free.acquire(timeout=seconds):
            self._answer(question, host, port, ())
            return False
        threading.Thread(target=self._look, args=(question, host, port), name="names", daemon=True).start()
        return True

    def _look(self, question: _Question, host: str, port: int) -> None:
        found: tuple[Address, ...] = ()
        try:
            answers = self._lookup(host, port, type=socket.SOCK_STREAM)
            found = tuple((family, address) for family, _, _, _, address in answers)
        except (OSError, UnicodeError):  # UnicodeError: a label that is too long
            pass
        finally:
            self._free.release()
            self._answer(question, host, port, found)

    def _answer(self, question: _Question, host: str, port: int, found: tuple[Address, ...]) -> None:
        question.addresses = found
        if not found:
            with self._lock:
                self._questions.pop((host, port), None)
        question.answered.set()
