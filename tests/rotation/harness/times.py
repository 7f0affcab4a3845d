"""The time of a schedule: it passes only where somebody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Time:
    """A clock that waits at once, and tells who wants to know that time has passed."""

    def __init__(self) -> None:
        self.passed = timedelta(0)
        self.told: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The wall clock."""
        return BEGAN + self.passed

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self.passed.total_seconds()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Be later."""
        if stop.is_set():
            return False
        self.to(self.now() + timedelta(seconds=seconds))
        return True

    def to(self, moment: datetime) -> None:
        """Be there, if it is later than now."""
        self.passed = max(self.passed, moment - BEGAN)
        for tell in self.told:
            tell()
