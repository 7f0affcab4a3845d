"""How far the watch sees: for messages about providers, vendors and ourselves."""

from __future__ import annotations

import sqlite3

from credwatch.ledger.outbox.views import Sight
from credwatch.ledger.rows import count, first, select
from credwatch.ledger.times import moment
from credwatch.model import About, Reason

_OWNERS = """
select c.owner, count(distinct c.id) as keys from copy p join credential c on c.id = p.credential_id
where p.ended_at is null and c.kind <> 'deadline' and c.owner <> '' and {which} group by 1 order by 2 desc, 1
"""


def see(db: sqlite3.Connection, about: About, subject: str) -> Sight:
    """What is unseen because of it, and what is still watched."""
    if about is About.PROVIDER:
        return _provider(db, subject)
    if about is About.VENDOR:
        return _vendor(db, subject)
    since = first(db, "select min(failed_since) as at from provider where removed_at is null")
    return Sight(
        name="everything",
        since=moment(since["at"]) if since else None,
        unseen=_places(db),
        places=_places(db),
        owners=owners(db, "1"),
        vendors=count(
            db, "select count(distinct vendor) from credential where id in (select credential_id from tried)"
        ),
        stores=count(db, "select count(*) from provider where removed_at is null"),
    )


def _places(db: sqlite3.Connection) -> int:
    return count(db, "select count(*) from copy where ended_at is null")


def owners(db: sqlite3.Connection, which: str, *values: object) -> dict[str, int]:
    """The owners of the keys that stand in these places, and how many each has; the most first."""
    return {row["owner"]: row["keys"] for row in select(db, _OWNERS.format(which=which), *values)}


def _provider(db: sqlite3.Connection, name: str) -> Sight:
    row = first(db, "select * from provider where name = ?", name) or {}
    look = first(
        db,
        "select items, listed_before from sweep_provider where provider = ? and state in ('complete', 'partial')"
        " order by sweep_id desc limit 1",
        name,
    )
    nearest = first(
        db,
        "select min(c.deadline) as at from credential c join copy p on p.credential_id = c.id"
        " where p.provider = ? and p.ended_at is null",
        name,
    )
    well = select(
        db,
        "select name from provider where removed_at is null and failed_since is null and name <> ? order by name",
        name,
    )
    return Sight(
        name=name,
        uses=row.get("uses") or "",
        reason=Reason(row["reason"]) if row.get("reason") else None,
        said=row.get("message") or "",
        since=moment(row.get("failed_since")),
        complete_at=moment(row.get("complete_at")),
        unseen=count(db, "select count(*) from copy where provider = ? and ended_at is null", name),
        places=_places(db),
        owners=owners(db, "p.provider = ?", name),
        next_deadline=moment(nearest["at"]) if nearest else None,
        listed=look["items"] if look else 0,
        listed_before=look["listed_before"] if look else 0,
        watched=tuple(provider["name"] for provider in well),
    )


def _vendor(db: sqlite3.Connection, vendor: str) -> Sight:
    named = first(
        db,
        "select max(c.vendor_name) as name, max(t.answered_at) as answered from credential c"
        " join tried t on t.credential_id = c.id where c.vendor = ?",
        vendor,
    )
    failing = first(db, "select failed_since, reason from vendor where name = ?", vendor) or {}
    said = first(
        db,
        "select t.detail from tried t join credential c on c.id = t.credential_id"
        " where c.vendor = ? and t.validity = 'unknown' order by t.at desc limit 1",
        vendor,
    )
    nearest = first(db, "select min(deadline) as at from credential where vendor = ?", vendor)
    held = "select count(*) from copy where ended_at is null and credential_id in (select id from credential where vendor = ?)"
    return Sight(
        name=(named["name"] if named else None) or vendor,
        reason=Reason(failing["reason"]) if failing.get("reason") else None,
        said=said["detail"] if said else "",
        since=moment(failing.get("failed_since")),
        complete_at=moment(named["answered"]) if named else None,
        unseen=count(db, held, vendor),
        places=_places(db),
        owners=owners(db, "c.vendor = ?", vendor),
        next_deadline=moment(nearest["at"]) if nearest else None,
    )
