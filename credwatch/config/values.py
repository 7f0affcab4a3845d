"""The small words of the configuration: lengths, limits, times of day, zones, days. None repeats its input."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, PlainValidator, StringConstraints

from credwatch.config.addresses import Address, address, host_of
from credwatch.config.near import did_you_mean

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LENGTH = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_LONGEST = timedelta(days=36_500)
_PRODUCTION = "production"


def duration(text: object) -> timedelta:
    """`"15m"`, `"6h"`, `"30d"`: a whole number and one of s m h d w, up to a hundred years. ValueError for anything else."""
    if isinstance(text, timedelta):
        return text
    read = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    if read is None:
        raise ValueError('a length is a whole number and s, m, h, d or w, in quotes: "15m", "6h", "30d"')
    length = timedelta(**{_UNITS[read[2]]: int(read[1])})
    if length > _LONGEST:
        raise ValueError("longer than a hundred years")
    return length


def _positive(length: timedelta) -> timedelta:
    if not length:
        raise ValueError('must be longer than nothing: "15m"')
    return length


def _limit(text: object) -> timedelta | None:
    if text is None or text == "never":
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise ValueError(f'{error}; or "never"') from None


def _thresholds(texts: object) -> tuple[timedelta, ...]:
    if not isinstance(texts, list | tuple):
        raise ValueError('a list of lengths: ["30d", "7d", "1d"]')  # noqa: TRY004  pydantic takes ValueError for its own
    return tuple(sorted({duration(text) for text in texts}, reverse=True))


def _time_of_day(text: object) -> time:
    if isinstance(text, time):
        return text
    read = _TIME.fullmatch(text) if isinstance(text, str) else None
    if read is None:
        raise ValueError('a time of day is written "09:00"')
    return time(int(read[1]), int(read[2]))


def _zone(text: object) -> ZoneInfo:
    if isinstance(text, ZoneInfo):
        return text
    if not isinstance(text, str) or text not in available_timezones():
        near = did_you_mean(text, available_timezones()) if isinstance(text, str) else ""
        raise ValueError(f'there is no time zone of this name; one is "Europe/Madrid".{near}')
    return ZoneInfo(text)


def _day(day: object) -> date:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError("a date is written without quotes: 2027-01-31")  # noqa: TRY004  as above
    return day


def _environment(name: str) -> str:
    if name != _PRODUCTION and name.lower() in {"prod", "prd", "production"}:
        raise ValueError('write "production"; any other word means that it is not production')
    return name


def _https(text: object) -> str:
    if not isinstance(text, str):
        raise ValueError('an address in quotes: "https://api.example.com/…"')  # noqa: TRY004  as above
    host_of(text)
    return text


def _proxy(text: object) -> str:
    try:
        parts = urlsplit(text) if isinstance(text, str) else None
        good = parts is not None and parts.scheme in {"http", "https"} and parts.hostname and parts.port
    except ValueError:
        good, parts = False, None
    if not good or parts is None:
        raise ValueError('a proxy is written "http://egress.example.com:3128"')
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and no password may stand in the proxy's address")
    return parts.geturl()


Duration = Annotated[timedelta, PlainValidator(duration)]
Positive = Annotated[timedelta, PlainValidator(duration), AfterValidator(_positive)]
Limit = Annotated[timedelta | None, PlainValidator(_limit)]
"""A length, or None for "never"."""
Thresholds = Annotated[tuple[timedelta, ...], PlainValidator(_thresholds)]
"""The widest first."""
TimeOfDay = Annotated[time, PlainValidator(_time_of_day)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
Day = Annotated[date, PlainValidator(_day)]
Listen = Annotated[Address, PlainValidator(address)]
Https = Annotated[str, PlainValidator(_https)]
Proxy = Annotated[str, PlainValidator(_proxy)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Environment = Annotated[Text, AfterValidator(_environment)]


def one_or_many(given: Any) -> Any:
    """A single text stands for a list of one."""
    return (given,) if isinstance(given, str) else given
