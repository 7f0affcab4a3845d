"""close: judge when the whole sweep is in the ledger. Each page's new state and its news are kept together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from credwatch.ledger import jumps, reach
from credwatch.ledger.around import Siblings
from credwatch.ledger.connection import Connection
from credwatch.ledger.incidents import Desk
from credwatch.ledger.memory import Page, said_to_come
from credwatch.ledger.rows import Row, columns, count, update, write
from credwatch.ledger.settling import suspects
from credwatch.ledger.times import stored
from credwatch.model import About, Judge, Judgement, JudgeSweep, Policy, Revoke, Status

PAGE = 500
_SHOWN = 200

_DUE = """
select id from credential where id > :after and (touched = 1 and touched_by <= :sweep
    or (judge_at <= :now or judged_at > :now) and not (touched = 1 and touched_by > :sweep)) order by id limit :page
"""
"""A judgement that was made while our clock was ahead is none."""
_TOLD = columns(
    "status status_since reason suspect owner environment impact runbook rotate ignored page_at mention_at deadline clock policy"
    " standing shape"
)
_ALWAYS = columns("judged_at judge_at touched")
_AROUND = """
update credential set touched = 1, touched_by = max(touched_by, :sweep) where id in (
    select subject from incident where closed_at is null and about = 'credential'
    union select h.credential_id from incident i join copy h on h.place = i.subject and h.ended_at is null
        where i.closed_at is null and i.about = 'place'
    union select h.credential_id from incident i join copy h on h.place = i.subject and h.ended_at is not null
        where i.closed_at is null and i.about = 'place'
    union select c.id from incident i join credential c on c.vendor = substr(i.subject, 1, instr(i.subject, '/') - 1)
        and coalesce(c.account, '') = substr(i.subject, instr(i.subject, '/') + 1)
        where i.closed_at is null and i.about = 'account')
"""
"""Whoever an open incident is about is judged at each close: what ends it may have happened to another."""
_CLOCK = columns("credential_id clock deadline life source generation anchor rung said_at")


@dataclass(frozen=True)
class Change:
    """One credential stands differently than before."""

    credential: str
    place: str
    """Where it is; its id where it is nowhere."""
    old: Status | None
    new: Status
    reason: str | None


@dataclass
class Closed:
    """What a close came to."""

    judged: int = 0
    changed: list[Change] = field(default_factory=list)
    """The first 200."""
    changes: int = 0
    opened: int = 0
    resolved: int = 0
    suspects: int = 0
    """Places whose refused keys this sweep has still to try once more."""

    def __add__(self, later: Closed) -> Closed:
        """Both closes of one sweep."""
        return Closed(
            self.judged + later.judged,
            [*self.changed, *later.changed],
            self.changes + later.changes,
            self.opened + later.opened,
            self.resolved + later.resolved,
            later.suspects,
        )


def close(  # noqa: PLR0913  two judges and what they need
    connection: Connection, sweep: int, judge: Judge, judge_sweep: JudgeSweep, now: datetime, *, page: int = PAGE
) -> Closed:
    """Judge what this sweep touched and what is due, then the sweep itself. A second time: what settling has changed."""
    summary, after = Closed(), ""
    with connection.transaction() as db:
        jumps.mend(db, now)
        _around_incidents(db, sweep)
        siblings, cut_off, rules = Siblings(db), reach.cut_off(db, sweep), Rules(db)
    while True:
        with connection.transaction() as db:
            due = db.execute(_DUE, {"after": after, "sweep": sweep, "now": stored(now), "page": page})
            names = [name for (name,) in due]
            if not names:
                break
            asked = Page(db, names, siblings, now, cut_off=cut_off)
            _judge_page(db, sweep, asked, judge, now=now, rules=rules, summary=summary)
        after = names[-1]
    with connection.transaction() as db:
        _close_sweep(db, sweep, judge_sweep, now, summary)
    return summary


def _judge_page(  # noqa: PLR0913  one page of one close
    db: sqlite3.Connection, sweep: int, page: Page, judge: Judge, *, now: datetime, rules: Rules, summary: Closed
) -> None:
    desk = Desk(db, sweep, now, page.open)
    changed: list[Row] = []
    same: list[Row] = []
    copies: list[Row] = []
    events, clocks = [], []
    for row, memory in page.memories():
        judgement = judge(memory, now)
        stands, moved = page.stand(row["id"], suspect=judgement.suspect)
        told = {"id": row["id"], **_judged(row, judgement, now, rules.number(judgement.policy)), **stands}
        copies += moved
        (same if all(row[column] == told[column] for column in _TOLD) else changed).append(told)
        if row["status"] != judgement.status:
            place = next((held.place for held in memory.held if held.ended_at is None), row["id"])
            _change(summary, Change(row["id"], place, memory.status, judgement.status, judgement.reason))
            if row["status"] is not None or judgement.status is not Status.OK:
                events.append((row["id"], stored(now), "status", _detail(row, judgement)))
        clocks.append((row["id"], page.clocks(row["id"]), judgement))
        for news in judgement.news:
            owner = judgement.policy.owner
            if news.about is About.PLACE:
                owner = judgement.policy.others.get(news.subject, owner)
            desk.hear(news, owner=owner, credential=row["id"])
    update(db, "credential", (*_TOLD, *_ALWAYS), changed, key="id")
    update(db, "credential", _ALWAYS, same, key="id")
    update(db, "copy", ("standing",), copies, key="id")
    events += _tick(db, clocks, stored(now))
    db.executemany("insert into event (credential_id, at, what, detail) values (?, ?, ?, ?)", events)
    desk.finish()
    _count(summary, desk)
    summary.judged += len(changed) + len(same)


def _around_incidents(db: sqlite3.Connection, sweep: int) -> None:
    if count(db, "select exists (select 1 from incident where closed_at is null)"):
        db.execute(_AROUND, {"sweep": sweep})


class Rules:
    """What rules said, in full, and the numbers it is kept under: many credentials share one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._numbers: dict[object, int] = {}

    def number(self, policy: Policy) -> int:
        """Of what this policy says beyond the columns of the credential."""
        others, said_by = tuple(policy.others.items()), tuple(policy.said_by.items())
        rotation = (policy.rotate, policy.rotate_at, policy.expires, policy.revoke)
        key = (policy.unowned, policy.warn, policy.max_age, rotation, said_by, others)
        if key not in self._numbers:
            self._numbers[key] = self._kept(_text(policy))
        return self._numbers[key]

    def _kept(self, said: str) -> int:
        self._db.execute("insert into policy (said) values (?) on conflict do nothing", (said,))
        return count(self._db, "select id from policy where said = ?", said)


