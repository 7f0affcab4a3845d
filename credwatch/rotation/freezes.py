"""When nothing may be begun: windows of the configuration as moments. Pure.

Where a clock is put forward or back within a window, the wider reading holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from credwatch.config.windows import WEEK, Weekly, Window

_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=366)


def frozen(windows: Iterable[Window], now: datetime, timezone: ZoneInfo) -> datetime | None:
    """Until when nothing may be begun; None: it may now. Windows that meet are one; a year is looked ahead."""
    told = tuple(windows)
    until = now
    while until - now < _FARTHEST:
        ends = [end for window in told for begin, end in _around(window, until, timezone) if begin <= until < end]
        if not ends:
            break
        until = max(ends)
    return until if until > now else None


def next_freeze(windows: Iterable[Window], now: datetime, timezone: ZoneInfo) -> datetime | None:
    """When the next window begins that has not begun yet; None: there is none to come."""
    begins = (begin for window in windows for begin, _ in _around(window, now, timezone))
    return min((begin for begin in begins if begin > now), default=None)


def _around(window: Window, now: datetime, timezone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """When it begins and ends: of a weekly one, those of the weeks before, of now and after."""
    if not isinstance(window, Weekly):
        yield _first(window.first, time(), timezone), _last(window.last + _DAY, time(), timezone)
        return
    today = now.astimezone(timezone).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time())
    for week in (-WEEK, timedelta(0), WEEK):
        begin = monday + week + window.begins
        end = begin + window.length
        yield _first(begin.date(), begin.time(), timezone), _last(end.date(), end.time(), timezone)


def _first(day: date, hour: time, timezone: ZoneInfo) -> datetime:
    return min(_readings(day, hour, timezone))


def _last(day: date, hour: time, timezone: ZoneInfo) -> datetime:
    return max(_readings(day, hour, timezone))


def _readings(day: date, hour: time, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """A time of the wall clock that comes twice, or never, can be read in two ways."""
    local = datetime.combine(day, hour, tzinfo=timezone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
