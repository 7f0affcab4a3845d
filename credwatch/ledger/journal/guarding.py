"""What holds a rotation back: others, failures, a pause, a sight that is not whole, a ledger that cannot be relied on."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from credwatch.errors import LedgerError
from credwatch.ledger import audit, meta
from credwatch.ledger.book import Ledger
from credwatch.ledger.journal import chain
from credwatch.ledger.journal.columns import line
from credwatch.ledger.rotating import ACTIVE
from credwatch.ledger.rows import first, select
from credwatch.ledger.times import moment, stored
from credwatch.model.rotating import Rotation, State

LEAST = 64 << 20
"""Bytes that must be free where the ledger is."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_FAILED = (State.NEEDS_OPERATOR, State.ABORTED)
_BEFORE = (State.PLANNED, State.PREPARED, State.CREATING, State.CREATED, State.STAGED, State.VERIFIED)
"""Not live in every place. Beyond them both keys live, for days where a person is asked, and no key is made any more."""


@dataclass(frozen=True)
class Counts:
    """What the guards count. A rotation is never counted against itself."""

    active: int
    """Others that have not ended; for one that is urgent, those that are not live in every place yet and wait for nobody."""
    account: int
    """At the same account of the same vendor, or at any of it, where an account is unknown: others that have not ended; for one
    that is urgent, those that may still make a key."""
    day: int
    """Others that were begun within 24 hours; what was refused was not."""
    creates: int
    """How often this one has set out to make a key, as it says itself."""
    failures: int
    """Rotations that were refused an effect, came to need a person, or were aborted: within an hour, and since a person last
    said that they may begin again."""
    done: int
    """Of this kind, ever; not those for which a person made the key."""


def counts(db: sqlite3.Connection, rotation: Rotation, now: datetime) -> Counts:
    """Of this moment."""
    values = {
        "id": rotation.id,
        "credential": rotation.credential,
        "kind": rotation.kind,
        "account": rotation.old.account,
        "day": stored(now - _DAY),
        "since": _since(db, now),
        "now": stored(now),
        "failed": json.dumps(_FAILED),
        "before": json.dumps(_BEFORE),
    }

    def those(query: str) -> int:
        found = db.execute(f"select count({query}", values).fetchone()
        return int(found[0])

    others = f"*) from rotation where id <> :id and {ACTIVE}"
    held = "in (select value from json_each(:before))"
    working = f" and state {held}" if rotation.urgent else ""
    making = f" and iif(state = 'needs_operator', resumes, state) {held}" if rotation.urgent else ""
    vendor = "coalesce((select vendor from credential where id = :credential), :kind)"
    account = "(account = :account or account is null or :account is null)"
    came_to = "substr(detail, 1, instr(detail || ':', ':') - 1) in (select value from json_each(:failed))"
    failed = f"(phase = 'failed' or step = 'move' and {came_to})"
    return Counts(
        active=those(f"{others}{working}"),
        account=those(f"{others} and vendor = {vendor} and {account}{making}"),
        day=those("*) from rotation where id <> :id and begun_at > :day and state <> 'rejected'"),
        creates=rotation.creates,
        failures=those(f"distinct rotation_id) from journal where at > :since and at <= :now and {failed}"),
        done=those("*) from rotation where kind = :kind and state = 'done' and minter <> ''"),
    )


def _since(db: sqlite3.Connection, now: datetime) -> int:
    """What failed before a person's word is known to them. A word of times to come is none: our clock was set back."""
    said, hour = int(meta.get(db, meta.UNPAUSED) or 0), stored(now - _HOUR)
    return said if hour < said <= stored(now) else hour


# -- a pause of all ------------------------------------------------------------------------------------------------


def pause_all(db: sqlite3.Connection, why: str, who: str, now: datetime) -> None:
    """Nothing is begun until a person says so."""
    why, who = line(why, "reason"), line(who, "name")
    meta.put(db, meta.PAUSED, f"{why or 'paused'} ({who}, {now:%Y-%m-%d %H:%M} UTC)")
    audit.append(db, who, "paused", "rotations", detail=why, now=now)


