"""What a sweep has to try once more before it believes a refusal, and what it tries beside it as a control."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from credwatch.ledger.rows import Row, select
from credwatch.ledger.times import moment
from credwatch.model import Item


@dataclass(frozen=True)
class Suspect:
    """A place whose value is to be tried once more."""

    provider: str
    locator: str
    place: str
    credential: str
    fingerprint: str
    refused_since: datetime | None
    """When it was first refused; None for a control."""
    item: Item
    """To be read again."""


_HELD = (
    "select h.*, t.refused_since from credential c join copy h on h.credential_id = c.id and h.ended_at is null"
    " join tried t on t.credential_id = c.id and t.fingerprint = h.fingerprint"
)
_CONTROLS = """
with refused as (
    select distinct c.vendor, c.account, c.id from credential c join copy h on h.credential_id = c.id and h.ended_at is null
    where c.suspect = 1 and h.provider in (select provider from sweep_provider where sweep_id = ?)
), others as (
    select h.*, t.refused_since, row_number() over (partition by c.vendor, c.account order by t.valid_at desc, c.id) as rank
    from credential c join copy h on h.credential_id = c.id and h.ended_at is null
    join tried t on t.credential_id = c.id and t.fingerprint = h.fingerprint
    where c.suspect = 0 and t.validity = 'valid' and exists (
        select 1 from refused r where r.vendor = c.vendor and (r.account is null or r.account = c.account))
)
select * from others where rank = 1
"""


def suspects(db: sqlite3.Connection, sweep: int) -> tuple[Suspect, ...]:
    """Those in the places of this sweep's providers, the first refused first."""
    mine = "c.suspect = 1 and h.provider in (select provider from sweep_provider where sweep_id = ?)"
    where = f" where t.refused_since is not null and {mine} order by t.refused_since, h.place"
    return tuple(_held(row) for row in select(db, _HELD + where, sweep))


def controls(db: sqlite3.Connection, sweep: int) -> tuple[Suspect, ...]:
    """For each account that has a suspect, one other key that worked: if it still does, it is the key and not the account."""
    return tuple(_held(row) for row in select(db, _CONTROLS, sweep))


def _held(row: Row) -> Suspect:
    return Suspect(
        provider=row["provider"],
        locator=row["locator"],
        place=row["place"],
        credential=row["credential_id"],
        fingerprint=row["fingerprint"],
        refused_since=moment(row["refused_since"]),
        item=Item(
            provider=row["provider"],
            locator=row["locator"],
            version=row["version"],
            labels=json.loads(row["labels"]),
            written_at=moment(row["written_at"]),
            deletes_at=moment(row["deletes_at"]),
            due_at=moment(row["due_at"]),
            mirror_of=row["mirror_of"],
            managed=bool(row["managed"]),
        ),
    )
