"""Jumps of the wall clock: a machine that slept, a time that was set. Whoever waits for a time would not notice."""

from __future__ import annotations

from datetime import timedelta

from credwatch.clock import Clock

LEAST = timedelta(seconds=5)


class Jumps:
    """Compares the wall clock with the monotonic one, from one call to the next."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._apart = self._now()

    def jumped(self) -> timedelta | None:
        """How far the wall clock jumped since the last call, back or forth; None when it did not."""
        before, self._apart = self._apart, self._now()
        moved = self._apart - before
        return moved if abs(moved) >= LEAST else None

    def _now(self) -> timedelta:
        ours = timedelta(seconds=self._clock.monotonic())
        return timedelta(seconds=self._clock.now().timestamp()) - ours
