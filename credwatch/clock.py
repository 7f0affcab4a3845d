"""Time comes in as an argument; this is what comes in outside of tests."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for dates, monotonic time for lengths, and a wait that can be ended."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait; False when `stop` was set meanwhile."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait; False when `stop` was set meanwhile."""
        return not stop.wait(seconds)


SYSTEM = SystemClock()
