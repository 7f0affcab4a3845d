"""Rotations, for those who only look: whose time has come, what is under way, how it goes. It loads no rotation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.ledger import meta
from credwatch.ledger.book import Ledger
from credwatch.ledger.rotating import ACTIVE, BEGINS, FAILED
from credwatch.ledger.rows import Row, count, first, select
from credwatch.ledger.standings import LIMITED
from credwatch.ledger.texts import held
from credwatch.ledger.times import moment, stored
from credwatch.model.rotating import State, Wish

AGAIN = timedelta(hours=1)
"""What was refused is not tried sooner."""
LEFT = timedelta(days=7)
"""What a person left, or took back, is not begun by a rule for so long: they had a reason. So long it is tidied, too.

What nobody chose to end is begun again after a day: a key that lives for two weeks would not live to see the next try.
"""
DAILY = timedelta(days=1)

_DUE = f"""
select 1 from rotation where {ACTIVE} and paused = 0 and state <> 'needs_operator'
and (next_try_at is null or next_try_at <= :now or next_try_at > :far) limit 1
"""  # noqa: S608  a constant
_AUTOMATIC = f"""
from credential c join policy p on p.id = c.policy join clock k on k.credential_id = c.id and k.clock = c.clock
where c.rotate = 'auto' and c.ignored is null and c.status in ('ok', 'expiring', 'overdue', 'expired')
and (c.standing <= {LIMITED} or not c.probed)
and c.clock in ('hard', 'idle', 'due', 'policy') and c.deadline - {BEGINS} <= :now
and exists (select 1 from copy where credential_id = c.id and ended_at is null)
and not exists (select 1 from rotation r where r.credential = c.id and (
    {ACTIVE} or r.state = 'done' and r.updated_at >= c.last_seen
    or r.state in ('aborted', 'rolled_back') and r.updated_at > iif(
        exists (select 1 from journal where rotation_id = r.id and step = 'choose'), :left, :daily)))
and not exists (select 1 from meta where key = '{meta.TRIED}' || c.id
    and json_extract(value, '$.at') > :again and json_extract(value, '$.at') <= :now)
"""  # noqa: S608  constants
_ENDED = f"""
select 1 from rotation where not ({ACTIVE}) and state <> 'rejected' and updated_at > :left order by begun_at, id
"""  # noqa: S608  a constant
_UNANSWERED = """
select 1 from rotation r where r.state = 'needs_operator' and r.paused = 0 and coalesce((
    select max(o.created_at) from outbox o
    where o.about = 'stopped' and o.level <> 'resolved' and o.subject glob 'cw-' || r.id || '!*'), r.updated_at) <= :yesterday