def _text(policy: Policy) -> str:
    said = {
        "said_by": dict(policy.said_by),
        "others": dict(policy.others),
        "unowned": policy.unowned,
        "warn": [stored(threshold) for threshold in policy.warn],
        "max_age": stored(policy.max_age),
        "rotate": policy.rotate if policy.rotate != "off" else "",
        "rotate_at": stored(policy.rotate_at),
        "expires": stored(policy.expires),
        "revoke": policy.revoke if policy.revoke is not Revoke.ASK else "",
    }
    return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True)


def _judged(row: Row, judgement: Judgement, now: datetime, said: int) -> Row:
    policy, ruling = judgement.policy, next(iter(judgement.clocks), None)
    return {
        "status": judgement.status,
        "status_since": row["status_since"] if row["status"] == judgement.status else stored(now),
        "reason": judgement.reason,
        "suspect": int(judgement.suspect),
        "judged_at": stored(now),
        "judge_at": stored(judgement.judge_at),
        "touched": 0,
        "owner": policy.owner,
        "environment": policy.environment,
        "impact": policy.impact,
        "runbook": policy.runbook,
        "rotate": policy.rotate,
        "ignored": policy.ignore or None,
        "page_at": stored(policy.page),
        "mention_at": stored(policy.mention),
        "deadline": stored(ruling.deadline) if ruling else None,
        "clock": ruling.clock if ruling else None,
        "policy": said,
    }


def _tick(
    db: sqlite3.Connection, clocks: Iterable[tuple[str, list[Row], Judgement]], now: int
) -> list[tuple[str, int, str, str]]:
    """Write the clocks that moved and drop those that stopped; a new generation is a renewal."""
    moved, stopped, events = [], [], []
    for credential, before, judgement in clocks:
        known = {row["clock"]: row for row in before}
        for clock in judgement.clocks:
            row = {
                "credential_id": credential,
                "clock": clock.clock.value,
                "deadline": stored(clock.deadline),
                "life": stored(clock.life),
                "source": clock.source,
                "generation": clock.generation,
                "anchor": stored(clock.anchor or clock.deadline),
                "rung": stored(clock.rung),
                "said_at": None if clock.rung is None else now,
            }
            was = known.pop(row["clock"], None)
            if was is not None and (row["rung"] == was["rung"] or (row["rung"] is None and said_to_come(was, now))):
                row |= {"rung": was["rung"], "said_at": was["said_at"]}
            if row != was:
                moved.append(row)
            if was is not None and row["generation"] > was["generation"]:
                events.append((credential, now, "renewed", f"{clock.clock}: until {clock.deadline:%Y-%m-%d %H:%M}"))
        stopped += [(credential, name) for name in known]
    write(db, "clock", _CLOCK, moved, key="credential_id, clock")
    db.executemany("delete from clock where credential_id = ? and clock = ?", stopped)
    return events


def _close_sweep(db: sqlite3.Connection, sweep: int, judge_sweep: JudgeSweep, now: datetime, summary: Closed) -> None:
    settled = count(db, "select closed_at is not null from sweep where id = ?", sweep)
    summary.suspects = 0 if settled else len(suspects(db, sweep))
    # A sweep that died before it was closed has queued news that nobody else would ever tell.
    db.execute(
        "update outbox set sweep_id = ?1 where state = 'queued'"
        " and sweep_id in (select id from sweep where id < ?1 and closed_at is null)",
        (sweep,),
    )
    reach.count_vendors(db, sweep, stored(now))
    desk = Desk(db, sweep, now)
    for news in (*reach.left(db), *judge_sweep(reach.memory(db, sweep, summary.suspects), now)):
        desk.hear(news)
    desk.finish()
    _count(summary, desk)
    db.execute(
        "update sweep set closed_at = coalesce(closed_at, ?1), settled_at = case when ?2 then ?1 end,"
        " looked_at = coalesce(looked_at, ?1) where id = ?3",
        (stored(now), summary.suspects == 0, sweep),
    )


def _change(summary: Closed, change: Change) -> None:
    summary.changes += 1
    if len(summary.changed) < _SHOWN:
        summary.changed.append(change)


def _count(summary: Closed, desk: Desk) -> None:
    summary.opened += desk.opened
    summary.resolved += desk.resolved


def _detail(row: Row, judgement: Judgement) -> str:
    why = f": {judgement.reason}" if judgement.reason else ""
    return f"{row['status'] or 'new'} → {judgement.status}{why}"
