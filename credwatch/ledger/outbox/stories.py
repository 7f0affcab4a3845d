"""One incident out of the ledger, in its present state."""

from __future__ import annotations

import sqlite3
from typing import Any

from credwatch.ledger.outbox import keys
from credwatch.ledger.outbox.sights import owners, see
from credwatch.ledger.outbox.views import Key, Larger, Story
from credwatch.ledger.rows import count, first, select
from credwatch.ledger.times import moment
from credwatch.model import About, ClockName, Level, Reason

SHOWN = 10


def load(db: sqlite3.Connection, incident: str) -> Story | None:
    """The incident and all that its message tells."""
    row = first(db, "select * from incident where id = ?", incident)
    return _story(db, row, _level(db, incident), _told(db, incident)) if row else None


def of_row(db: sqlite3.Connection, alert: int) -> Story | None:
    """An alert that opened no incident, told as if it had."""
    row = first(db, "select * from outbox where id = ?", alert)
    if row is None:
        return None
    at = row["created_at"]
    row = row | {"id": "", "opened_at": at, "moved_at": at, "closed_at": None, "closed_why": None}
    return _story(db, row | {"acked_by": None, "acked_at": None}, Level(row["level"]), None)


def _story(db: sqlite3.Connection, row: dict[str, Any], level: Level, told: int | None) -> Story:
    about = About(row["about"])
    found, affected = _keys(db, about, row)
    return Story(
        id=row["id"],
        about=about,
        subject=row["subject"],
        step=row["step"],
        level=level,
        opened_at=moment(row["opened_at"]),
        moved_at=moment(row["moved_at"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        clock=ClockName(row["clock"]) if row["clock"] else None,
        deadline=moment(row["deadline"]),
        owner=row["owner"] or "",
        closed_at=moment(row["closed_at"]),
        closed_why=row["closed_why"] or "",
        acked_by=row["acked_by"] or "",
        acked_at=moment(row["acked_at"]),
        told_at=moment(told),
        keys=found,
        affected=affected,
        owners=_owners(db, row["subject"]) if about is About.ACCOUNT else {},
        successor=keys.successor(db, row["subject"]) if about is About.CREDENTIAL else None,
        larger=_larger(db, row, found) if row["closed_why"] == "folded" else None,
        sight=see(db, about, row["subject"]) if about in (About.PROVIDER, About.VENDOR, About.SELF) else None,
    )


def _level(db: sqlite3.Connection, incident: str) -> Level:
    """As loud as the loudest that was said of it."""
    said = {row["level"] for row in select(db, "select level from outbox where incident_id = ?", incident)}
    return Level.PAGE if Level.PAGE in said else Level.WARNING


def _told(db: sqlite3.Connection, incident: str) -> int | None:
    row = first(db, "select min(sent_at) as at from message where incident_id = ? and kind = 'post'", incident)
    return row["at"] if row else None


def _keys(db: sqlite3.Connection, about: About, row: dict[str, Any]) -> tuple[tuple[Key, ...], int]:
    """Whose incident it is, and how many there are."""
    if about is About.CREDENTIAL:
        ids = [row["subject"]]
    elif about is About.PLACE:
        held = select(
            db,
            "select credential_id from copy where place = ? order by ended_at is not null, since desc",
            row["subject"],
        )
        ids = [copy["credential_id"] for copy in held][:1]
    elif about is About.ACCOUNT:
        return _members(db, row["subject"])
    else:
        return (), 0
    found = tuple(key for one in ids if (key := keys.load(db, one)) is not None)
    return found, len(found)


def _owners(db: sqlite3.Connection, subject: str) -> dict[str, int]:
    vendor, _, account = subject.partition("/")
    tried = "exists (select 1 from tried where credential_id = c.id)"
    return owners(db, f"c.vendor = ? and coalesce(c.account, '') = ? and {tried}", vendor, account)


def _larger(db: sqlite3.Connection, row: dict[str, Any], found: tuple[Key, ...]) -> Larger | None:
    """The incident of the key's account or vendor; of the key itself, where two rows turned out to be one key."""
    key = found[0].id if found else ""
    into = first(
        db,
        "select i.* from incident i join credential c on c.id = ? where i.id <> ? and ("
        " i.about = 'account' and i.subject = c.vendor || '/' || coalesce(c.account, '')"
        " or i.about = 'vendor' and i.subject = c.vendor or i.about = 'credential' and i.subject = c.id)"
        " and i.opened_at <= ? and (i.closed_at is null or i.closed_at > ?)"
        " order by i.closed_at is null desc, i.opened_at desc limit 1",
        key,
        row["id"],
        row["closed_at"],
        row["closed_at"],
    )
    return Larger(into["id"], About(into["about"]), into["step"]) if into else None


def _members(db: sqlite3.Connection, subject: str) -> tuple[tuple[Key, ...], int]:
    """The keys of an account that are held somewhere and were tried."""
    vendor, _, account = subject.partition("/")
    where = (
        "from credential c where c.vendor = ? and coalesce(c.account, '') = ?"
        " and exists (select 1 from copy where credential_id = c.id and ended_at is null)"
        " and exists (select 1 from tried where credential_id = c.id)"
    )
    found = select(db, f"select c.id {where} order by c.id limit {SHOWN}", vendor, account)
    members = tuple(key for row in found if (key := keys.load(db, row["id"])) is not None)
    return members, count(db, f"select count(*) {where}", vendor, account)
