"""What is old goes from the journal: its beginning, up to what is young or under way, and the rotations that it was about."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from credwatch.ledger import meta
from credwatch.ledger.journal import chain
from credwatch.ledger.rotating import ACTIVE, FAILED
from credwatch.ledger.rows import count, ids
from credwatch.ledger.times import stored

LEAST = timedelta(days=30)
"""What ended is kept for so long at least: for a week it is still looked at."""
_YOUNG = f"""
select min(j.seq) as seq from journal j join rotation r on r.id = j.rotation_id
where j.at >= :before or r.updated_at >= :before or r.{ACTIVE}
"""  # noqa: S608  a constant
_LAST = """
select seq, hash from (select seq, hash from journal where :young is null or seq < :young order by seq limit :batch)
order by seq desc limit 1
"""
_OVER = f"""
select r.id from rotation r where not (r.{ACTIVE}) and r.updated_at < :before
and not exists (select 1 from journal j where j.rotation_id = r.id)
and not exists (select 1 from copy k where k.fingerprint = r.new_fp and k.ended_at is null)
and not exists (select 1 from credential c where c.key_id = r.new_key_id)
and (r.state <> 'done' or exists (select 1 from rotation l
    where l.kind = r.kind and l.state = 'done' and (l.minter <> '' or r.minter = '') and (l.updated_at, l.id) > (r.updated_at, r.id)))
limit :batch
"""  # noqa: S608  a constant
"""Kept is whatever made a key that we still see, and the last of each kind that got done: the next needs no person."""


def prune(db: sqlite3.Connection, before: datetime, batch: int) -> int:
    """Forget a batch of what ended before; how many rows of the journal, and how many rotations, went."""
    values = {"before": stored(before), "batch": batch}
    gone = _entries(db, values)
    over = [name for (name,) in db.execute(_OVER, values)]
    for table, column in (("rotation_place", "rotation_id"), ("rotation", "id")):
        db.execute(f"delete from {table} where {column} in (select value from json_each(?))", (ids(over),))  # noqa: S608  constants
    return gone + len(over)


def _entries(db: sqlite3.Connection, values: dict[str, int]) -> int:
    """The chain goes on from the last row that went; its number and its hash stay."""
    (young,) = db.execute(_YOUNG, values).fetchone()
    last = db.execute(_LAST, {**values, "young": young}).fetchone()
    if last is None:
        return 0
    seq, digest = last
    gone = f"from journal where seq <= {int(seq)}"
    failed = count(db, f"select count(*) {gone} and ({FAILED})")
    chain.begins(db, seq, digest)
    meta.put(db, meta.FAILURES, str(int(meta.get(db, meta.FAILURES) or 0) + failed))
    return db.execute(f"delete {gone}").rowcount
