"""What an owner's digest tells, and what the first summary counts."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from credwatch.findings import Finding, Sight
from credwatch.ledger.outbox import keys
from credwatch.ledger.outbox.views import Counts, Digest, Due, Entry
from credwatch.ledger.rows import count, first, ids, select
from credwatch.ledger.times import moment, stored
from credwatch.model import About, ClockName, Reason

SHOWN = 10
MONTH = timedelta(days=30)


def load(db: sqlite3.Connection, owner: str, date: str, alerts: Sequence[int]) -> Digest:
    """The alerts of one digest: those with a date first, the nearest first; mere age is only counted."""
    rows = select(
        db,
        "select o.*, c.kind = 'deadline' as whole from outbox o left join credential c on c.id = o.credential_id"
        " where o.id in (select value from json_each(?)) order by o.deadline is null, o.deadline, o.id",
        ids(list(alerts)),
    )
    shown = [row for row in rows if row["step"] not in ("overdue", "unowned")][:SHOWN]
    dates = [row["deadline"] for row in rows if row["deadline"] and row["step"] == "expiring"]
    return Digest(
        owner=owner,
        date=date,
        entries=tuple(_entry(db, row) for row in shown),
        steps=Counter(row["step"] for row in rows),
        first=moment(min(dates, default=None)),
        last=moment(max(dates, default=None)),
        days=sum(bool(row["whole"]) for row in rows),
    )


def _entry(db: sqlite3.Connection, row: dict[str, Any]) -> Entry:
    about = About(row["about"])
    credential = row["credential_id"]
    if credential is None and about is About.CREDENTIAL:
        credential = row["subject"]
    return Entry(
        about=about,
        subject=row["subject"],
        step=row["step"],
        clock=ClockName(row["clock"]) if row["clock"] else None,
        deadline=moment(row["deadline"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        key=keys.load(db, credential) if credential else None,
    )


def counts(db: sqlite3.Connection, now: datetime, found: Mapping[Finding, int], sight: Sight) -> Counts:
    """Everything that is watched, counted; and what the join found."""
    alive = "(status is null or status not in ('gone', 'unwatched'))"

    def those(condition: str, *values: object) -> int:
        return count(db, f"select count(*) from credential where {alive} and {condition}", *values)  # noqa: S608  our own

    oldest = first(
        db,
        f"select min(coalesce(created, first_seen)) as at from credential where {alive} and status = 'overdue'",  # noqa: S608  our own
    )
    urgent = select(
        db,
        "select i.subject, i.step, i.deadline from incident i where i.closed_at is null and i.about = 'credential'"
        " order by i.deadline is null desc, i.deadline limit ?",
        SHOWN,
    )
    unseen = select(
        db,
        "select name from provider where removed_at is null and failed_since is not null union"
        " select u.provider || ' ' || u.scope from unlisted u where u.sweep_id = (select max(id) from sweep) order by 1",
    )
    return Counts(
        at=now,
        credentials=those("1"),
        places=count(db, "select count(*) from copy where ended_at is null"),
        urgent=tuple(
            Due(key, row["step"], moment(row["deadline"]))
            for row in urgent
            if (key := keys.load(db, row["subject"])) is not None
        ),
        expiring=those("status = 'expiring' and deadline <= ?", stored(now + MONTH)),
        refused=those("status = 'invalid'"),
        expired=those("status = 'expired'"),
        suspended=those("status = 'suspended'"),
        overdue=those("status = 'overdue'"),
        oldest=now - moment(oldest["at"]) if oldest and oldest["at"] else None,
        well=those(
            "status = 'ok' and exists (select 1 from tried where credential_id = credential.id and validity = 'valid')"
        ),
        untried=those("status = 'unverified'"),
        unrecognised=found.get(Finding.UNRECOGNISED, 0),
        unowned=found.get(Finding.UNOWNED, 0),
        unheld=None if sight.unseen else found.get(Finding.ORPHAN, 0),
        personal=found.get(Finding.PERSONAL, 0),
        shared=found.get(Finding.SHARED, 0),
        unseen=tuple(row["name"] for row in unseen),
    )
