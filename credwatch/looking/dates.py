"""The `[[deadlines]]` lines, seen like keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

from credwatch.config import DEADLINES, Config, Deadline
from credwatch.looking.watch import Ended, Piece
from credwatch.model import Facts, Item, Kind, Sighting

DEADLINE = Kind("deadline", "deadline", "Deadline", "deadline", (), joins="never", probed=False)
"""A date that a person wrote down: it is judged like a key, and there is nobody to ask."""


def dates(config: Config) -> Iterator[tuple[str, list[Piece] | Ended]]:
    """The `[[deadlines]]` lines: dates that no API tells, each in a place of its own."""
    yield DEADLINES, [_dated(line, config.timezone) for line in config.deadlines]
    yield DEADLINES, Ended(True, items=len(config.deadlines), credentials=len(config.deadlines))


def _dated(line: Deadline, timezone: ZoneInfo) -> Sighting:
    facts = Facts(name=line.name, expires=datetime.combine(line.date, time(), timezone))
    item = Item(DEADLINES, line.name, labels={"note": line.note, "link": line.link})
    return Sighting(DEADLINES, line.place, DEADLINE, facts, item)