"""


@dataclass(frozen=True)
class UnderWay:
    """A rotation that has not ended."""

    id: str
    credential: str
    state: State
    begun_at: datetime
    paused: bool
    confirmed_by: str
    wish: Wish | None
    grace_until: datetime | None


@dataclass(frozen=True)
class OfVendor:
    """One key of a vendor, and where it lies."""

    credential: str
    title: str
    environment: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """What is counted of rotations."""

    states: Mapping[str, int]
    """State to how many are in it now, or ended in it within the last 30 days."""
    under_way: tuple[UnderWay, ...]
    failures: int
    """Effects that were refused or not answered, and stops, ever."""
    paused: bool
    """All of them, by somebody."""


def waiting(ledger: Ledger, now: datetime) -> bool:
    """Whether a process that rotates would find something to do."""
    values = _moments(now)
    with ledger.read() as db:
        paused = meta.get(db, meta.PAUSED) is not None
        if (
            _any(db, _DUE, values)
            or _any(db, _UNANSWERED, values)
            or (not paused and _any(db, f"select 1 {_AUTOMATIC} limit 1", values))
        ):
            return True
        return _untidied(db, now) and _any(db, _ENDED, values)


def automatic(ledger: Ledger, now: datetime) -> tuple[str, ...]:
    """The credentials whose rule says that a rotation begins by itself, and now; the nearest date first."""
    with ledger.read() as db:
        rows = db.execute(f"select c.id {_AUTOMATIC} order by c.deadline, c.id", _moments(now))
        return tuple(row[0] for row in rows)


def unanswered(ledger: Ledger, now: datetime) -> tuple[str, ...]:
    """The rotations that wait for a person to whom nothing was said for a day; the oldest first."""
    with ledger.read() as db:
        query = f"{_UNANSWERED.replace('select 1', 'select r.id')} order by r.begun_at, r.id"
        return tuple(row[0] for row in db.execute(query, _moments(now)))


def untidied(ledger: Ledger, now: datetime) -> tuple[str, ...]:
    """The rotations that ended lately, when it is time to look at them again; the oldest first."""
    with ledger.read() as db:
        if not _untidied(db, now):
            return ()
        return tuple(row[0] for row in db.execute(_ENDED.replace("select 1", "select id"), _moments(now)))


def tried(ledger: Ledger, credential: str, why: str, now: datetime) -> None:
    """A rule wanted it to be begun, and it was not. What it was refused for is in its history, once for each reason."""
    with ledger.transaction() as db:
        name = f"{meta.TRIED}{credential}"
        before = meta.get(db, name)
        if before is None or json.loads(before)["why"] != why:
            db.execute(
                "insert into event (credential_id, at, what, detail) values (?, ?, 'not rotated', ?)",
                (credential, stored(now), why),
            )
        meta.put(db, name, json.dumps({"at": stored(now), "why": why}))


def last_refusal(ledger: Ledger, credential: str) -> str:
    """Why the last rotation of it was not begun; empty: the last one was."""
    query = "select state, reason from rotation where credential = ? order by begun_at desc, id desc limit 1"
    with ledger.read() as db:
        row = first(db, query, credential)
    return str(row["reason"]) if row is not None and row["state"] == "rejected" else ""


def tidied(ledger: Ledger, now: datetime) -> None:
    """All that ended lately was looked at."""
    with ledger.transaction() as db:
        meta.put(db, meta.TIDIED, str(stored(now)))


def stop_of(ledger: Ledger, rotation: str) -> tuple[str, ...]:
    """What was said when this one stopped last: why, what is true, what can be chosen."""
    query = "select said from outbox where about = 'stopped' and level <> 'resolved' and subject glob ? order by id desc limit 1"
    with ledger.read() as db:
        row = first(db, query, f"cw-{rotation}!*")
    return tuple(json.loads(row["said"])["lines"]) if row is not None else ()


def under_way(ledger: Ledger) -> Mapping[str, UnderWay]:
    """Credential to what rotates it now: a handful, whatever there is to watch."""
    with ledger.read() as db:
        rows = select(db, f"select * from rotation where {ACTIVE}")  # noqa: S608  a constant
    return {row["credential"]: _under_way(row) for row in rows}


def of_vendor(ledger: Ledger, vendor: str) -> tuple[OfVendor, ...]:
    """Its keys that a place holds: what is not production first, then the fewest places."""
    with ledger.read() as db:
        rows = select(
            db,
            "select c.id, c.kind_title, coalesce(c.name, c.key_id, '') as name, coalesce(c.environment, '') as environment,"
            " (select json_group_array(place) from (select place from copy where credential_id = c.id"
            " and ended_at is null order by place)) as places from credential c where c.vendor = ?"
            " and exists (select 1 from copy where credential_id = c.id and ended_at is null)"
            " order by c.environment = 'production', json_array_length(places), places, c.id",
            held(vendor),
        )
    return tuple(
        OfVendor(
            row["id"],
            f"{row['kind_title']} {row['name']}".strip(),
            row["environment"],
            tuple(json.loads(row["places"])),
        )
        for row in rows
    )


def vendors(ledger: Ledger) -> tuple[str, ...]:
    """Those of which a place holds a key that can be tried."""
    with ledger.read() as db:
        rows = select(
            db,
            "select distinct vendor from credential c where probed = 1 and exists (select 1 from copy"
            " where credential_id = c.id and ended_at is null) order by vendor",
        )
    return tuple(row["vendor"] for row in rows)


def figures(ledger: Ledger, now: datetime) -> Figures:
    """For whoever measures."""
    with ledger.read() as db:
        states = select(
            db,
            f"select state, count(*) as many from rotation where {ACTIVE} or updated_at > ? group by state order by state",  # noqa: S608  a constant
            stored(now - timedelta(days=30)),
        )
        active = select(db, f"select * from rotation where {ACTIVE} order by begun_at, id")  # noqa: S608  a constant
        return Figures(
            states={row["state"]: row["many"] for row in states},
            under_way=tuple(map(_under_way, active)),
            failures=_failures(db),
            paused=meta.get(db, meta.PAUSED) is not None,
        )


def _failures(db: sqlite3.Connection) -> int:
    """Those of the journal, and those of what has gone from it."""
    gone = int(meta.get(db, meta.FAILURES) or 0)
    return gone + count(db, f"select count(*) from journal where {FAILED}")  # noqa: S608  a constant


def _any(db: sqlite3.Connection, query: str, values: Mapping[str, int]) -> bool:
    return db.execute(query, values).fetchone() is not None


def _moments(now: datetime) -> dict[str, int]:
    return {
        "now": stored(now),
        "far": stored(now + DAILY),
        "again": stored(now - AGAIN),
        "left": stored(now - LEFT),
        "yesterday": stored(now - DAILY),
        "daily": stored(now - DAILY),
    }


def _untidied(db: sqlite3.Connection, now: datetime) -> bool:
    """Not within the last day, unless our clock was set back."""
    last = int(meta.get(db, meta.TIDIED) or 0)
    return not stored(now - DAILY) < last <= stored(now)


def _under_way(row: Row) -> UnderWay:
    return UnderWay(
        id=f"cw-{row['id']}",
        credential=row["credential"],
        state=State(row["state"]),
        begun_at=moment(int(row["begun_at"])),
        paused=bool(row["paused"]),
        confirmed_by=row["confirmed_by"],
        wish=Wish(row["wish"]) if row["wish"] else None,
        grace_until=moment(row["grace_until"]),
    )
