"""Whether the clock ticks, and its work is kept: what /livez and /readyz are told. It may not know what the clock does."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

from credwatch.clock import Clock


@dataclass
class Heart:
    """It beats when the scheduler has looked whose turn it is."""

    clock: Clock
    stop: threading.Event
    longest: timedelta = timedelta(seconds=60)
    """A scheduler that has not looked for this long is dead."""
    writes: bool = True
    """Whether the last sweep could write the ledger."""
    _last: float | None = None

    def beat(self) -> None:
        """The scheduler does its work."""
        self._last = self.clock.monotonic()

    def alive(self) -> bool:
        """The scheduler does its work, or was not started yet."""
        return self._last is None or self.clock.monotonic() - self._last < self.longest.total_seconds()

    def ready(self) -> bool:
        """It has started, and was not asked to stop."""
        return self._last is not None and self.alive() and not self.stop.is_set()
