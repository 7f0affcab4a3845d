"""Giving a provider up: one that shows nothing for long, because a call of its SDK never ends, or the same for ever."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator
from typing import TypeVar

from credwatch.clock import Clock
from credwatch.config.places import listed_place
from credwatch.errors import ProviderError
from credwatch.looking.watch import Ended, Piece
from credwatch.model import Item, Listed, Reason, Unlisted
from credwatch.transport import TRANSIENT

SILENCE = 30
"""So many times as long as one answer of a vendor may take: five minutes."""
_OFTEN = 100
"""A list whose pages shift may show a thing twice; one that runs in a circle shows everything again."""

Looked = tuple[str, "list[Piece] | Ended | None"]
A = TypeVar("A")
T = TypeVar("T", bound=Item | Listed | Unlisted)


class Line:
    """What one provider's threads hand over, and when it last showed something."""

    def __init__(self, name: str, ready: queue.Queue[Looked], clock: Clock, patience: float) -> None:
        self.name = name
        self._ready = ready
        self._clock = clock
        self._patience = patience
        self._trouble: Unlisted | None = None
        self._handing: float | None = None
        self.heard()

    def put(self, looked: list[Piece] | Ended | None) -> None:
        """Hand it over. The time until there is room is our own, and not counted."""
        self._handing = began = self._clock.monotonic()
        self._ready.put((self.name, looked))
        self._at += self._clock.monotonic() - began
        self._handing = None

    def heard(self) -> None:
        """It has shown something."""
        self._at = self._clock.monotonic()

    def each(self, things: Iterable[A]) -> Iterator[A]:
        """These as they come, each a sign of life."""
        for one in things:
            self.heard()
            yield one

    def read(self, pieces: Iterable[object]) -> None:
        """An item was read; or it was not, and that is no news however many more are tried."""
        trouble = next((one for one in pieces if isinstance(one, Unlisted) and one.reason in TRANSIENT), None)
        self._trouble = trouble
        if trouble is None:
            self.heard()

    def listed(self, listing: Iterable[T]) -> Iterator[T]:
        """What is listed, as it comes. ProviderError(BROKEN) when it is the same again and again."""
        seen: set[int] = set()
        repeated = 0
        for one in listing:
            if self._trouble is None:
                self.heard()
            known = hash(_named(one))
            repeated += known in seen
            seen.add(known)
            if repeated > max(_OFTEN, len(seen)):
                raise ProviderError(Reason.BROKEN, "the listing runs in a circle: it shows the same again and again")
            yield one

    def given_up(self) -> Ended | None:
        """How it ended, when nothing came for too long; None while it is waited for."""
        now = self._handing or self._clock.monotonic()
        if now - self._at <= self._patience:
            return None
        long = f"nothing came for {self._patience:.0f} s"
        if self._trouble is not None:
            return Ended(False, self._trouble.reason, f"{long} but this: {self._trouble.message}")
        return Ended(False, Reason.TIMEOUT, f"{long}: see that it can be reached from here, and how it is")


def _named(one: Item | Listed | Unlisted) -> str:
    match one:
        case Item(locator=locator):
            return locator
        case Listed(kind=kind, facts=facts):
            return f"{kind.name} {listed_place('', facts)}"
        case Unlisted(scope=scope):
            return f"? {scope}"
