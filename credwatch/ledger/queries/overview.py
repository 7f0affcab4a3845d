"""What the read-only face shows: how far the watch sees, what fails, what is next. Every answer is of one state."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.health import Provider, Sweep, last_sweep, providers
from credwatch.ledger.queries.standings import ALIVE
from credwatch.ledger.rows import Row, count, select
from credwatch.ledger.times import moment, stored

SHOWN = 20
"""So many are named of what fails and of what is next."""


@dataclass(frozen=True)
class Vendor:
    """The keys of one vendor."""

    name: str
    title: str
    statuses: Mapping[str, int]
    """Status to how many keys have it; "new" before the first judgement."""
    slowest: timedelta | None
    """Of the answers of the last day."""
    failed_since: datetime | None
    """Since when none of its keys could be told."""
    reason: str | None


@dataclass(frozen=True)
class Credential:
    """One credential that something still shows."""

    id: str
    vendor: str
    vendor_name: str
    kind: str
    title: str
    name: str | None
    status: str | None
    since: datetime | None
    reason: str | None
    clock: str | None
    """Of the date that rules."""
    deadline: datetime | None
    owner: str
    environment: str
    ignored: str | None
    places: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """All that decides whether all is well."""

    providers: tuple[Provider, ...]
    vendors: tuple[Vendor, ...]
    statuses: Mapping[str, int]
    failing: tuple[Credential, ...]
    """In production and not ignored: refused, suspended or past the date. The first 20, the newest first."""
    failures: int
    next: tuple[Credential, ...]
    """The next dates that are not mere age. The first 20."""
    incidents: Mapping[str, int]
    """Open, by what they are about."""
    pending: int
    """Alerts of judged sweeps that nobody was told yet."""
    sweep: Sweep | None


_FAILING = "c.status in ('expired', 'invalid', 'suspended') and c.environment = 'production' and c.ignored is null"
_NEXT = f"c.deadline > ? and c.clock <> 'policy' and {ALIVE} and c.ignored is null"
_CREDENTIAL = """
select c.*, (
    select json_group_array(place) from (
        select place from copy where credential_id = c.id and ended_at is null
        union select place from listed where credential_id = c.id and ended_at is null order by place
    )
) as places from credential c
"""


def overview(ledger: Ledger, now: datetime) -> Overview:
    """Everything at once."""
    with ledger.read() as db:
        vendors = tuple(_vendors(db, now))
        statuses: dict[str, int] = {}
        for vendor in vendors:
            for status, many in vendor.statuses.items():
                statuses[status] = statuses.get(status, 0) + many
        return Overview(
            providers=providers(db, now),
            vendors=vendors,
            statuses=dict(sorted(statuses.items())),
            failing=_credentials(db, f"where {_FAILING} order by c.status_since desc, c.id limit {SHOWN}"),
            failures=count(db, f"select count(*) from credential c where {_FAILING}"),  # noqa: S608  constants
            next=_credentials(db, f"where {_NEXT} order by c.deadline, c.id limit {SHOWN}", stored(now)),
            incidents=_incidents(db),
            pending=_pending(db),
            sweep=last_sweep(db, now),
        )


def looked(ledger: Ledger) -> Mapping[str, datetime]:
    """Provider to when it was last looked at, however that ended; those that never were are left out."""
    with ledger.read() as db:
        rows = select(db, "select name, swept_at from provider where swept_at is not null and removed_at is null")
    return {row["name"]: moment(int(row["swept_at"])) for row in rows}


def answers(ledger: Ledger) -> None:
    """LedgerError when it cannot be read."""
    with ledger.read() as db:
        count(db, "select count(*) from meta")


def page(ledger: Ledger, after: str, limit: int) -> tuple[Credential, ...]:
    """The credentials that something still shows, in the order of their ids, from after this id on."""
    with ledger.read() as db:
        return _credentials(db, f"where c.id > ? and {ALIVE} order by c.id limit ?", after, limit)


def statuses(ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """Id, vendor and status of every judged credential that something still shows, as they are read."""
    with ledger.read() as db:
        yield from db.execute(
            f"select c.id, c.vendor, c.status from credential c where c.status is not null and {ALIVE} order by c.id"  # noqa: S608  constants
        )


def clocks(ledger: Ledger) -> Iterator[tuple[str, str, str, str, int]]:
    """Id, vendor, kind, clock and milliseconds since 1970 of every date on which a credential may stop working."""
    with ledger.read() as db:
        yield from db.execute(
            "select c.id, c.vendor, c.kind, k.clock, k.deadline from clock k join credential c on c.id = k.credential_id"  # noqa: S608  constants
            f" where {ALIVE} order by c.id, k.clock"
        )


def _vendors(db: sqlite3.Connection, now: datetime) -> Iterator[Vendor]:
    rows = select(
        db,
        "select c.vendor, min(c.vendor_name) as title, coalesce(c.status, 'new') as status, count(*) as many"  # noqa: S608  constants
        f" from credential c where {ALIVE} group by 1, 3 order by 1, 3",
    )
    slowest = select(
        db,
        "select a.vendor, max(a.latency_us) as latency from sweep_answer a join sweep s on s.id = a.sweep_id"
        " where s.started_at > ? and a.validity <> 'unknown' group by 1",
        stored(now - timedelta(days=1)),
    )
    latencies = {row["vendor"]: _latency(row["latency"]) for row in slowest}
    silent = {row["name"]: row for row in select(db, "select * from vendor where failed_since is not null")}
    for name in dict.fromkeys(row["vendor"] for row in rows):
        own = [row for row in rows if row["vendor"] == name]
        yield Vendor(
            name=name,
            title=own[0]["title"],
            statuses={row["status"]: row["many"] for row in own},
            slowest=latencies.get(name),
            failed_since=moment(silent.get(name, {}).get("failed_since")),
            reason=silent.get(name, {}).get("reason"),
        )


def _incidents(db: sqlite3.Connection) -> Mapping[str, int]:
    query = "select about, count(*) as many from incident where closed_at is null group by about order by about"
    return {row["about"]: row["many"] for row in select(db, query)}


def _pending(db: sqlite3.Connection) -> int:
    return count(
        db,
        "select count(*) from outbox o left join sweep s on s.id = o.sweep_id"
        " where o.state in ('queued', 'bound') and (o.sweep_id is null or s.closed_at is not null)",
    )


def _credentials(db: sqlite3.Connection, which: str, *values: object) -> tuple[Credential, ...]:
    return tuple(_credential(row) for row in select(db, _CREDENTIAL + which, *values))


def _credential(row: Row) -> Credential:
    return Credential(
        id=row["id"],
        vendor=row["vendor"],
        vendor_name=row["vendor_name"],
        kind=row["kind"],
        title=row["kind_title"],
        name=row["name"],
        status=row["status"],
        since=moment(row["status_since"]),
        reason=row["reason"],
        clock=row["clock"],
        deadline=moment(row["deadline"]),
        owner=row["owner"] or "",
        environment=row["environment"] or "",
        ignored=row["ignored"],
        places=tuple(json.loads(row["places"])),
    )


def _latency(microseconds: int | None) -> timedelta | None:
    return None if microseconds is None else timedelta(microseconds=microseconds)
