"""Every request of a play, in its order: what happens at it, and what it did to the places."""

from __future__ import annotations

import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import RLock

from credwatch.sandbox.server import App
from tests.kills.rotation.gate import Case, Gate


def nothing(number: int, *, taken: bool) -> None:
    """Happens."""
    del number, taken


@dataclass
class Asking(ABC):
    """What all gates tell."""

    asked: int = 0
    """Requests of this play."""
    meets: Callable[..., None] = nothing
    """What happens at the nth request, before it is taken and after that."""
    wrong: list[str] = field(default_factory=list)
    """What was seen, at some change, that must never be."""
    _case: Case | None = None
    _worked: set[str] = field(default_factory=set)
    _pid: int = 0
    _lock: RLock = field(default_factory=RLock)

    @abstractmethod
    def working(self, case: Case) -> set[str]:
        """Its places whose key works at the vendor."""

    @abstractmethod
    def asks(self) -> int:
        """The process that asks now."""

    def gate(self, app: App) -> Gate:
        """This server, seen by us."""
        return Gate(app, self.seen)

    def begins(self, case: Case | None) -> None:
        """From now on it is this case that is played, and nothing happens; None: none is."""
        self.meets = nothing
        self._case = None
        self.wrong.clear()
        self.asked = 0
        if case is not None:
            self._worked = self.working(case)
        self._case = case

    def seen(self, what: str, taken: bool, changes: bool) -> None:  # noqa: FBT001  as the gates say it
        """A request; after a change all that must never be is looked for."""
        with self._lock:
            self.asked += not taken
            number = self.asked
        self._pid = self.asks()
        self.meets(number, taken=taken)
        if taken and changes and self._case is not None:
            works = self.working(self._case)
            lost, self._worked = self._worked - works, self._worked | works
            self.wrong += [f"{place}: no key that works, after {what}" for place in lost]

    def strike(self, at: int, *, taken: bool, with_: signal.Signals = signal.SIGKILL) -> None:
        """From now on: at the nth request of this play the program is sent this signal."""

        def met(number: int, *, taken: bool, wanted: tuple[int, bool] = (at, taken)) -> None:
            if (number, taken) == wanted:
                with suppress(ProcessLookupError):
                    os.kill(self._pid, with_)
                if with_ is signal.SIGKILL:
                    time.sleep(0.002)

        self.meets = met
