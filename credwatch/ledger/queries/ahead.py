"""The second question: what fails next, and whose is it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.standings import ALIVE
from credwatch.ledger.rotating import BEGINS
from credwatch.ledger.rows import Row, count, first, select
from credwatch.ledger.times import moment, span, stored
from credwatch.model import NEVER, ClockName

SHOWN = 10


@dataclass(frozen=True)
class Named:
    """As much of a credential as its title is made of."""

    id: str
    kind: str
    title: str
    vendor_name: str
    name: str = ""
    key_id: str = ""
    place: str = ""
    """The first place that holds it, else where its vendor's list shows it."""


@dataclass(frozen=True)
class Ending:
    """One key and the nearest date on which it stops."""

    key: Named
    clock: ClockName
    deadline: datetime
    source: str
    places: int
    owner: str
    note: str
    """Of a `[[deadlines]]` line."""
    managed: bool
    """Its store, or another service, replaces it."""
    ignored: str
    rotates: datetime | None = None
    """When a rule begins to replace it; None: no rule does."""


@dataclass(frozen=True)
class Aged:
    """The key that is furthest beyond the age its rule allows."""

    key: Named
    age: timedelta
    owner: str


@dataclass(frozen=True)
class Ahead:
    """The second question, answered."""

    endings: tuple[Ending, ...]
    """The nearest ten."""
    more: int
    overdue: int
    oldest: Aged | None


_NAMED = """c.id, c.kind, c.kind_title, c.vendor_name, c.name, c.key_id, coalesce(
    (select min(place) from copy where credential_id = c.id and ended_at is null),
    (select min(place) from listed where credential_id = c.id and ended_at is null), '') as place"""

_ENDING = f"""
from (
    select credential_id, clock, source, life, min(deadline) as deadline from clock
    where clock <> 'policy' and deadline > :now and deadline < :never group by credential_id
) k join credential c on c.id = k.credential_id where {ALIVE}
"""  # noqa: S608  constants
_AGED = (
    f"from clock k join credential c on c.id = k.credential_id where k.clock = 'policy' and k.deadline <= ? and {ALIVE}"
)


def ahead(ledger: Ledger, now: datetime) -> Ahead:
    """The nearest dates that are still to come, and how many keys are only too old."""
    values = {"now": stored(now), "never": stored(NEVER)}
    with ledger.read() as db:
        cursor = db.execute(
            f"select {_NAMED}, k.clock, k.source, k.deadline, c.owner, c.note, c.ignored,"  # noqa: S608  constants
            " (select count(*) from copy where credential_id = c.id and ended_at is null) as places,"
            " exists (select 1 from copy where credential_id = c.id and ended_at is null and managed = 1) as managed,"
            " case when c.rotate = 'auto' and k.clock <> 'deletion' then k.deadline - ("
            f"select {BEGINS} from policy p where p.id = c.policy) end as rotates"
            f" {_ENDING} order by k.deadline, c.id limit {SHOWN}",
            values,
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        total = db.execute(f"select count(*) {_ENDING}", values).fetchone()[0]
        oldest = first(
            db,
            f"select {_NAMED}, c.owner, k.life, k.deadline {_AGED} order by k.deadline - k.life, c.id limit 1",
            stored(now),
        )
        return Ahead(
            endings=tuple(_ending(row) for row in rows),
            more=total - len(rows),
            overdue=count(db, f"select count(*) {_AGED}", stored(now)),
            oldest=_aged(oldest, now) if oldest else None,
        )


def named(row: Row) -> Named:
    """What a title is made of, from columns of `credential` and a place."""
    return Named(
        id=row["id"],
        kind=row["kind"],
        title=row["kind_title"],
        vendor_name=row["vendor_name"],
        name=row["name"] or "",
        key_id=row["key_id"] or "",
        place=row["place"] or "",
    )


def _ending(row: Row) -> Ending:
    return Ending(
        key=named(row),
        clock=ClockName(row["clock"]),
        deadline=moment(int(row["deadline"])),
        source=row["source"],
        places=row["places"],
        owner=row["owner"] or "",
        note=row["note"] or "",
        managed=bool(row["managed"]),
        ignored=row["ignored"] or "",
        rotates=moment(row["rotates"]),
    )


def _aged(row: Row, now: datetime) -> Aged:
    made = moment(int(row["deadline"])) - span(int(row["life"]))
    return Aged(named(row), now - made, row["owner"] or "")


def look_up(ledger: Ledger, credential: str) -> Named | None:
    """What the title of one credential is made of."""
    with ledger.read() as db:
        rows = select(db, f"select {_NAMED} from credential c where c.id = ?", credential)  # noqa: S608  constants
    return named(rows[0]) if rows else None
