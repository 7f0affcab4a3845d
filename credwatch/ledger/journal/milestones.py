"""What is told of a rotation: one message for all of it, and one for each time that a person is needed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime

from credwatch.errors import LedgerError
from credwatch.ledger.journal.columns import LINE, WORDS, line, put
from credwatch.ledger.rows import count, first
from credwatch.ledger.times import stored
from credwatch.model import About, Level
from credwatch.model.rotating import Rotation, State

STOP = State.NEEDS_OPERATOR.value
_TOLD = {"words": LINE, "lines": WORDS}


@dataclass(frozen=True)
class Milestone:
    """Something that is told, once for each rotation; that a person is needed is told each time."""

    name: str
    """One word: "made", "live", "done". That of `State.NEEDS_OPERATOR` is a message of its own."""
    level: Level = Level.WARNING
    """PAGE only where a key that is in use does not work."""
    words: str = ""
    """What is said of it in the thread, and after "Done:" in the message: "live in 1 of 1 place". Of a stop, what follows
    "Stopped: rotation of …" in its first line: "Nothing is broken; both keys work. A person must choose"."""
    lines: tuple[str, ...] = ()
    """Of a stop: why, what is true, what can be chosen. What stands between backticks is a place or a command."""


def tell(db: sqlite3.Connection, rotation: Rotation, milestone: Milestone, now: datetime) -> None:
    """Queue it, in the transaction of what it tells."""
    whole, name = f"cw-{rotation.id}", line(milestone.name, "name")
    if name != STOP:
        _queue(db, rotation, (About.ROTATION, whole, name), milestone, now)
        return
    number = _stops(db, whole) + 1
    if number > 1:
        _over(db, rotation, number - 1, "", now)
    _queue(db, rotation, (About.STOPPED, _thread(whole, number), f"{STOP}:{number}"), milestone, now)
    _mention(db, rotation, Milestone(f"stopped:{number}", words="stopped: a person must choose"), now)


def remind(db: sqlite3.Connection, rotation: Rotation, milestone: Milestone, now: datetime) -> None:
    """It still waits for a person: once a day, in the thread of its last stop; of one that was never told, it is told now."""
    whole = f"cw-{rotation.id}"
    number = _stops(db, whole)
    if number == 0:
        tell(db, rotation, replace(milestone, name=STOP), now)
    else:
        _queue(db, rotation, (About.STOPPED, _thread(whole, number), f"{STOP}:{number}:{now:%Y-%m-%d}"), milestone, now)


def goes_on(db: sqlite3.Connection, rotation: Rotation, words: str, now: datetime) -> None:
    """A person is needed no more: that is said where it was told."""
    whole = f"cw-{rotation.id}"
    number = _stops(db, whole)
    if number == 0:
        return
    _over(db, rotation, number, words, now)
    _mention(db, rotation, Milestone(f"over:{number}", words="it goes on"), now)


def _over(db: sqlite3.Connection, rotation: Rotation, number: int, words: str, now: datetime) -> None:
    """Nobody has to choose any more what this stop left open; said once."""
    over = Milestone("over", Level.RESOLVED, words)
    _queue(db, rotation, (About.STOPPED, _thread(f"cw-{rotation.id}", number), f"{STOP}:{number}:over"), over, now)


def _thread(whole: str, number: int) -> str:
    """The subject of one stop; the thread of a rotation is the rotation itself."""
    return f"{whole}!{number}"


def _stops(db: sqlite3.Connection, whole: str) -> int:
    told = "about = 'stopped' and level <> 'resolved' and subject glob ?"
    return count(db, f"select count(distinct subject) from outbox where {told}", f"{whole}!*")  # noqa: S608  a constant


def _mention(db: sqlite3.Connection, rotation: Rotation, milestone: Milestone, now: datetime) -> None:
    """In the rotation's own message, where there is one."""
    whole = f"cw-{rotation.id}"
    if first(db, "select 1 as one from outbox where about = 'rotation' and subject = ?", whole) is not None:
        _queue(db, rotation, (About.ROTATION, whole, milestone.name), milestone, now)


def _queue(
    db: sqlite3.Connection, rotation: Rotation, what: tuple[About, str, str], milestone: Milestone, now: datetime
) -> None:
    about, thread, key = what
    if milestone.level is Level.DIGEST:
        raise LedgerError("what a rotation comes to is told at once, and in no digest. This is a defect: report it")
    said = put(_TOLD, {"words": milestone.words, "lines": milestone.lines})
    owner = first(db, "select owner from credential where id = ?", rotation.credential) or {"owner": None}
    db.execute(
        "insert into outbox (dedupe_key, credential_id, incident_id, about, subject, step, level, owner, created_at, said)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (dedupe_key) do nothing",
        (
            f"rotation:{rotation.id}:{key}",
            rotation.credential,
            thread,
            about.value,
            thread,
            line(milestone.name, "name"),
            milestone.level.value,
            owner["owner"],
            stored(now),
            json.dumps(said),
        ),
    )
