"""What is old goes, a little at a time, so that nobody waits for the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from credwatch.ledger import meta
from credwatch.ledger.connection import Connection
from credwatch.ledger.rotating import ACTIVE
from credwatch.ledger.rows import ids
from credwatch.ledger.times import stored

_BATCH = 2000
_STEPS = {
    "event": "select id from event where at < :before limit :batch",
    "outbox": "select id from outbox where state in ('told', 'absorbed', 'dropped') and created_at < :before"  # noqa: S608  a constant
    " and (incident_id is null or incident_id in (select id from incident where closed_at < :before)"
    " or about in ('rotation', 'stopped')"
    f" and substr(subject, 4, 26) not in (select id from rotation where {ACTIVE})) limit :batch",
    "message": "select m.id from message m where m.state in ('sent', 'failed', 'dropped') and m.created_at < :before"
    " and (m.incident_id is null or m.incident_id in (select id from incident where closed_at < :before)"
    " or not exists (select 1 from incident i where i.id = m.incident_id))"
    " and not exists (select 1 from outbox o where o.message_id = m.id)"
    " and m.id not in (select parent_id from message where parent_id is not null) limit :batch",
    "incident": "select i.id from incident i where i.closed_at < :before"
    " and i.id not in (select incident_id from outbox where incident_id is not null)"
    " and not exists (select 1 from message m where m.incident_id = i.id) limit :batch",
    "copy": "select c.id from copy c where c.ended_at < :before"
    " and exists (select 1 from copy h where h.credential_id = c.credential_id and h.ended_at is null) limit :batch",
}
"""Table to the keys of what may go from it; each is asked until it finds nothing."""

_OLD_SWEEP = (
    "select id from sweep where started_at < :before and id < (select max(id) from sweep where closed_at is not null)"
)

_LOOKED_SINCE = (
    "select u.rowid from unlisted u where exists (select 1 from sweep_provider s where s.provider = u.provider"
    " and s.sweep_id > u.sweep_id and s.ended_at is not null) limit :batch"
)
"""What a look could not read is asked for until the next one ended: the same stays shut for months, and is seen at each."""

_UNUSED = "select id from policy where id not in (select policy from credential where policy is not null) limit :batch"
"""Words of rules that no credential was judged by."""

_FORGOTTEN = f"""
select c.id from credential c where c.status in ('gone', 'unwatched') and c.last_seen < :before
    and not exists (select 1 from copy h where h.credential_id = c.id and (h.ended_at is null or h.ended_at >= :before))
    and not exists (select 1 from listed l where l.credential_id = c.id and (l.ended_at is null or l.ended_at >= :before))
    and c.id not in (select subject from incident where about = 'credential')
    and not exists (select 1 from rotation r where r.credential = c.id and r.{ACTIVE})
limit :batch
"""  # noqa: S608  a constant


_TRIED = f"""
delete from meta where key glob '{meta.TRIED}*' and (
    json_extract(value, '$.at') < :before or substr(key, {len(meta.TRIED) + 1}) not in (select id from credential))
"""  # noqa: S608  a constant
"""Why a rule did not begin to rotate what is no more, or what it has long since."""


def prune(connection: Connection, now: datetime, keep: timedelta) -> dict[str, int]:
    """Forget what is older than `keep`: answers, events, sweeps, closed incidents with their messages, dead keys, rotations.

    Returns how many rows went from each table. The audit stays whole.
    """
    values: dict[str, object] = {"before": stored(now - keep), "batch": _BATCH}
    gone = {"answer": _answers(connection, values)}
    for table, query in _STEPS.items():
        gone[table] = _empty(connection, query, values, (table,))
    gone["credential"] = _empty(connection, _FORGOTTEN, values, _OF_CREDENTIAL)
    gone["unlisted"] = _empty(connection, _LOOKED_SINCE, values, ("unlisted.rowid",))
    sweeps = f"{_OLD_SWEEP} limit :batch"
    gone["sweep"] = _empty(connection, sweeps, values, _OF_SWEEP)
    gone["policy"] = _empty(connection, _UNUSED, values, ("policy",))
    with connection.transaction() as db:
        gone["meta"] = db.execute(_TRIED, {"before": stored(now - keep)}).rowcount
    gone["journal"] = _rotations(connection, now, keep)
    return gone


_OF_CREDENTIAL = (
    *(f"{table}.credential_id" for table in ("alias", "copy", "listed", "tried", "answer", "clock")),
    "credential",
)
_OF_SWEEP = ("unlisted.sweep_id", "sweep_answer.sweep_id", "sweep_provider.sweep_id", "sweep")


def _empty(connection: Connection, query: str, values: dict[str, object], tables: tuple[str, ...]) -> int:
    """Delete what the query finds, batch by batch, from the tables in this order; a table may name its column."""
    total = 0
    while True:
        with connection.transaction() as db:
            found = [key for (key,) in db.execute(query, values)]
            for table in tables:
                name, _, column = table.partition(".")
                db.execute(
                    f"delete from {name} where {column or 'id'} in (select value from json_each(?))",  # noqa: S608  constants
                    (ids(found),),
                )
        total += len(found)
        if len(found) < _BATCH:
            return total


def _rotations(connection: Connection, now: datetime, keep: timedelta) -> int:
    """Those that ended, and what the journal has of them; the chain of what is left stays whole."""
    from credwatch.ledger.journal import pruning  # noqa: PLC0415  the journal is made of the ledger

    total = 0
    while True:
        with connection.transaction() as db:
            if not db.execute("select exists (select 1 from rotation)").fetchone()[0]:
                return total
            found = pruning.prune(db, now - max(keep, pruning.LEAST), _BATCH)
        total += found
        if found < _BATCH:
            return total


def _answers(connection: Connection, values: dict[str, object]) -> int:
    """The runs of answers that ended before; they have no number of their own."""
    total = 0
    while True:
        with connection.transaction() as db:
            found = db.execute(
                "delete from answer where (credential_id, fingerprint, at) in"
                " (select credential_id, fingerprint, at from answer where until < :before limit :batch)",
                values,
            ).rowcount
        total += found
        if found < _BATCH:
            return total
