"""The third question: the last failures, and how each went."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.ahead import Named, named
from credwatch.ledger.queries.health import Incident, incident
from credwatch.ledger.rows import Row, count, first, select
from credwatch.ledger.times import moment
from credwatch.model import About, Level

SHOWN = 10

_FAILURE = "step <> 'expiring' and coalesce(closed_why, '') <> 'folded'"
"""A page about a date that is near is no failure; one that was folded is told with its account."""

_KEY = """
select c.id, c.kind, c.kind_title, c.vendor_name, c.name, c.key_id, coalesce(
    (select min(place) from copy where credential_id = c.id and ended_at is null),
    (select max(place) from copy where credential_id = c.id), '') as place
from credential c where c.id = ?
"""


_TOLD = """
select level, min(told_at) as at from outbox
where incident_id = ? and level in ('warning', 'page') and told_at is not null group by level order by at
"""


@dataclass(frozen=True)
class Failure:
    """One incident and its course."""

    incident: Incident
    key: Named | None
    """Of a credential, or of a place that it holds."""
    keys: int
    """Of an account: how many of its keys are held."""
    worked_at: datetime | None
    """The last good answer, or the last whole listing, before it."""
    failed_at: datetime | None
    """The first bad one after that."""
    told: tuple[tuple[datetime, Level], ...]
    """When it was first told, as a warning and as a page."""
    closed_at: datetime | None
    closed_why: str


@dataclass(frozen=True)
class Failures:
    """The third question, answered."""

    last: tuple[Failure, ...]
    """The newest first."""
    total: int
    since: datetime | None
    """How far back the ledger remembers."""


def failures(ledger: Ledger) -> Failures:
    """The newest ten incidents in which something really failed."""
    with ledger.read() as db:
        rows = select(db, f"select * from incident where {_FAILURE} order by opened_at desc, id desc limit {SHOWN}")  # noqa: S608  constants
        since = first(db, "select min(started_at) as at from sweep")
        return Failures(
            last=tuple(_failure(db, row) for row in rows),
            total=count(db, f"select count(*) from incident where {_FAILURE}"),  # noqa: S608  constants
            since=moment(since["at"]) if since else None,
        )


def _failure(db: sqlite3.Connection, row: Row) -> Failure:
    about = About(row["about"])
    credential = _credential(db, about, row["subject"])
    key = first(db, _KEY, credential) if credential else None
    worked, failed = _before(db, about, row, credential)
    return Failure(
        incident=incident(row),
        key=named(key) if key else None,
        keys=_members(db, row["subject"]) if about is About.ACCOUNT else 0,
        worked_at=moment(worked),
        failed_at=moment(failed),
        told=tuple((moment(one["at"]), Level(one["level"])) for one in select(db, _TOLD, row["id"])),
        closed_at=moment(row["closed_at"]),
        closed_why=row["closed_why"] or "",
    )


def _credential(db: sqlite3.Connection, about: About, subject: str) -> str | None:
    if about is About.CREDENTIAL:
        return subject
    if about is not About.PLACE:
        return None
    held = first(
        db,
        "select credential_id from copy where place = ? order by ended_at is not null, since desc limit 1",
        subject,
    )
    return str(held["credential_id"]) if held else None


_LISTINGS = (
    "select max(ended_at) as well from sweep_provider where provider = ?1 and state in ('complete', 'partial') and ended_at <= ?2",
    "select min(ended_at) as ill from sweep_provider where provider = ?1 and state = 'failed' and ended_at between ?3 and ?2",
)
_ANSWERS = (
    "select max(min(until, ?2)) as well from probe where credential_id = ?1 and validity = 'valid' and at <= ?2",
    """select min(max(at, ?3)) as ill from probe where credential_id = ?1 and validity in ('invalid', 'suspended')
    and until >= ?3 and at <= ?2""",
)
"""Until ?2 the last time that it was well, and from ?3 on the first that it was not."""


def _before(db: sqlite3.Connection, about: About, row: Row, credential: str | None) -> tuple[int | None, int | None]:
    """When it was last well before this, and when it was first not."""
    if about is About.PROVIDER:
        well, ill, subject = *_LISTINGS, row["subject"]
    elif credential is not None:
        well, ill, subject = *_ANSWERS, credential
    else:
        return None, None
    good = first(db, well, subject, row["opened_at"])
    worked = good["well"] if good else None
    bad = first(db, ill, subject, row["opened_at"], (worked or 0) + 1)
    return worked, bad["ill"] if bad else None


def _members(db: sqlite3.Connection, subject: str) -> int:
    vendor, _, account = subject.partition("/")
    return count(
        db,
        "select count(*) from credential c where c.vendor = ? and coalesce(c.account, '') = ?"
        " and exists (select 1 from copy where credential_id = c.id and ended_at is null)"
        " and exists (select 1 from tried where credential_id = c.id)",
        vendor,
        account,
    )
