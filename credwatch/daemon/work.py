"""What is done when its time comes: sweep whoever's turn it is, deliver what is due. Each in a child."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from credwatch.clock import Clock
from credwatch.config import DEADLINES, Terms
from credwatch.daemon.children import Children
from credwatch.daemon.rounds import EVERYTHING, Rounds
from credwatch.errors import CredwatchError
from credwatch.ledger.queries.overview import looked
from credwatch.web.book import Book

SWEEPS = 3
"""So many children may sweep at once: one that waits to settle holds nobody else up."""
HUNG = timedelta(minutes=30)
_SWEPT = (0, 3)
"""Exit codes of a sweep that came to its end: all was seen, or not all."""

_log = logging.getLogger("credwatch.daemon")


class Work:
    """Usable from several threads; nothing here raises an error that we raise on purpose."""

    def __init__(self, children: Children, rounds: Rounds, book: Book, clock: Clock) -> None:
        self._children = children
        self._rounds = rounds
        self._book = book
        self._clock = clock
        self._terms: Terms | None = None
        self._arguments: tuple[str, ...] = ()
        self._at_work = 0
        self._count = threading.Lock()
        self.news = threading.Event()
        """Set when a sweep ended: there may be something to deliver."""

    def configure(self, terms: Terms, snapshot: Path) -> None:
        """This holds from now on; children read it in the snapshot."""
        self._terms = terms
        self._arguments = ("--config", str(snapshot))
        names = [*terms.intervals, *([DEADLINES] if terms.deadlines else [])]
        self._rounds.configure({name: terms.every(name) for name in names})

    @property
    def idle(self) -> bool:
        """No child runs."""
        return self._at_work == 0

    def turn(self) -> tuple[str, ...] | None:
        """Whose turn it is, to be handed to `sweep`. None: nobody's, or all hands are full."""
        with self._said("whose turn it is cannot be told"):
            if self._at_work < SWEEPS and not self._children.stop.is_set():
                return self._rounds.take(self._looked(), self._clock.now(), self._clock.monotonic())
        return None

    def sweep(self, turn: tuple[str, ...]) -> None:
        """Look at these, in one child, until it has ended."""
        code, after = None, None
        with self._said("sweep was not started"), self._counted():
            limit = max(HUNG, 2 * self._rounds.longest(turn))
            code = self._children.run("sweep", *turn, limit=limit, config=self._arguments)
        with self._said("what was looked at cannot be told"):
            after = self._looked()
        ended = code in _SWEPT and after is not None
        self._rounds.give_back(turn, after or {}, self._clock.monotonic(), ended=ended)
        self.news.set()

    def deliver(self) -> None:
        """Tell what is due, in one child, until it has ended."""
        from credwatch import alerts  # noqa: PLC0415  /livez is answered before it is loaded

        terms = self._terms
        if terms is None or self._children.stop.is_set():
            return
        with self._said("deliver was not started"), self._counted():
            with self._book.open() as ledger:
                due = alerts.due(ledger, terms, self._clock.now())
            if due:
                limit = max(HUNG, 2 * terms.interval)
                self._children.run("deliver", limit=limit, config=self._arguments)

    def _looked(self) -> Mapping[str, datetime]:
        with self._book.open() as ledger:
            return looked(ledger)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._count:
            self._at_work += 1
        try:
            yield
        finally:
            with self._count:
                self._at_work -= 1

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """A ledger that cannot be read, or a child that cannot be started, is said; the next time may be better."""
        try:
            yield
        except (CredwatchError, OSError) as error:
            _log.error("%s: %s", what, error)


def described(turn: tuple[str, ...]) -> str:
    """A turn as a job is called."""
    return "sweep everything" if turn == EVERYTHING else f"sweep {' '.join(turn)}"
