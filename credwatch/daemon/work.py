"""What is done when its time comes: sweep whoever's turn it is, deliver what is due. Each in a child."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from credwatch.config.places import DEADLINES
from credwatch.config.terms import Terms
from credwatch.daemon.children import Children
from credwatch.daemon.heart import Heart
from credwatch.daemon.rounds import EVERYTHING, Rounds
from credwatch.errors import CredwatchError, LedgerError
from credwatch.ledger.queries.overview import looked
from credwatch.web.book import Book

SWEEPS = 3
"""So many children may sweep at once: one that waits to settle holds nobody else up."""
HUNG = timedelta(minutes=30)
PAST = timedelta(hours=1)
"""So often a child looks whether there is more to say of a ledger that cannot be used."""
FAILURES = 2
"""Sweeps in a row that could not use the ledger, until that is told."""
_SWEPT = (0, 3)
"""Exit codes of a sweep that came to its end: all was seen, or not all."""

_log = logging.getLogger("credwatch.daemon")


class Work:
    """Usable from several threads; nothing here raises an error that we raise on purpose."""

    def __init__(self, children: Children, rounds: Rounds, book: Book, heart: Heart) -> None:
        self._children = children
        self._rounds = rounds
        self._book = book
        self._heart = heart
        self._clock = heart.clock
        self._failures = 0
        self._past_at: float | None = None
        """When a child was last to tell of a ledger that cannot be used."""
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
        self._kept(code)
        self._rounds.give_back(turn, after or {}, self._clock.monotonic(), ended=ended)
        self.news.set()

    def deliver(self) -> None:
        """Tell what is due, in one child, until it has ended."""
        from credwatch.alerts.waiting import due  # noqa: PLC0415  /livez is answered before it is loaded

        terms = self._terms
        if terms is None or self._children.stop.is_set():
            return
        with self._said("deliver was not started"), self._counted():
            failing = self._failures >= FAILURES
            try:
                with self._book.open() as ledger:
                    waits = due(ledger, terms, self._clock.now())
            except LedgerError:
                waits, failing = False, True
            over = self._past_at is not None and not failing
            if waits or over or (failing and self._again()):
                words = ("--well-again",) if over else ()
                code = self._children.run("deliver", *words, limit=HUNG, config=self._arguments)
                if over and code == 0:
                    self._past_at = None

    def unusable(self) -> None:
        """There is no ledger to begin with: have that told."""
        self._failures = FAILURES
        self.deliver()

    def _kept(self, code: int | None) -> None:
        """What a sweep says of the ledger by the way it ended."""
        if code == LedgerError.exit_code:
            self._failures += 1
        elif code in _SWEPT:
            self._failures = 0
        self._heart.writes = self._failures == 0

    def _again(self) -> bool:
        """Whether it is time to have it told that the ledger cannot be used; the child knows what was told already."""
        now = self._clock.monotonic()
        if self._past_at is not None and now - self._past_at < PAST.total_seconds():
            return False
        self._past_at = now
        return True

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
