"""Whose turn it is. When a provider was looked at stands in the ledger; here is only what the ledger cannot know."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

AGAIN = timedelta(minutes=5)
"""A provider that a child was to look at and did not is handed out again after this long."""
EVERYTHING: tuple[str, ...] = ()
"""A turn of all connections: no command line names them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def phase(seed: str) -> timedelta:
    """Where in every interval this watch has its turns: by hash, so that many watches do not ask a vendor at once.

    All providers of one watch share it, so that those with one interval are looked at together.
    """
    return timedelta(seconds=int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6]) / 1000)


def slot(now: datetime, every: timedelta, phase: timedelta) -> datetime:
    """When the present interval began."""
    return now - (now - _EPOCH - phase) % every


def due(last: datetime | None, now: datetime, every: timedelta, phase: timedelta) -> bool:
    """Not looked at since the present interval began. A look that is later than now counts as never."""
    return last is None or last > now or last < slot(now, every, phase)


class Rounds:
    """Hands out turns; no provider is in two at once. Usable from several threads.

    Only a plug-in knows which tables are connections, and the daemon loads none: a name that was never looked at makes
    a turn of everything, and one that such a turn leaves unseen is no connection.
    """

    def __init__(self, phase: timedelta) -> None:
        self._phase = phase
        self._lock = threading.Lock()
        self._every: Mapping[str, timedelta] = {}
        self._out: dict[tuple[str, ...], Mapping[str, datetime]] = {}
        """Turns that are taken, and when everything had been looked at last by then."""
        self._not_before: dict[str, float] = {}
        self._no_connections: frozenset[str] = frozenset()

    def configure(self, every: Mapping[str, timedelta]) -> None:
        """These are the tables now, and how often each is looked at."""
        with self._lock:
            self._every = dict(every)
            self._no_connections = frozenset()
            self._not_before.clear()

    def take(self, looked: Mapping[str, datetime], now: datetime, monotonic: float) -> tuple[str, ...] | None:
        """Whose turn it is, or EVERYTHING, or None. What is taken is to be given back."""
        with self._lock:
            if EVERYTHING in self._out or not self._every:
                return None
            busy = {name for turn in self._out for name in turn}
            free = [
                name
                for name in self._every
                if name not in busy | self._no_connections and self._not_before.get(name, monotonic) <= monotonic
            ]
            if any(name not in looked for name in free):
                turn = None if busy else EVERYTHING
            else:
                wanted = (name for name in free if due(looked[name], now, self._every[name], self._phase))
                turn = tuple(wanted) or None
            if turn is not None:
                self._out[turn] = looked
            return turn

    def give_back(
        self, turn: tuple[str, ...], looked: Mapping[str, datetime], monotonic: float, *, ended: bool
    ) -> None:
        """The turn is over. `ended`: its sweep came to its end, whatever it saw."""
        with self._lock:
            before = self._out.pop(turn)
            if turn == EVERYTHING and ended:
                self._no_connections = frozenset(self._every.keys() - looked.keys())
            for name in turn or self._every:
                if looked.get(name) == before.get(name):
                    pause = min(AGAIN, self._every.get(name, AGAIN))
                    self._not_before[name] = monotonic + pause.total_seconds()

    def longest(self, turn: Collection[str]) -> timedelta:
        """The longest interval among these."""
        with self._lock:
            return max((self._every[name] for name in turn or self._every if name in self._every), default=timedelta(0))
