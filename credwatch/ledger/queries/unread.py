"""What the last looks could not read: asked after every sweep, so it needs nothing of what is told and waits."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from credwatch.ledger.book import Ledger
from credwatch.ledger.rows import select
from credwatch.model import Reason


@dataclass(frozen=True)
class Unlisted:
    """A part of a listing that could not be read at the last look."""

    provider: str
    scope: str
    reason: Reason
    message: str = ""
    """What its provider says of it, where that is more than the reason."""


def unread(ledger: Ledger) -> tuple[Unlisted, ...]:
    """The parts of the providers that are looked at and did not fail as a whole."""
    with ledger.read() as db:
        return unlisted(db)


def unlisted(db: sqlite3.Connection) -> tuple[Unlisted, ...]:
    """As `unread`, within somebody else's reading."""
    scopes = select(
        db,
        "select u.provider, u.scope, u.reason, u.message from unlisted u join (select provider, max(sweep_id) as sweep_id"
        " from sweep_provider where ended_at is not null group by provider) s on s.provider = u.provider"
        " and s.sweep_id = u.sweep_id join provider p on p.name = u.provider and p.removed_at is null"
        " and p.failed_since is null group by 1, 2 order by 1, 2",
    )
    return tuple(Unlisted(row["provider"], row["scope"], Reason(row["reason"]), row["message"]) for row in scopes)
