"""How far a sweep reached: its providers, and the vendors whose keys it tried."""

from __future__ import annotations

import sqlite3

from credwatch.ledger.memory import opened
from credwatch.ledger.rows import count, first, ids, select
from credwatch.ledger.times import moment
from credwatch.model import About, Level, News, Reach, Reason, SweepMemory

_NETWORK = (Reason.TIMEOUT, Reason.UNREACHABLE, Reason.DNS, Reason.TLS)
_NO_TRY = (Reason.NOT_TRIED, Reason.MALFORMED)
"""Reasons of a result for which nothing was sent."""
_WRITTEN = "deadlines"
"""Dates of the configuration: they are always read, and say nothing of the network."""
_SYSTEMS = 2
"""One silent system is its own fault; all of several are ours."""
_LEFT = """
with held as (select c.vendor, c.account from credential c join copy h on h.credential_id = c.id and h.ended_at is null)
select about, subject, 'unwatched' as step from incident i where closed_at is null and about = 'provider'
    and exists (select 1 from provider where name = i.subject and removed_at is not null)
union all select about, subject, 'gone' from incident i where closed_at is null and about = 'vendor'
    and not exists (select 1 from held where vendor = i.subject)
union all select about, subject, 'gone' from incident i where closed_at is null and about = 'account'
    and not exists (select 1 from held where vendor || '/' || coalesce(account, '') = i.subject)
"""


def providers(db: sqlite3.Connection, sweep: int) -> tuple[Reach, ...]:
    """The providers of this sweep."""
    rows = select(
        db,
        "select p.*, s.state, s.items, s.listed_before, s.reason as said from sweep_provider s"
        " join provider p on p.name = s.provider where s.sweep_id = ? order by p.name",
        sweep,
    )
    return tuple(
        Reach(
            name=row["name"],
            vendor=row["uses"],
            failed_since=moment(row["failed_since"]),
            failures=row["failures"],
            reason=Reason(row["said"]) if row["said"] else None,
            first_look=row["introduced_at"] is None,
            finished=row["state"] in {"complete", "partial"},
            listed_before=row["listed_before"],
            listed=row["items"],
        )
        for row in rows
    )


def vendors(db: sqlite3.Connection, sweep: int) -> tuple[Reach, ...]:
    """The vendors whose keys were tried in this sweep."""
    rows = select(
        db,
        "select a.vendor, sum(a.times) as tried, sum(a.times) filter (where a.validity <> 'unknown') as answered,"
        " v.failed_since, v.failures, v.reason from sweep_answer a left join vendor v on v.name = a.vendor"
        " where a.sweep_id = ? and a.reason not in (select value from json_each(?)) group by a.vendor order by a.vendor",
        sweep,
        ids(_NO_TRY),
    )
    return tuple(
        Reach(
            name=row["vendor"],
            failed_since=moment(row["failed_since"]),
            failures=row["failures"] or 0,
            reason=Reason(row["reason"]) if row["reason"] else None,
            tried=row["tried"],
            answered=row["answered"] or 0,
        )
        for row in rows
    )


def count_vendors(db: sqlite3.Connection, sweep: int, now: int) -> None:
    """Remember since when, and for how many sweeps, a vendor has answered nothing. A sweep counts once.

    That a key may not do what is asked is the reason only where there is no other: it says that the vendor was reached.
    """
    for reach in vendors(db, sweep):
        if reach.answered:
            db.execute(
                "insert into vendor (name, sweep_id) values (?1, ?2) on conflict (name) do update"
                " set failed_since = null, failures = 0, reason = null, sweep_id = ?2",
                (reach.name, sweep),
            )
            continue
        usual = first(
            db,
            "select reason from sweep_answer where sweep_id = ? and vendor = ?"
            " and reason not in (select value from json_each(?)) order by reason = 'forbidden', times desc, reason limit 1",
            sweep,
            reach.name,
            ids(_NO_TRY),
        )
        db.execute(
            "insert into vendor (name, failed_since, failures, reason, sweep_id) values (?1, ?2, 1, ?3, ?4)"
            " on conflict (name) do update set"
            " failed_since = iif(reason = 'forbidden' and ?3 <> 'forbidden', ?2, min(?2, coalesce((select failed_since"
            " from sweep s where s.id = vendor.sweep_id and s.started_at > ?2 - 604800000), ?2))),"
            " failures = iif(reason = 'forbidden' and ?3 <> 'forbidden', 1, failures + (sweep_id <> ?4)),"
            " reason = ?3, sweep_id = ?4",
            (reach.name, now, usual["reason"] if usual else None, sweep),
        )


def cut_off(db: sqlite3.Connection, sweep: int) -> bool:
    """Nothing at all was reached: every provider failed on the way, and no key that was tried got an answer."""
    stores, tried = [one for one in providers(db, sweep) if one.vendor != _WRITTEN], vendors(db, sweep)
    silent = all(reach.failed_since is not None and reach.reason in _NETWORK for reach in stores)
    return bool(stores) and len(stores) + len(tried) >= _SYSTEMS and silent and not any(one.answered for one in tried)


def memory(db: sqlite3.Connection, sweep: int, settling: int) -> SweepMemory:
    """All that is known of the sweep itself."""
    incidents = select(
        db, "select * from incident where closed_at is null and about in ('provider', 'vendor', 'self') order by id"
    )
    opens = "select count(*) from incident where sweep_id = ? and about in ('credential', 'place')"
    return SweepMemory(
        sweep=str(sweep),
        providers=providers(db, sweep),
        vendors=vendors(db, sweep),
        open=tuple(opened(row) for row in incidents),
        opens=count(db, opens, sweep),
        rules_changed=_rules_changed(db, sweep),
        settling=settling,
    )


def left(db: sqlite3.Connection) -> tuple[News, ...]:
    """The ends of incidents that nobody is left to judge: no key of the account or vendor is held, the provider is gone."""
    return tuple(News(About(row["about"]), row["subject"], row["step"], Level.RESOLVED) for row in select(db, _LEFT))


def _rules_changed(db: sqlite3.Connection, sweep: int) -> bool:
    row = first(
        db,
        "select now.rules <> was.rules as changed from sweep now join sweep was on was.id < now.id"
        " and was.closed_at is not null where now.id = ? order by was.id desc limit 1",
        sweep,
    )
    return bool(row and row["changed"])
