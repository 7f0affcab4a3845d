"""Whether credwatch itself is well: what it saw and when, and whether what it has to say was delivered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.config.places import DEADLINES
from credwatch.ledger.book import Ledger
from credwatch.ledger.outbox.alerts import alerts
from credwatch.ledger.queries.unread import Unlisted, unlisted
from credwatch.ledger.rows import Row, count, first, select
from credwatch.ledger.times import moment, stored
from credwatch.model import About, Level, Reason


@dataclass(frozen=True)
class Incident:
    """One that is open, and who has it."""

    id: str
    about: About
    subject: str
    step: str
    opened_at: datetime
    reason: Reason | None = None
    owner: str = ""
    deadline: datetime | None = None
    acked_by: str = ""
    acked_at: datetime | None = None
    snoozed_until: datetime | None = None


@dataclass(frozen=True)
class Provider:
    """One connection, as its last look found it."""

    name: str
    uses: str
    looked_at: datetime | None
    """However that ended; None: a look that is later than now counts as none."""
    complete_at: datetime | None
    """The last time that its listing was read to its end."""
    failed_since: datetime | None
    failures: int
    reason: Reason | None
    latency: timedelta | None
    listed: int
    message: str = ""

    @property
    def up(self) -> bool:
        """The last look did not fail."""
        return self.looked_at is not None and self.failed_since is None


@dataclass(frozen=True)
class Sweep:
    """The last sweep that was judged."""

    started_at: datetime
    looked_at: datetime
    closed_at: datetime


@dataclass(frozen=True)
class Health:
    """The watch looked at as if it were watched."""

    sweep: Sweep | None
    """None: none was judged yet."""
    providers: tuple[Provider, ...]
    unlisted: tuple[Unlisted, ...]
    open: tuple[Incident, ...]
    """The open incidents about providers, vendors and ourselves."""
    waiting: int
    """Alerts that should have been told by now: everything but digests and what is snoozed."""
    waiting_since: datetime | None
    digests: int
    """Alerts that wait for the hour of their digest."""
    error: str
    """What the channel said last of a message that it has not taken."""

    @property
    def seen_since(self) -> datetime | None:
        """Everything was listed to its end at this time or later; None: something never was."""
        seen = [provider.complete_at for provider in self.providers]
        return min((at for at in seen if at is not None), default=None) if all(seen) else None


def health(ledger: Ledger, now: datetime) -> Health:
    """All of it. A stored time later than now counts as never."""
    with ledger.read() as db:
        queued = "o.state in ('queued', 'bound')"
        due = [row for row in alerts(db, f"{queued} and o.level <> 'digest'") if _is_due(row.snoozed_until, now)]
        late = [row for row in due if not row.untrue]
        error = first(
            db,
            "select error from message where state in ('queued', 'sending') and error is not null"
            " order by created_at desc limit 1",
        )
        return Health(
            sweep=last_sweep(db, now),
            providers=providers(db, now),
            unlisted=unlisted(db),
            open=tuple(
                incident(row)
                for row in select(
                    db,
                    "select * from incident where closed_at is null and about in ('provider', 'vendor', 'self')"
                    " order by opened_at",
                )
            ),
            waiting=len(late),
            waiting_since=min((row.created_at for row in late), default=None),
            digests=count(
                db, "select count(*) from outbox where state in ('queued', 'bound') and level = ?", Level.DIGEST
            ),
            error=str(error["error"]) if error else "",
        )


def incident(row: Row) -> Incident:
    """A row of the table, as it is shown."""
    return Incident(
        id=row["id"],
        about=About(row["about"]),
        subject=row["subject"],
        step=row["step"],
        opened_at=moment(row["opened_at"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        owner=row["owner"] or "",
        deadline=moment(row["deadline"]),
        acked_by=row["acked_by"] or "",
        acked_at=moment(row["acked_at"]),
        snoozed_until=moment(row["snoozed_until"]),
    )


def providers(db: sqlite3.Connection, now: datetime) -> tuple[Provider, ...]:
    """The connections that were looked at, by name."""
    query = "select * from provider where removed_at is null and uses <> ? and swept_at is not null order by name"
    return tuple(
        Provider(
            name=row["name"],
            uses=row["uses"],
            looked_at=past(row["swept_at"], now),
            complete_at=past(row["complete_at"], now),
            failed_since=moment(row["failed_since"]),
            failures=row["failures"],
            reason=Reason(row["reason"]) if row["reason"] else None,
            latency=None if row["latency_us"] is None else timedelta(microseconds=row["latency_us"]),
            listed=row["listed"],
            message=row["message"] or "",
        )
        for row in select(db, query, DEADLINES)
    )


def last_sweep(db: sqlite3.Connection, now: datetime) -> Sweep | None:
    """The last one that was judged, and not later than now."""
    row = first(
        db,
        "select * from sweep where closed_at <= ? and looked_at is not null order by id desc limit 1",
        stored(now),
    )
    return Sweep(*(moment(int(row[at])) for at in ("started_at", "looked_at", "closed_at"))) if row else None


def past(at: int | None, now: datetime) -> datetime | None:
    """A stored time; one that is later than now counts as never."""
    return None if at is None or at > stored(now) else moment(at)


def _is_due(snoozed_until: datetime | None, now: datetime) -> bool:
    return snoozed_until is None or snoozed_until <= now