def paused_all(db: sqlite3.Connection) -> str:
    """Why, by whom and when; empty: it is not."""
    return meta.get(db, meta.PAUSED) or ""


def unpause_all(db: sqlite3.Connection, who: str, now: datetime) -> None:
    """As before; what is not paused stays as it is. What failed until now holds nothing back any more."""
    meta.put(db, meta.UNPAUSED, str(stored(now)))
    if meta.drop(db, meta.PAUSED):
        audit.append(db, line(who, "name"), "unpaused", "rotations", detail="", now=now)


# -- what the watch sees -------------------------------------------------------------------------------------------


def holders(db: sqlite3.Connection, fingerprint: str) -> tuple[str, ...]:
    """The places that hold this value as far as the watch knows."""
    query = "select place from copy where fingerprint = ? and ended_at is null order by place"
    return tuple(row["place"] for row in select(db, query, fingerprint))


def placed(db: sqlite3.Connection, key_id: str) -> tuple[str, ...]:
    """The places that hold the key of this id as far as the watch knows."""
    query = (
        "select k.place from credential c join copy k on k.credential_id = c.id and k.ended_at is null"
        " where c.key_id = ? order by k.place"
    )
    return tuple(row["place"] for row in select(db, query, key_id))


def claimed(db: sqlite3.Connection, key_id: str) -> bool:
    """Whether a place holds the key of this id, or a rotation made or replaced it."""
    query = "select 1 as one from rotation where ? in (old_key_id, new_key_id)"
    return bool(placed(db, key_id)) or first(db, query, key_id) is not None


def complete_sweep(db: sqlite3.Connection) -> datetime | None:
    """Since when every configured provider has been listed completely, each in a closed sweep of its own pace."""
    found = first(
        db,
        "select min(at) as at from (select max(s.closed_at) as at from provider p"
        " left join sweep_provider l on l.provider = p.name and l.state = 'complete'"
        " left join sweep s on s.id = l.sweep_id where p.removed_at is null group by p.name)"
        " having count(*) > 0 and count(*) = count(at)",
    )
    return moment(found["at"]) if found is not None else None


def blind(db: sqlite3.Connection) -> tuple[str, ...]:
    """What cannot be seen, or not all of it."""
    query = "select subject from incident where closed_at is null and about in ('provider', 'vendor', 'self') order by about, subject"
    return tuple(row["subject"] for row in select(db, query))


# -- whether what is written here can be relied on -----------------------------------------------------------------


def free(directory: Path) -> int:
    """Bytes that we may still write on the disk of this directory."""
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def unreliable(ledger: Ledger, room: Callable[[Path], int]) -> str:
    """Why nothing can be written, or what is written is broken; empty: all is well."""
    try:
        return _no_room(ledger.directory, room) or _unsound(ledger)
    except LedgerError as error:
        return str(error)
    except sqlite3.Error as error:
        return f"the audit takes no row: SQLite says {type(error).__name__}. Somebody changed the ledger's tables"
    except OSError as error:
        return f"the disk of the ledger cannot be asked for its room: {error.strerror}"


def _no_room(directory: Path | None, room: Callable[[Path], int]) -> str:
    if directory is None or (left := room(directory)) >= LEAST:
        return ""
    return f"only {left >> 20} MiB are free on the disk of {directory}, and a rotation wants {LEAST >> 20}"


def _unsound(ledger: Ledger) -> str:
    ledger.try_the_disk()
    ledger.quick_check()
    with ledger.transaction() as db:
        _try_audit(db)
        broken = {"audit": audit.verify(db), "journal": chain.verify(db)}
    return next((f"the chain of the {which} is broken at row {row}" for which, row in broken.items() if row), "")


def _try_audit(db: sqlite3.Connection) -> None:
    """A row is taken, and taken back."""
    db.execute("savepoint trying")
    try:
        audit.append(db, "credwatch", "tried", "audit", detail="", now=moment(0))
    finally:
        db.execute("rollback to trying")
        db.execute("release trying")
