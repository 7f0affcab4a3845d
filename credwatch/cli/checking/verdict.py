"""What one look comes to: what matters of each key, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from credwatch.cli.checking.look import Key, Look
from credwatch.ledger.standings import Standing
from credwatch.model import Status


class Matter(StrEnum):
    """Why somebody should look at a key, the most severe first."""

    REFUSED = "refused"
    EXPIRED = "past its date"
    CANNOT_TELL = "cannot tell"
    SUSPENDED = "suspended"
    NEAR = "near its date"
    OLD = "too old by rule"


_CODES = {Matter.REFUSED: 2, Matter.EXPIRED: 2, Matter.CANNOT_TELL: 3}
_UNTOLD, _ATTENTION, _WELL = 3, 1, 0
_WORST_FIRST = (2, _UNTOLD, _ATTENTION, _WELL)


def matter(key: Key) -> Matter | None:
    """What matters of it. Of a key that no store holds only that its date comes near."""
    status = key.line.status if key.line is not None else None
    near = Matter.NEAR if status is Status.EXPIRING else None
    if key.seen.item is None:
        return near
    match key.standing:
        case Standing.REFUSED:
            return Matter.REFUSED
        case _ if key.expired:
            return Matter.EXPIRED
        case Standing.CANNOT_TELL:
            return Matter.CANNOT_TELL
        case Standing.SUSPENDED:
            return Matter.SUSPENDED
    return Matter.OLD if status is Status.OVERDUE else near


def matters(look: Look) -> Mapping[Matter, int]:
    """How many keys each is true of; one that lies in several places counts once, by its worst."""
    worst: dict[str, Matter] = {}
    order = list(Matter)
    for key in look.keys:
        found, name = matter(key), key.line.credential if key.line is not None else key.seen.place
        if found is not None:
            worst[name] = min(found, worst.get(name, found), key=order.index)
    return Counter(worst.values())


def unread(look: Look) -> int:
    """How many places could not be looked at, whole providers too."""
    return len(look.unlisted) + sum(not ended.complete for ended in look.ended.values())


def code(look: Look) -> int:
    """2 for a refused key or one past its date, 3 when something could not be told, 1 when something wants attention."""
    codes = {_CODES.get(found, _ATTENTION) for found in matters(look)} | ({_UNTOLD} if unread(look) else set())
    return next(each for each in _WORST_FIRST if each in codes or each == _WELL)
