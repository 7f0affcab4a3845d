"""How a credential stands, in the words that are shown: what its vendor answered, not what was concluded from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from credwatch.ledger.book import Ledger


class Standing(StrEnum):
    """What the newest answers say. "Refused" is the vendor's word, "cannot tell" is ours."""

    WORKS = "works"
    LIMITED = "works, limited"
    CANNOT_TELL = "cannot tell"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    NOT_TRIED = "not tried"


RANKS = tuple(Standing)
"""A rank, as the queries below count it, is an index into these."""

ALIVE = "(c.status is null or c.status not in ('gone', 'unwatched'))"
"""Of `credential c`: something still shows it."""

TRIED = "t.credential_id = h.credential_id and t.fingerprint = h.fingerprint and h.missing = '[]'"
"""Joins `tried t` to the value that `copy h` holds; half of a pair is not tried."""

RANK = """case when t.fingerprint is null then 5
    when t.suspended_since is not null then 3
    when t.refused_since is not null and c.suspect = 0 then 4
    when t.validity = 'valid' and t.refused_since is null then t.reason = 'limited'
    else 2 end"""
"""One place's rank, of `credential c` and `tried t`. A refusal that is not yet believed cannot be told."""

STOOD = f"""
select id, count(*) as places, min(place) as place,
    case when min(rank) < 2 or min(rank) = max(rank) then min(rank) when min(rank) is null then 5 else 2 end as rank
from (
    select c.id, h.place, case when h.fingerprint is not null and h.missing = '[]' then {RANK} end as rank
    from copy h join credential c on c.id = h.credential_id left join tried t on {TRIED}
    where h.ended_at is null and {ALIVE} and {{which}}
) group by id
"""  # noqa: S608  constants
"""The credentials that are held, `which` of them: its first place, how many there are, its rank. It works when a value of it works."""


def standing(rank: int | None) -> Standing:
    """The word for a rank."""
    return Standing.NOT_TRIED if rank is None else RANKS[rank]


@contextmanager
def reading(ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """Reads that see one state, with room for the rows of a large ledger: without it each would be read many times."""
    with ledger.read() as db:
        db.execute("pragma cache_size = -65536")
        yield db
