"""All that is known of one credential, for `show`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from credwatch.ledger.around import Siblings
from credwatch.ledger.book import Ledger
from credwatch.ledger.memory import Page
from credwatch.ledger.outbox import Key
from credwatch.ledger.outbox import keys as outbox_keys
from credwatch.ledger.queries.health import Incident, incident
from credwatch.ledger.rows import Row, count, first, ids, select
from credwatch.ledger.standings import Standing, standing
from credwatch.ledger.times import moment, span
from credwatch.model import Level, Memory, Policy, Revoke, Status


@dataclass(frozen=True)
class Told:
    """One thing that was said of it."""

    at: datetime
    level: Level
    step: str
    rung: timedelta | None
    """How long before the date; negative: after it."""
    channel: str


@dataclass(frozen=True)
class Spell:
    """A time in which it was not well."""

    status: Status
    since: datetime
    until: datetime | None
    """None: it lasts."""


@dataclass(frozen=True)
class Listed:
    """A vendor's list that shows it, or did."""

    place: str
    seen_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Detail:
    """One credential."""

    key: Key
    memory: Memory
    standing: Standing
    reason: str
    policy: Policy | None
    """As it was judged by; None: it was not judged yet."""
    ignored: str
    listed: tuple[Listed, ...]
    open: tuple[Incident, ...]
    told: tuple[Told, ...]
    """The last three, the newest last."""
    spells: tuple[Spell, ...]
    """The last four, the newest last."""
    refusals: int
    """How often it came to be refused."""


def detail(ledger: Ledger, credential: str, now: datetime) -> Detail | None:
    """The credential of this id."""
    with ledger.read() as db:
        key = outbox_keys.load(db, credential)
        row = first(db, _CREDENTIAL, credential)
        if key is None or row is None:
            return None
        (_, memory), *_ = Page(db, [credential], Siblings(db), now, cut_off=False).memories()
        spells = list(_spells(db, credential))
        return Detail(
            key=key,
            memory=memory,
            standing=standing(row["standing"]),
            reason=row["reason"] or "",
            policy=_policy(row),
            ignored=row["ignored"] or "",
            listed=tuple(_listed(one) for one in select(db, _LISTED, credential)),
            open=tuple(incident(one) for one in _incidents(db, memory)),
            told=tuple(_told(one) for one in reversed(select(db, _TOLD, credential))),
            spells=tuple(spells[-4:]),
            refusals=count(db, _REFUSALS, credential),
        )


_CREDENTIAL = "select c.*, p.said from credential c left join policy p on p.id = c.policy where c.id = ?"
_LISTED = "select place, seen_at, ended_at from listed where credential_id = ? order by place"
_TOLD = """
select o.told_at, o.level, o.step, o.dedupe_key, m.channel from outbox o join message m on m.id = o.message_id
where o.credential_id = ? and o.state = 'told' and o.told_at is not null order by o.told_at desc, o.id desc limit 3
"""
_REFUSALS = "select count(*) from event where credential_id = ? and what = 'status' and detail like '% → invalid%'"
_ILL = (Status.INVALID, Status.SUSPENDED, Status.EXPIRED)


def _policy(row: Row) -> Policy | None:
    if row["status"] is None or row["said"] is None:
        return None
    said = json.loads(row["said"])
    return Policy(
        warn=tuple(span(int(threshold)) for threshold in said.get("warn", ())),
        mention=span(row["mention_at"]),
        page=span(row["page_at"]),
        max_age=span(said.get("max_age")),
        rotate=said.get("rotate", "off"),
        rotate_at=span(said.get("rotate_at")),
        expires=span(said.get("expires")),
        revoke=Revoke(said.get("revoke", Revoke.ASK)),
        owner=row["owner"] or "",
        environment=row["environment"] or "",
        impact=row["impact"] or "",
        runbook=row["runbook"] or "",
        ignore=row["ignored"] or "",
        unowned=said.get("unowned", False),
        others=said.get("others", {}),
        said_by=said.get("said_by", {}),
    )


def _listed(row: Row) -> Listed:
    return Listed(row["place"], moment(int(row["seen_at"])), moment(row["ended_at"]))


def _incidents(db: sqlite3.Connection, memory: Memory) -> list[Row]:
    opened = [one.id for one in memory.open]
    return select(
        db, "select * from incident where id in (select value from json_each(?)) order by opened_at", ids(opened)
    )


def _told(row: Row) -> Told:
    """What a clock said names its rung last: `expiry:<credential>:<clock>:<generation>:<seconds>`."""
    parts = row["dedupe_key"].split(":")
    rung = timedelta(seconds=int(parts[-1])) if parts[0] == "expiry" else None
    return Told(moment(int(row["told_at"])), Level(row["level"]), row["step"], rung, row["channel"])


def _spells(db: sqlite3.Connection, credential: str) -> Iterator[Spell]:
    """From each event that made it ill to the next change of its status."""
    changes = select(
        db, "select at, detail from event where credential_id = ? and what = 'status' order by at, id", credential
    )
    for change, end in zip_longest(changes, changes[1:]):
        status = Status(change["detail"].partition(" → ")[2].partition(":")[0])
        if status in _ILL:
            yield Spell(status, moment(int(change["at"])), moment(int(end["at"])) if end else None)
