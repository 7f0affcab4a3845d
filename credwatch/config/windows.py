"""When nothing may be begun: a part of every week, or a row of days. Pure; a zone gives them their moments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = timedelta(days=7)
_WEEKLY = re.compile(r"([A-Z][a-z]{2}) ([01]\d|2[0-3]):([0-5]\d) - ([A-Z][a-z]{2}) ([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DATES = re.compile(r"(\d{4}-\d\d-\d\d) - (\d{4}-\d\d-\d\d)", re.ASCII)
_FORMS = '"Fri 12:00 - Mon 08:00" every week, or "2026-12-18 - 2027-01-04", both days included'


@dataclass(frozen=True)
class Weekly:
    """From one time of the week to another, over its end where that comes first; the end is not in it."""

    first_day: int
    """0: Monday."""
    start: time
    last_day: int
    end: time

    @property
    def begins(self) -> timedelta:
        """Since Monday, 00:00, as the clock on the wall counts."""
        return timedelta(days=self.first_day, hours=self.start.hour, minutes=self.start.minute)

    @property
    def length(self) -> timedelta:
        """As the clock on the wall counts."""
        ends = timedelta(days=self.last_day, hours=self.end.hour, minutes=self.end.minute)
        return (ends - self.begins) % WEEK

    def __str__(self) -> str:
        return f"{DAYS[self.first_day]} {self.start:%H:%M} - {DAYS[self.last_day]} {self.end:%H:%M}"


@dataclass(frozen=True)
class Dates:
    """From the beginning of one day to the end of another."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} - {self.last}"


Window = Weekly | Dates


def window(text: object) -> Window:
    """The window that is written so. ValueError says how one is written."""
    if isinstance(text, Weekly | Dates):
        return text
    if isinstance(text, str) and (weekly := _WEEKLY.fullmatch(text)):
        return _weekly(weekly)
    if isinstance(text, str) and (dates := _DATES.fullmatch(text)):
        return _dates(dates)
    raise ValueError(f"a freeze is written {_FORMS}")


def windows(texts: object) -> tuple[Window, ...]:
    """All of them. ValueError when they leave no hour of a week free: a rotation would wait for ever."""
    if not isinstance(texts, list | tuple):
        raise ValueError(f"a list: {_FORMS}")  # noqa: TRY004  pydantic takes ValueError for its own
    found = tuple(window(text) for text in texts)
    if _whole_week(one for one in found if isinstance(one, Weekly)):
        raise ValueError('together they leave no time of the week free; write rotate = "off" in [defaults] instead')
    return found


def _weekly(read: re.Match[str]) -> Weekly:
    first, start_hour, start_minute, last, end_hour, end_minute = read.groups()
    if first not in DAYS or last not in DAYS:
        raise ValueError(f"a day of the week is one of {' '.join(DAYS)}")
    made = Weekly(
        DAYS.index(first),
        time(int(start_hour), int(start_minute)),
        DAYS.index(last),
        time(int(end_hour), int(end_minute)),
    )
    if not made.length:
        raise ValueError("it ends when it begins")
    return made


def _dates(read: re.Match[str]) -> Dates:
    try:
        made = Dates(date.fromisoformat(read[1]), date.fromisoformat(read[2]))
    except ValueError:
        raise ValueError("there is no such day") from None
    if made.last < made.first:
        raise ValueError("its last day is before its first")
    return made


def _whole_week(weekly: Iterable[Weekly]) -> bool:
    spans = sorted((one.begins, one.begins + one.length) for one in weekly)
    if not spans:
        return False
    reached = max(timedelta(0), *(end - WEEK for _, end in spans))
    for begin, end in spans:
        if begin > reached:
            return False
        reached = max(reached, end)
    return reached >= WEEK
