"""When the story plays: a clock that is moved and never waited for, and a month whose steps fall on working days."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

DAY = timedelta(days=1)
LENGTH = 31
"""From the first look to the day on which the key of the ladder ends."""
_WEDNESDAY, _FRIDAY = 2, 4
_OVER = time_of_day(16, tzinfo=UTC)
"""By then the last day of the month has nothing more to show."""


class StoryClock:
    """Stands still until it is moved. A wait is over at once, and that much later. Safe for several threads."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._waited = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The story's wall clock."""
        return self._at

    def monotonic(self) -> float:
        """Real seconds, and those that were waited for."""
        return time.monotonic() + self._waited

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Later at once; False when `stop` is set."""
        with self._lock:
            self._at += timedelta(seconds=seconds)
            self._waited += seconds
        return not stop.is_set()

    def move_to(self, moment: datetime) -> None:
        """It is this late now; never earlier than it was."""
        with self._lock:
            self._at = max(self._at, moment)


class Month:
    """The days of the story, in UTC: day 0 is the first look, day 31 the end of the key of the ladder.

    Digests are sent from Monday to Friday. So that 30, 14 and 7 days before its end are such days, it ends on the last
    Wednesday, Thursday or Friday whose afternoon has come: the story begins 31 to 36 days before `now`.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        last = self.now.date()
        while not (_WEDNESDAY <= last.weekday() <= _FRIDAY and datetime.combine(last, _OVER) <= self.now):
            last -= DAY
        self._first = last - LENGTH * DAY

    def at(self, day: int, hour: int = 0, minute: int = 0) -> datetime:
        """This time of this day."""
        return datetime.combine(self._first + day * DAY, time_of_day(hour, minute, tzinfo=UTC))
