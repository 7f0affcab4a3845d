"""The course of a sweep: it begins, each provider's listing ends, looking ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from credwatch.ledger import endings
from credwatch.ledger.names import word
from credwatch.ledger.rows import first, ids, select
from credwatch.ledger.times import stored
from credwatch.model import Reason

_COUNTED = timedelta(days=2)
"""What older sweeps were answered, settled or not, is asked of nobody."""
_LONG_AGO = timedelta(days=7) // timedelta(milliseconds=1)
"""Of a failure before that nobody knows whether it lasted: we did not look, or our clock was set."""
_BACK = "first_complete_at = null, complete_digest = null, introduced_at = null, failures = 0, failed_since = null"


def begin(  # noqa: PLR0913  what a sweep begins with
    db: sqlite3.Connection,
    names: Sequence[str],
    *,
    configured: Mapping[str, str],
    uses: Mapping[str, str],
    rules: str,
    now: datetime,
) -> int:
    """A new sweep's id. What is no longer configured stops being watched; what comes back is new again."""
    at = stored(now)
    sweep = db.execute(
        "insert into sweep (started_at, providers, rules) values (?, ?, ?)", (at, json.dumps(list(names)), rules)
    ).lastrowid
    assert sweep is not None  # noqa: S101  an insert has an id
    old = "delete from sweep_answer where sweep_id in (select id from sweep where started_at < ?)"
    db.execute(old, (stored(now - _COUNTED),))
    if _other_rules(db, sweep, rules):
        db.execute("update credential set touched = 1, touched_by = max(touched_by, ?)", (sweep,))
    endings.unconfigured(db, sweep, list(configured), at)
    db.execute(
        f"update provider set {_BACK} where removed_at is not null and name in (select value from json_each(?))",  # noqa: S608  a constant
        (ids(list(configured)),),
    )
    db.executemany(
        "insert into provider (name, uses, digest) values (?, ?, ?) on conflict (name)"
        " do update set uses = excluded.uses, digest = excluded.digest, removed_at = null",
        [(name, uses.get(name, name), digest) for name, digest in configured.items()],
    )
    db.executemany(
        "insert into sweep_provider (sweep_id, provider, state, started_at, listed_before)"
        " values (?, ?, 'looking', ?, coalesce((select listed from provider where name = ?), 0))",
        [(sweep, name, at, name) for name in names],
    )
    return sweep


def _other_rules(db: sqlite3.Connection, sweep: int, rules: str) -> bool:
    """The last sweep that was judged was judged by other rules: so everything is to be judged anew."""
    last = first(db, "select rules from sweep where closed_at is not null and id < ? order by id desc limit 1", sweep)
    return last is not None and bool(last["rules"] != rules)


def answered(
    db: sqlite3.Connection, fingerprints: Iterable[tuple[str, str]], since: datetime, now: datetime | None
) -> frozenset[str]:
    """The fingerprints (of kind and fingerprint) that got an answer at or after `since` and need no further one now.

    A suspect is tried again; so is a value that stands with two different ids, which is half of a pair somewhere.
    An answer from the future is none.
    """
    asked = [(word(kind, "fp", value), word(kind, "shared", value), value) for kind, value in fingerprints]
    rows = select(
        db,
        "select t.fingerprint from json_each(?) j join alias a on a.name = json_extract(j.value, '$[0]')"
        " join tried t on t.credential_id = a.credential_id and t.fingerprint = json_extract(j.value, '$[2]')"
        " join credential c on c.id = a.credential_id and c.suspect = 0"
        " where t.answered_at between ? and ?"
        " and not exists (select 1 from alias s where s.name = json_extract(j.value, '$[1]'))",
        ids(asked),
        stored(since),
        2**62 if now is None else stored(now),
    )
    return frozenset(row["fingerprint"] for row in rows)


def holds(db: sqlite3.Connection, provider: str, locator: str) -> bool:
    """Whether something is held in this item: under its own place, or in one of its fields."""
    query = (
        "select 1 from copy where ended_at is null and place = ?1 union all select 1 from copy"
        " where ended_at is null and place > ?1 || '#' and place < ?1 || '$' and locator = ?2 limit 1"
    )
    return db.execute(query, (f"{provider}:{locator}", locator)).fetchone() is not None


def ended(  # noqa: PLR0913  what one listing came to
    db: sqlite3.Connection,
    sweep: int,
    provider: str,
    *,
    complete: bool,
    reason: Reason | None,
    message: str,
    expires: datetime | None,
    items: int,
    credentials: int,
    latency: timedelta | None,
    shrunk: Callable[[int, int], bool] | None,
    now: datetime,
) -> None:
    """Write down how the listing of a provider ended; when it was complete, what it did not show has ended.

    Not so when it shrank: that looks like a lost permission, until it grows again or a person acknowledges it.
    """
    at = stored(now)
    looking = first(
        db, "select state, listed_before from sweep_provider where sweep_id = ? and provider = ?", sweep, provider
    ) or {"state": "looking", "listed_before": 0}
    scopes = [
        row["scope"]
        for row in select(db, "select scope from unlisted where sweep_id = ? and provider = ?", sweep, provider)
    ]
    state = "failed" if not complete else "partial" if scopes else "complete"
    said = reason.value if reason is not None else None
    db.execute(
        "insert into sweep_provider (sweep_id, provider, state, reason, message, items, credentials, started_at, ended_at)"
        " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) on conflict (sweep_id, provider) do update set state = ?3,"
        " reason = ?4, message = ?5, items = ?6, credentials = ?7, ended_at = ?8",
        (sweep, provider, state, said, message, items, credentials, at),
    )
    before = first(db, "select swept_at, failed_since from provider where name = ? and swept_at is not null", provider)
    db.execute(
        "update provider set swept_at = ?, reason = ?, message = ?, expires = iif(?, ?, expires),"
        " latency_us = coalesce(?, latency_us) where name = ?",
        (
            at,
            said,
            message,
            complete,
            stored(expires),
            None if latency is None else latency // timedelta(microseconds=1),
            provider,
        ),
    )
    if not complete:
        since = at if before is None or at - before["swept_at"] > _LONG_AGO else before["failed_since"] or at
        db.execute(
            "update provider set failures = failures + ?, failed_since = ? where name = ?",
            (looking["state"] != "failed", min(since, at), provider),
        )
        return
    db.execute("update provider set failures = 0, failed_since = null where name = ?", (provider,))
    if shrunk is not None and shrunk(looking["listed_before"], items) and not _accepted(db, provider):
        return
    endings.unseen(db, sweep, provider, scopes, at)
    db.execute(
        "update provider set complete_at = ?1, first_complete_at = coalesce(first_complete_at, ?1), listed = ?2,"
        " complete_digest = digest where name = ?3",
        (at, items, provider),
    )


def _accepted(db: sqlite3.Connection, provider: str) -> bool:
    """A person has acknowledged that this listing is smaller now."""
    query = "select 1 from incident where about = 'provider' and subject = ? and step = 'shrunk' and closed_at is null"
    return first(db, f"{query} and acked_at is not null", provider) is not None
