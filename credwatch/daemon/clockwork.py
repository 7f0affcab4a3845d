"""`credwatch run`: a clock whose jobs are this program's own commands, and a window on what they wrote."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from credwatch.config.terms import Terms
from credwatch.daemon.accepted import ROTATING, SNAPSHOT, Reading, keep
from credwatch.daemon.jumps import Jumps
from credwatch.daemon.opening import Opening
from credwatch.daemon.place import perishable
from credwatch.daemon.rotating import Rotating
from credwatch.daemon.rounds import Rounds, phase
from credwatch.daemon.work import SWEEPS, Work, described
from credwatch.errors import ConfigError, CredwatchError, LedgerCorrupt, LedgerError, LedgerLocked, LedgerTooNew
from credwatch.ledger import WATCH, Ledger, Lock
from credwatch.ledger.locks import ROTATE as ROTATES
from credwatch.ledger.place import prepare
from credwatch.web.guard import Guard
from credwatch.web.serving import Face
from credwatch.web.window import Window

if TYPE_CHECKING:
    from credwatch.daemon.jobs import Jobs

MAKING = timedelta(minutes=30)
"""So long it may take to bring a ledger up to date."""
TURNS, DELIVER, ROTATE = "turns", "deliver", "rotate"
"""The jobs that stay."""
ALL = frozenset({"sweep", DELIVER, ROTATE})
"""What it can be told to do."""

_log = logging.getLogger("credwatch.daemon")


@dataclass(frozen=True)
class Paces:
    """How often things are looked at."""

    tick: timedelta = timedelta(seconds=1)
    """Signals, jumps of the clock."""
    sweep: timedelta = timedelta(seconds=5)
    """Whose turn it is."""
    deliver: timedelta = timedelta(seconds=30)
    """Whether a message is due."""
    rotate: timedelta = timedelta(seconds=15)
    """Whether something of a rotation is."""


class Daemon:
    """One watch on these terms; `mounts` is the text of /proc/self/mountinfo, `does` what it does of ALL."""

    def __init__(  # noqa: PLR0913  what is injected, and what was asked for
        self,
        terms: Terms,
        opening: Opening,
        *,
        mounts: str,
        window: bool = True,
        paces: Paces = Paces(),
        does: frozenset[str] = ALL,
    ) -> None:
        self._terms = terms
        self._opening = opening
        self._clock, self._stop = opening.clock, opening.stop
        self._mounts = mounts
        self._window = window
        self._paces = paces
        self._directory = terms.data.absolute()
        rounds = Rounds(phase(f"{socket.gethostname()}:{self._directory}"))
        self._work = Work(opening.children, rounds, opening.book, opening.heart)
        self._rotating = Rotating(opening.children, opening.book, opening.clock, self._work.news.set)
        self._does = does
        self._alone = does == {ROTATE}
        """Beside a watch, and not in its place."""

    def run(self, reading: Reading, reload: threading.Event) -> None:
        """Until we are asked to stop and our children have ended. `reload` has the configuration read again.

        `reading` is the one that the terms are of. LedgerError when there is no ledger that can be used or that would
        survive a restart, LedgerLocked beside another watch, ConfigError when the configuration is wrong.
        """
        if not self._terms.ephemeral and (lost := perishable(self._directory, self._mounts)):
            raise LedgerError(lost)
        prepare(self._directory, self._mounts)
        with Lock(self._directory, ROTATES if self._alone else WATCH) as lock:
            self._show()
            if reading.accepted() and self._begins():
                with self._scheduled() as jobs:
                    self._watch(jobs, reload, lock)

    def _begins(self) -> bool:
        """As `_holds`. That there is no ledger that can be used is told by a child before we end over it."""
        try:
            return self._holds(self._terms)
        except LedgerError:
            if DELIVER in self._does:
                self._work.unusable()
            raise

    def _holds(self, terms: Terms) -> bool:
        """These terms hold from now on, and there is a ledger; False when we are asked to stop meanwhile."""
        self._terms = terms
        if terms.path is not None:
            self._work.configure(terms, terms.path)  # until it is written down, which a full disk prevents
        snapshot = self._kept(terms)
        try:
            with self._opening.book.open() as ledger:
                ledger.quick_check()
        except (LedgerTooNew, LedgerCorrupt, LedgerLocked):
            raise
        except LedgerError:
            return self._made(snapshot)
        return True

    def _kept(self, terms: Terms) -> Path:
        """Children read these terms from now on."""
        snapshot = keep(terms, self._directory, ROTATING if self._alone else SNAPSHOT)
        self._work.configure(terms, snapshot)
        self._rotating.configure(self._directory, snapshot, own=self._alone)
        return snapshot

    def _made(self, snapshot: Path) -> bool:
        """A child makes the ledger, or brings it up to date: what that takes is not kept in memory for a year."""
        code = self._opening.children.run(
            "config", "check", "--ledger", limit=MAKING, config=("--config", str(snapshot))
        )
        if code and not self._stop.is_set():
            raise LedgerError(f"there is no ledger that can be used, as said above (config check ended with {code})")
        return not self._stop.is_set()

    def _show(self) -> None:
        opening, directory = self._opening, self._directory
        opening.book.opened_by(
            lambda: Ledger.open(directory, now=self._clock.now(), read_only=True, mounts=self._mounts)
        )
        opening.show_probes(self._terms.probes)
        if self._window:
            page = Guard(Window(opening.book, self._clock, self._every).app(), local=True)
            opening.web.show(Face("[web] window", self._terms.window, page, connections=100))

    @contextmanager
    def _scheduled(self) -> Iterator[Jobs]:
        from credwatch.daemon.jobs import Jobs  # noqa: PLC0415  /livez is answered before the scheduler is loaded

        jobs = Jobs(SWEEPS + 3)

        def turns() -> None:
            self._opening.heart.beat()
            turn = self._work.turn() if "sweep" in self._does else None
            if turn is not None:
                jobs.once(self._work.sweep, turn, described(turn))

        self._opening.heart.beat()
        jobs.at_pace(self._paces.sweep, turns, TURNS)
        if DELIVER in self._does:
            jobs.at_pace(self._paces.deliver, self._work.deliver, DELIVER)
        if ROTATE in self._does:
            jobs.at_pace(self._paces.rotate, self._rotating.turn, ROTATE)
        jobs.start()
        where = " ".join(f"http://{address}" for address in self._opening.web.addresses)
        _log.info("watching %d providers, listening on %s", len(self._terms.intervals), where)
        if not self._terms.intervals and not self._terms.deadlines:
            _log.warning("nothing is configured to be watched. credwatch init writes a first configuration")
        try:
            yield jobs
        finally:
            self._stop.set()
            _log.info("stopping")
            never = threading.Event()
            while not (self._work.idle and self._rotating.idle):
                self._clock.wait(0.05, never)
            jobs.shut()

    def _watch(self, jobs: Jobs, reload: threading.Event, lock: Lock) -> None:
        jumps = Jumps(self._clock)
        while self._clock.wait(self._paces.tick.total_seconds(), self._stop):
            if lock.lost:
                raise LedgerError(
                    f"{self._directory} was removed or replaced while credwatch ran, and what it knew with it. Put it back"
                    " from a backup, or leave it: a new start begins a new ledger, and what is wrong is told once more"
                )
            if jump := jumps.jumped():
                _log.warning("the wall clock jumped by %s", jump)
                jobs.now(TURNS, *sorted(self._does & {DELIVER, ROTATE}))
            if self._work.news.is_set():
                self._work.news.clear()
                jobs.now(*sorted(self._does & {DELIVER}))
            if reload.is_set():
                reload.clear()
                self._reload()

    def _reload(self) -> None:
        """The old configuration stays when the new one is wrong, or wants what only a restart can give."""
        try:
            with self._opening.read() as reading:
                terms = reading.terms()
                if terms is None or not reading.accepted():
                    return
            if terms.data.absolute() != self._directory:
                raise ConfigError(f"{terms.name}: [daemon] data has changed. Restart credwatch")
            if (terms.window, terms.probes) != (self._terms.window, self._terms.probes):
                _log.warning("%s: the addresses of [web] change at the next restart", terms.name)
            self._terms = terms
            self._kept(terms)
        except (CredwatchError, OSError) as error:
            _log.error("the configuration stays as it was: %s", error)
            return
        _log.info("the configuration was read again: %d providers", len(terms.intervals))

    def _every(self, provider: str) -> timedelta:
        return self._terms.every(provider)
