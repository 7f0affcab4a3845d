"""Who changed what, in rows that are chained by their hashes, and the changes themselves: acknowledged, snoozed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from credwatch.errors import LedgerError
from credwatch.ledger import meta
from credwatch.ledger.rows import first
from credwatch.ledger.times import moment, stored

_HEAD = "audit_head"


@dataclass(frozen=True)
class Acknowledged:
    """What was set."""

    incident: str
    by: str
    at: datetime
    snoozed_until: datetime | None


def append(  # noqa: PLR0913  one row
    db: sqlite3.Connection, who: str, action: str, subject: str, *, detail: str, now: datetime
) -> int:
    """Add one row to the chain; its number."""
    last = first(db, "select seq, hash from audit order by seq desc limit 1") or {"seq": 0, "hash": ""}
    seq, at = int(last["seq"]) + 1, stored(now)
    digest = digest_of(seq, at, who, action, subject, detail, last["hash"])
    db.execute(
        "insert into audit (seq, at, who, action, subject, detail, prev_hash, hash) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, at, who, action, subject, detail, last["hash"], digest),
    )
    meta.put(db, _HEAD, f"{seq}:{digest}")
    return seq


def verify(db: sqlite3.Connection) -> int | None:
    """The number of the first row that was changed, or is missing; None when the chain is whole."""
    seq, previous = 0, ""
    for row in db.execute("select seq, at, who, action, subject, detail, prev_hash, hash from audit order by seq"):
        seq += 1
        *said, digest = row
        if row[0] != seq or row[6] != previous or digest_of(*said) != digest:
            return seq
        previous = digest
    return None if meta.get(db, _HEAD) in (None, f"{seq}:{previous}") else seq + 1


def acknowledge(db: sqlite3.Connection, subject: str, who: str, until: datetime | None, now: datetime) -> Acknowledged:
    """Somebody has it: an incident by its id, or a credential's open one. A snooze never lasts past the date.

    LedgerError when nothing is open under this name.
    """
    incident = first(
        db,
        "select * from incident where closed_at is null and (id = ?1 or about = 'credential' and subject = ?1)",
        subject,
    )
    if incident is None:
        raise LedgerError(f"nothing is open for {subject}. credwatch status shows what is")
    deadline = moment(incident["deadline"])
    if until is not None and deadline is not None and deadline > now:
        until = min(until, deadline)
    db.execute(
        "update incident set acked_by = ?, acked_at = ?, snoozed_until = ? where id = ?",
        (who, stored(now), stored(until), incident["id"]),
    )
    detail = f"until {until:%Y-%m-%d %H:%M}" if until is not None else ""
    action = "acked" if until is None else "snoozed"
    append(db, who, action, incident["id"], detail=detail, now=now)
    if incident["about"] == "credential":
        db.execute(
            "insert into event (credential_id, at, what, detail) values (?, ?, ?, ?)",
            (incident["subject"], stored(now), action, f"{who} {detail}".strip()),
        )
        db.execute("update credential set touched = 1 where id = ?", (incident["subject"],))
    return Acknowledged(incident["id"], who, now, until)


def digest_of(*fields: object) -> str:
    """The hash of a row, that of the row before it among its fields."""
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).hexdigest()
