"""A trigger that fires at a pace."""

from __future__ import annotations

from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger


class Pace(BaseTrigger):  # type: ignore[misc]  # the package has no types
    """So long after the last time, at once the first time.

    What was missed while the clock stood or jumped is not counted up: a jump of months would be a list of a million.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """From now on, not from the last time on."""
        return now if previous_fire_time is None else now + self._every
