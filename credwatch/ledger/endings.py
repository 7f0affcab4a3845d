"""How a copy ends that was not replaced: its place is gone, or nobody watches it any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from credwatch.ledger.rows import ids

_ENDING = "create temp table if not exists ending (id integer, credential_id text, place text, how text) strict"


def unconfigured(db: sqlite3.Connection, sweep: int, configured: Sequence[str], now: int) -> None:
    """The providers that left the configuration: their copies are unwatched from now on, and not gone."""
    left = "select 1 from provider where removed_at is null and name not in (select value from json_each(?))"
    if db.execute(left, (ids(list(configured)),)).fetchone() is None:
        return
    _gather(
        db,
        "select id, credential_id, place, 'unwatched' from copy"
        " where ended_at is null and provider not in (select value from json_each(?))"
        " union all select null, credential_id, place, 'unwatched' from listed"
        " where ended_at is null and provider not in (select value from json_each(?))",
        ids(list(configured)),
        ids(list(configured)),
    )
    _end(db, sweep, now)
    db.execute(
        "update listed set ended_at = ? where ended_at is null and provider not in (select value from json_each(?))",
        (now, ids(list(configured))),
    )
    _forget_lists(db)
    db.execute(
        "update provider set removed_at = ? where removed_at is null and name not in (select value from json_each(?))",
        (now, ids(list(configured))),
    )


def unseen(db: sqlite3.Connection, sweep: int, provider: str, scopes: Iterable[str], now: int) -> None:
    """What a complete listing did not show: gone, or unwatched when the provider's table was changed since the last one.

    Nothing under a scope that could not be listed is meant; a scope is a prefix, and a wide one spares too much rather
    than too little.
    """
    changed = db.execute(
        "select complete_digest is not null and complete_digest <> digest from provider where name = ?", (provider,)
    ).fetchone()
    how = "unwatched" if changed is not None and changed[0] else "gone"
    spared = ids(list(scopes))
    unspared = "not exists (select 1 from json_each(:scopes) s where substr({what}, 1, length(s.value)) = s.value)"
    located = f"substr(place, {len(provider) + 2})"
    shown = (
        "place >= :provider || ':' and place < :provider || ';' and provider = :provider and ended_at is null"
        f" and sweep_id < :sweep and {unspared}"
    )
    values = {"provider": provider, "sweep": sweep, "scopes": spared, "now": now, "how": how}
    db.execute(_ENDING)
    db.execute("delete from ending")
    db.execute(
        f"insert into ending select id, credential_id, place, :how from copy where {shown.format(what='locator')}"  # noqa: S608  constants
        f" union all select null, credential_id, place, :how from listed where {shown.format(what=located)}",
        values,
    )
    _end(db, sweep, now)
    db.execute(f"update listed set ended_at = :now where {shown.format(what=located)}", values)  # noqa: S608  constants
    _forget_lists(db)


def _gather(db: sqlite3.Connection, query: str, *values: object) -> None:
    db.execute(_ENDING)
    db.execute("delete from ending")
    db.execute(f"insert into ending {query}", values)


def _end(db: sqlite3.Connection, sweep: int, now: int) -> None:
    db.execute(
        "update copy set ended_at = ?, ended = e.how from ending e where e.id = copy.id",
        (now,),
    )
    db.execute(
        "update credential set touched = 1, touched_by = max(touched_by, ?)"
        " where id in (select credential_id from ending)",
        (sweep,),
    )
    db.execute(
        "insert into event (credential_id, at, what, detail) select credential_id, ?, how, place from ending", (now,)
    )


def _forget_lists(db: sqlite3.Connection) -> None:
    """What only the vendor's list said stays known, but anybody may say better from now on."""
    db.execute(
        "update credential set created_rank = 0, expires_rank = 0, name_rank = 0, scopes_rank = 0"
        " where id in (select credential_id from ending where id is null)"
        " and not exists (select 1 from listed l where l.credential_id = credential.id and l.ended_at is null)"
    )
