"""Dates that are seen like keys: the `[[deadlines]]` lines, and the ends of our own logins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

from credwatch.config.configuration import Config
from credwatch.config.places import DEADLINES
from credwatch.config.tables import Deadline
from credwatch.looking.watch import Ended, Piece
from credwatch.model import NEVER, Facts, Item, Kind, Sighting

DEADLINE = Kind("deadline", "deadline", "Deadline", "deadline", (), joins="never", probed=False)
"""A date that a person wrote down: it is judged like a key, and there is nobody to ask."""

OWN_LOGIN = "credwatch's own login"
"""Where the end of our own login stands among a provider's places."""


def dates(config: Config) -> Iterator[tuple[str, list[Piece] | Ended]]:
    """The `[[deadlines]]` lines: dates that no API tells, each in a place of its own."""
    yield DEADLINES, [_dated(line, config.timezone) for line in config.deadlines]
    yield DEADLINES, Ended(True, items=len(config.deadlines), credentials=len(config.deadlines))


def own_login(provider: str, ends: datetime | None) -> Iterator[Sighting]:
    """The date on which our own login at this provider ends and we see nothing there any more, if it has one."""
    if ends is not None and ends != NEVER:
        item = Item(provider, OWN_LOGIN)
        facts = Facts(name=f"credwatch's own login at {provider} ends", expires=ends)
        yield Sighting(provider, f"{provider}:{OWN_LOGIN}", DEADLINE, facts, item)


def _dated(line: Deadline, timezone: ZoneInfo) -> Sighting:
    facts = Facts(name=line.name, expires=datetime.combine(line.date, time(), timezone))
    item = Item(DEADLINES, line.name, labels={"note": line.note, "link": line.link})
    return Sighting(DEADLINES, line.place, DEADLINE, facts, item)
