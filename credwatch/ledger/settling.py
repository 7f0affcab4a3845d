"""What a sweep has to try once more before it believes a refusal."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from credwatch.ledger.rows import select
from credwatch.ledger.times import moment
from credwatch.model import Item


@dataclass(frozen=True)
class Suspect:
    """A place whose value was refused, and not yet for long enough."""

    provider: str
    locator: str
    place: str
    credential: str
    fingerprint: str
    refused_since: datetime
    item: Item
    """To be read again."""


def suspects(db: sqlite3.Connection, sweep: int) -> tuple[Suspect, ...]:
    """Those in the places of this sweep's providers, the first refused first."""
    rows = select(
        db,
        "select h.*, t.refused_since from credential c join copy h on h.credential_id = c.id and h.ended_at is null"
        " join tried t on t.credential_id = c.id and t.fingerprint = h.fingerprint and t.refused_since is not null"
        " where c.suspect = 1 and h.provider in (select provider from sweep_provider where sweep_id = ?)"
        " order by t.refused_since, h.place",
        sweep,
    )
    return tuple(
        Suspect(
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
        for row in rows
    )
