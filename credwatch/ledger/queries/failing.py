"""The first question: what fails now. Counted by vendor, then what is refused, suspended or cannot be told."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.health import Incident, incident
from credwatch.ledger.queries.standings import ALIVE, reading
from credwatch.ledger.rows import Row, count, select
from credwatch.ledger.standings import Standing, standing
from credwatch.ledger.times import moment, stored
from credwatch.model import Reason, Status

DAY = timedelta(days=1)
SHOWN = 10
"""So many lines of each sort are shown; the rest is a count."""


@dataclass(frozen=True)
class Vendor:
    """The keys of one vendor."""

    vendor: str
    keys: int
    probed: bool
    """Somebody could be asked about at least one of them."""
    works: int
    refused: int
    suspended: int
    cannot_tell: int
    not_tried: int
    slowest: timedelta | None
    """Of the tries of the last day."""


@dataclass(frozen=True)
class Failing:
    """One key, or all keys of one account that fail together."""

    standing: Standing
    status: Status | None
    credential: str
    place: str
    places: int
    keys: int
    """More than one: of one account."""
    vendor_name: str
    account: str
    worked_at: datetime | None
    since: datetime | None
    """Of the first answer of this sort."""
    deadline: datetime | None
    reason: Reason | None
    owner: str
    ignored: str
    incident: Incident | None


@dataclass(frozen=True)
class Now:
    """The first question, answered."""

    vendors: tuple[Vendor, ...]
    """Those with failures first, then the largest."""
    failing: tuple[Failing, ...]
    more: int
    """So many lines are not in it."""
    halves: tuple[Incident, ...]
    """Places whose value is refused while the key works elsewhere."""
    overdue: int
    """Keys that work and are older than their rule."""
    expiring: int
    spoken: int
    """Failing keys that no rule ignores."""
    unclear: int
    """Keys that cannot be told and that no rule ignores."""


_VENDORS = f"""
with slow as (
    select a.vendor, max(a.latency_us) as us from sweep_answer a join sweep s on s.id = a.sweep_id
    where s.started_at > ? group by a.vendor
)
select c.vendor, count(*) as keys, max(c.probed) as probed, sum(c.standing < 2) as works, sum(c.standing = 4) as refused,
    sum(c.standing = 3) as suspended, sum(c.standing = 2) as cannot_tell, sum(coalesce(c.standing, 5) = 5) as not_tried,
    (select us from slow where slow.vendor = c.vendor) as slowest
from credential c not indexed where c.kind <> 'deadline' and {ALIVE} group by c.vendor
order by sum(c.standing in (3, 4)) > 0 desc, sum(c.standing = 2) > 0 desc, c.vendor = 'unknown', keys desc, c.vendor
"""  # noqa: S608  constants

_FAILING = f"""
with failing as (
    select c.*, c.standing as rank, min(h.place) as place, count(*) as places,
        case when c.standing = 3 or c.standing = 4 and c.status = 'unverified' then c.vendor || '/' || coalesce(c.account, '') end as account_id
    from credential c not indexed cross join copy h on h.credential_id = c.id and h.ended_at is null
    where (c.standing in (2, 3, 4) or c.status = 'expired') and {ALIVE} group by c.id
)
select f.*, count(*) as keys, min(f.place) as place,
    (select max(t.valid_at) from tried t where t.credential_id = f.id) as valid_at,
    (select min(t.refused_since) from tried t join copy h on h.credential_id = t.credential_id and h.fingerprint = t.fingerprint
        where t.credential_id = f.id and h.missing = '[]' and h.ended_at is null) as refused_since,
    (select min(t.suspended_since) from tried t where t.credential_id = f.id) as suspended_since,
    (select min(t.unknown_since) from tried t where t.credential_id = f.id) as unknown_since
from failing f group by f.rank, coalesce(account_id, f.id)
order by f.ignored is not null, f.rank = 2, coalesce(f.rank, 5) = 5, f.environment <> 'production', min(f.place)
"""  # noqa: S608  constants


def failing(ledger: Ledger, now: datetime) -> Now:
    """What fails now. A whole account that fails is one line."""
    with reading(ledger) as db:
        opened = {
            (row["about"], row["subject"]): incident(row)
            for row in select(
                db, "select * from incident where closed_at is null and about in ('credential', 'account', 'place')"
            )
        }
        lines = [_failing(row, opened) for row in select(db, _FAILING)]
        shown = [
            line
            for sort in dict.fromkeys((line.standing, line.status is Status.EXPIRED) for line in lines)
            for line in [one for one in lines if (one.standing, one.status is Status.EXPIRED) == sort][:SHOWN]
        ]
        spoken = [line for line in lines if not line.ignored]
        unclear = [line for line in spoken if line.standing is Standing.CANNOT_TELL and not _ended(line)]
        return Now(
            vendors=tuple(_vendor(row) for row in select(db, _VENDORS, stored(now - DAY))),
            failing=tuple(shown),
            more=len(lines) - len(shown),
            halves=tuple(one for (about, _), one in opened.items() if about == "place"),
            overdue=_of_status(db, Status.OVERDUE),
            expiring=_of_status(db, Status.EXPIRING),
            spoken=sum(line.keys for line in spoken) - sum(line.keys for line in unclear),
            unclear=sum(line.keys for line in unclear),
        )


def _ended(line: Failing) -> bool:
    return line.status is Status.EXPIRED


def _of_status(db: sqlite3.Connection, status: Status) -> int:
    return count(db, "select count(*) from credential where status = ? and ignored is null", status)


def _vendor(row: Row) -> Vendor:
    numbers = {name: row[name] or 0 for name in ("works", "refused", "suspended", "cannot_tell", "not_tried")}
    slowest = None if row["slowest"] is None else timedelta(microseconds=row["slowest"])
    return Vendor(row["vendor"], row["keys"], bool(row["probed"]), **numbers, slowest=slowest)


def _failing(row: Row, opened: dict[tuple[str, str], Incident]) -> Failing:
    since = {
        Standing.REFUSED: row["refused_since"],
        Standing.SUSPENDED: row["suspended_since"],
        Standing.CANNOT_TELL: row["unknown_since"] or row["refused_since"],
    }
    account = f"{row['vendor']}/{row['account'] or ''}"
    word = standing(row["rank"])
    own = opened.get(("credential", row["id"])), opened.get(("account", account))
    return Failing(
        standing=word,
        status=Status(row["status"]) if row["status"] else None,
        credential=row["id"],
        place=row["place"],
        places=row["places"],
        keys=row["keys"],
        vendor_name=row["vendor_name"],
        account=row["account"] or "",
        worked_at=moment(row["valid_at"]),
        since=moment(since.get(word)),
        deadline=moment(row["deadline"]),
        reason=_reason(row),
        owner=row["owner"] or "",
        ignored=row["ignored"] or "",
        incident=next((one for one in own if one is not None), None),
    )


def _reason(row: Row) -> Reason | None:
    return Reason(row["reason"]) if row["reason"] else None
