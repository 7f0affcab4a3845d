"""The scheduler: a handful of jobs at their paces, and turns that run once. Only this module knows its library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger


class Jobs:
    """Jobs in threads of their own; one that still runs is not started again, and nothing that was missed is dropped."""

    def __init__(self, threads: int) -> None:
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """From now on."""
        self._scheduler.start()

    def at_pace(self, pace: timedelta, work: Callable[[], None], name: str) -> None:
        """Now, and again so long after each time."""
        self._scheduler.add_job(work, Pace(pace), id=name)

    def once(self, work: Callable[[tuple[str, ...]], None], turn: tuple[str, ...], name: str) -> None:
        """As soon as a thread is free."""
        self._scheduler.add_job(work, args=[turn], id=name)

    def now(self, *names: str) -> None:
        """Run these at once. The library waits for the time that it has read; this has it read the time again."""
        for name in names:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
        self._scheduler.wakeup()

    def shut(self) -> None:
        """Start nothing more; what runs is not waited for."""
        self._scheduler.shutdown(wait=False)


class Pace(BaseTrigger):  # type: ignore[misc]  # the package has no types
    """So long after the last time, at once the first time.

    What was missed while the clock stood or jumped is not counted up: a jump of months would be a list of a million.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """From now on, not from the last time on."""
        return now if previous_fire_time is None else now + self._every
