"""Which alerts wait, and which of them are still true."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

from credwatch.ledger.outbox.views import Row
from credwatch.ledger.rows import select
from credwatch.ledger.times import moment
from credwatch.model import About, Level

JITTER = timedelta(days=1)
"""A date that moved by less is the same date."""

_ROWS = """
with latest as materialized (
    select incident_id, max(id) as id from outbox
    where state in ('queued', 'bound') and incident_id in (select o.incident_id from outbox o where {condition})
    group by incident_id
)
select o.*, i.closed_at, i.snoozed_until, c.status, k.deadline as ends,
       k.credential_id is not null as ticks,
       exists (select 1 from incident where about = 'credential' and subject = o.credential_id and closed_at is null) as pages,
       exists (select 1 from copy where place = o.subject and ended_at is null) as stands,
       o.about <> 'rotation' and (iif(o.level = 'digest', exists (
           select 1 from outbox n where n.credential_id = o.credential_id and +n.state in ('queued', 'bound')
               and n.level = 'digest' and n.about = o.about and n.subject = o.subject and n.step = o.step
               and (n.id > o.id and n.clock is o.clock or n.step = 'expired' and o.clock is null and n.clock is not null)
       ), 0) or coalesce(l.id > o.id, 0)) as overtaken
from outbox o
left join incident i on i.id = o.incident_id
left join credential c on c.id = o.credential_id
left join clock k on k.credential_id = o.credential_id and k.clock = o.clock
left join latest l on l.incident_id = o.incident_id
"""
"""Alerts may wait by the ten thousand: what is newest of each incident is looked up once for all of them, and a line of
a digest looks for a newer one among those of its own credential.

Of two that say that one key has expired, by its date and by a refusal, the one with the date is told.
"""

_CLOSED = """
(o.sweep_id is null or exists (
    select 1 from sweep s where s.id = o.sweep_id and s.closed_at is not null and (
        o.level <> 'digest' or s.settled_at is not null
        or exists (select 1 from sweep later where later.id > s.id and later.closed_at is not null))))
"""
"""A digest line waits until its sweep has settled, or a later one is closed: a first summary may still speak for it."""


def alerts(db: sqlite3.Connection, condition: str, *values: object) -> list[Row]:
    """The alerts of closed sweeps that meet a condition on `o`, oldest first, each with why it is no longer true."""
    rows = _ROWS.format(condition=condition)
    found = select(db, f"{rows} where {condition} and {_CLOSED} order by o.id", *values, *values)
    return [
        Row(
            id=row["id"],
            about=About(row["about"]),
            subject=row["subject"],
            step=row["step"],
            level=Level(row["level"]),
            owner=row["owner"] or "",
            incident_id=row["incident_id"],
            credential_id=row["credential_id"],
            created_at=moment(row["created_at"]),
            snoozed_until=moment(row["snoozed_until"]),
            untrue=_untrue(row),
        )
        for row in found
    ]


_HOLDS = {"refused": ("invalid", "expired"), "suspended": ("suspended",)}
"""The statuses that keep a digest line about an answer true."""


def _untrue(row: dict[str, Any]) -> str:
    """Why it need not be told any more: the first of the reasons that hold."""
    level = Level(row["level"])
    if row["overtaken"]:
        return "overtaken by a newer alert"
    if level is Level.RESOLVED:
        return ""
    if row["incident_id"] is not None:
        return "over before it was told" if row["closed_at"] is not None else ""
    return next((why for holds, why in _ends(row) if holds), "") if level is Level.DIGEST else ""


def _ends(row: dict[str, Any]) -> tuple[tuple[bool, str], ...]:
    """What ends a digest line."""
    about = About(row["about"])
    own, status = about is About.CREDENTIAL, row["status"]
    dated = own and row["clock"] is not None
    return (
        (status in ("gone", "unwatched"), f"its credential is {status}"),
        (about is About.PLACE and not row["stands"], "the place holds nothing any more"),
        (own and bool(row["pages"]), "told in a thread of its own"),
        (dated and (not row["ticks"] or _moved(row)), "renewed before it was told"),
        (own and status not in _HOLDS.get(row["step"], (status,)), "it works again"),
    )


def _moved(row: dict[str, Any]) -> bool:
    if row["deadline"] is None or row["ends"] is None:
        return False
    return moment(int(row["ends"])) > moment(int(row["deadline"])) + JITTER
