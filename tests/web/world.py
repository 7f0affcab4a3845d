"""Both listeners on loopback over a ledger in memory, and a client that sees bytes."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from credwatch.clock import SystemClock
from credwatch.config.addresses import Address
from credwatch.errors import LedgerError
from credwatch.ledger import Ledger
from credwatch.model import ClockName, Ticking
from credwatch.web.book import Book
from credwatch.web.guard import Guard
from credwatch.web.probes import probes
from credwatch.web.serving import Face, Web
from credwatch.web.window import Window
from tests.ledger.world import World


def ticking(deadline: datetime, clock: ClockName = ClockName.HARD) -> Ticking:
    """A clock that ends then."""
    return Ticking(clock, deadline, timedelta(days=90), "the vendor's list")


ANY = Address("127.0.0.1", 0)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Stopped(SystemClock):
    """Shows the time of the ledger's world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now


@dataclass
class Stack:
    """A ledger and what is shown of it; also the pulse of a daemon."""

    world: World = field(default_factory=World)
    beats: bool = True
    started: bool = True
    writes: bool = True
    damaged: bool = False
    every: timedelta = timedelta(minutes=15)
    _running: ExitStack = field(default_factory=ExitStack)

    def alive(self) -> bool:
        return self.beats

    def ready(self) -> bool:
        return self.started

    def opening(self) -> Ledger:
        if self.damaged:
            raise LedgerError("there is no ledger in /data yet. credwatch sweep makes one")
        return self.world.ledger

    def __enter__(self) -> Self:
        self.book = Book(self.opening)
        clock = Stopped(self.world)
        window = Window(self.book, clock, lambda _name: self.every).app()
        outside, inside = Guard(probes(self.book, self, clock), local=False), Guard(window, local=True)
        faces = [Face("[web] probes", ANY, outside, 20), Face("[web] window", ANY, inside, 20)]
        self.web = self._running.enter_context(Web(faces))
        self._running.callback(self.book.shut)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def get(self, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """One request, to the listener that has this path."""
        where = self.web.addresses[path.split("?", maxsplit=1)[0] not in {"/livez", "/readyz", "/metrics"}]
        connection = http.client.HTTPConnection(where.host, where.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read().decode(),
            )
        finally:
            connection.close()

    def dial(self, face: int = 0) -> socket.socket:
        """A connection on which nothing is said yet."""
        where = self.web.addresses[face]
        return socket.create_connection((where.host, where.port), timeout=10)
