"""The time of a schedule: it passes only where somebody waits. Our own clock may be wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Time:
    """A clock that waits at once, and tells who wants to know that time has passed."""

    def __init__(self) -> None:
        self.passed = timedelta(0)
        self.wrong = timedelta(0)
        """So far is our wall clock from everybody else's."""
        self.told: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Our wall clock."""
        return BEGAN + self.passed + self.wrong

    def true(self) -> datetime:
        """Everybody else's."""
        return BEGAN + self.passed

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self.passed.total_seconds()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Be later."""
        if stop.is_set():
            return False
        self.passes(timedelta(seconds=seconds))
        return True

    def passes(self, length: timedelta) -> None:
        """Be so much later."""
        self.passed += max(length, timedelta(0))
        for tell in self.told:
            tell()
