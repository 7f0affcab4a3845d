"""Keys of a vendor's list of which nobody can tell which place holds them."""

from __future__ import annotations

from dataclasses import dataclass

from credwatch.ledger.book import Ledger


@dataclass(frozen=True)
class Untold:
    """A key that one connection lists, and no place is known to hold."""

    provider: str
    key_id: str
    name: str


def untold(ledger: Ledger, kind: str) -> tuple[Untold, ...]:
    """Those of this kind, where the list shows the ends of its keys."""
    query = (
        "select distinct l.provider, c.key_id, coalesce(c.name, '') from credential c join listed l on l.credential_id = c.id"
        " where c.kind = ? and c.joins = 'hint' and c.key_id is not null and l.ended_at is null and not exists"
        " (select 1 from copy where credential_id = c.id and ended_at is null) order by l.provider, c.name, c.key_id"
    )
    with ledger.read() as db:
        return tuple(Untold(*row) for row in db.execute(query, (kind,)))
