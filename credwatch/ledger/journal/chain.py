"""The rows of the journal, each chained to the one before by its hash: intents, outcomes, and changes of state."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from uuid import UUID, uuid5

from credwatch.ledger import meta
from credwatch.ledger.audit import digest_of
from credwatch.ledger.journal.columns import TEXT, line, put
from credwatch.ledger.rows import Row, first, select
from credwatch.ledger.times import moment, stored
from credwatch.model.rotating import Entry, Phase, Rotation, Step

_HEAD, _TAIL = "journal_head", "journal_tail"
_SPACE = UUID("6d0d9f0c-4a51-5c0e-9d1b-2f6f3c6f7f21")
_SAID = "seq, rotation_id, attempt, step, place, phase, idem_key, n, at, detail, prev_hash"


def key_of(rotation: Rotation, step: Step, place: str) -> str:
    """The only token that a vendor or a store is given for this effect: the same as often as it is come back to."""
    return str(uuid5(_SPACE, f"{rotation.id}/{rotation.attempt}/{rotation.bounces}/{step}/{place}"))


def intent(db: sqlite3.Connection, rotation: Rotation, step: Step, place: str, now: datetime) -> Entry:
    """The effect is about to happen; who comes back to it finds the intent that is there."""
    place = put({"place": TEXT}, {"place": place})["place"]
    key = key_of(rotation, step, place)
    found = first(db, "select * from journal where idem_key = ? and phase = ?", key, Phase.INTENT.value)
    if found is not None:
        return entry(found)
    return _append(db, Entry(0, rotation.id, rotation.attempt, step, place, Phase.INTENT, key, now), 0)


def outcome(db: sqlite3.Connection, of: Entry, phase: Phase, detail: str, now: datetime) -> Entry:
    """What came of it this time; the number of the outcome is the next one of this key."""
    before = first(db, "select max(n) as n from journal where idem_key = ?", of.key) or {}
    done = Entry(0, of.rotation, of.attempt, of.step, of.place, phase, of.key, now, line(detail, "detail"))
    return _append(db, done, int(before.get("n") or 0) + 1)


def moved(db: sqlite3.Connection, rotation: Rotation, detail: str, now: datetime) -> None:
    """It came to this state: `detail` says why, and may be empty."""
    said = f"{rotation.state}: {detail}" if detail else rotation.state.value
    key = key_of(rotation, Step.MOVE, "")
    outcome(db, Entry(0, rotation.id, rotation.attempt, Step.MOVE, "", Phase.DONE, key, now), Phase.DONE, said, now)


def verify(db: sqlite3.Connection) -> int | None:
    """The number of the first row that was changed, or is missing; None when the chain is whole."""
    tail = _tail(db)
    seq, previous = int(tail["seq"]), tail["hash"]
    for row in db.execute(f"select {_SAID}, hash from journal order by seq"):  # noqa: S608  a constant
        seq += 1
        *said, digest = row
        if said[0] != seq or said[-1] != previous or digest_of(*said) != digest:
            return seq
        previous = digest
    known = meta.get(db, _HEAD) or f"{tail['seq']}:{tail['hash']}"
    return None if known == f"{seq}:{previous}" else seq + 1


def begins(db: sqlite3.Connection, seq: int, digest: str) -> None:
    """All rows up to this one go: the chain hangs on what is kept of it."""
    meta.put(db, _TAIL, f"{seq}:{digest}")


def entries(db: sqlite3.Connection, query: str, *values: object) -> tuple[Entry, ...]:
    """The rows that the rest of the query finds."""
    return tuple(entry(row) for row in select(db, f"select * from journal {query}", *values))  # noqa: S608  our own words


def entry(row: Row) -> Entry:
    """A row, as it is read."""
    return Entry(
        seq=row["seq"],
        rotation=row["rotation_id"],
        attempt=row["attempt"],
        step=Step(row["step"]),
        place=row["place"],
        phase=Phase(row["phase"]),
        key=row["idem_key"],
        at=moment(int(row["at"])),
        detail=row["detail"],
    )


def _append(db: sqlite3.Connection, new: Entry, number: int) -> Entry:
    last = first(db, "select seq, hash from journal order by seq desc limit 1") or _tail(db)
    seq, at = int(last["seq"]) + 1, stored(new.at)
    said = (
        *(seq, new.rotation, new.attempt, new.step.value, new.place, new.phase.value, new.key, number, at, new.detail),
        last["hash"],
    )
    digest = digest_of(*said)
    db.execute(
        f"insert into journal ({_SAID}, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  a constant
        (*said, digest),
    )
    meta.put(db, _HEAD, f"{seq}:{digest}")
    return entry({**dict(zip(_SAID.split(", "), said, strict=True))})


def _tail(db: sqlite3.Connection) -> Row:
    """The last row that went; where none did, what stands before the first."""
    seq, _, digest = (meta.get(db, _TAIL) or "0:").partition(":")
    return {"seq": int(seq), "hash": digest}
