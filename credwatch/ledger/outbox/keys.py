"""One credential out of the ledger, as a message speaks of it."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from credwatch.ledger.outbox.views import Answer, Key, Successor
from credwatch.ledger.rows import first, select
from credwatch.ledger.times import moment, span
from credwatch.model import ClockName, Reason, Status, Validity


def load(db: sqlite3.Connection, credential: str) -> Key | None:
    """The key, where it is held, and what was last said of it."""
    row = first(db, "select * from credential where id = ?", credential)
    if row is None:
        return None
    held = select(db, "select place from copy where credential_id = ? and ended_at is null order by place", credential)
    left = first(
        db,
        "select place from copy where credential_id = ? and ended_at is not null order by ended_at desc, place limit 1",
        credential,
    )
    listed = first(
        db,
        "select max(seen_at) as seen, count(*) - count(ended_at) as open from listed where credential_id = ?"
        " and provider not in (select name from provider where removed_at is not null)",
        credential,
    )
    clock = first(
        db,
        "select source, clock from clock where credential_id = ? order by clock = ? desc limit 1",
        credential,
        row["clock"],
    )
    told = select(
        db,
        "select o.told_at, m.channel from outbox o join message m on m.id = o.message_id"
        " where o.credential_id = ? and o.level = 'digest' and o.state = 'told' and o.told_at is not null"
        " order by o.told_at desc limit 3",
        credential,
    )
    tries = _tries(db, credential)
    return Key(
        id=credential,
        kind=row["kind"],
        title=row["kind_title"],
        vendor_name=row["vendor_name"],
        name=row["name"] or "",
        key_id=row["key_id"] or "",
        account=row["account"] or "",
        places=tuple(copy["place"] for copy in held),
        last_place=left["place"] if left and not held else "",
        listed=bool(listed and listed["open"]),
        listed_at=moment(listed["seen"]) if listed else None,
        status=Status(row["status"]) if row["status"] else None,
        environment=row["environment"] or "production",
        owner=row["owner"] or "",
        impact=row["impact"] or "",
        runbook=row["runbook"] or "",
        note=row["note"] or "",
        link=row["link"] or "",
        clock=ClockName(row["clock"]) if row["clock"] else None,
        deadline=moment(row["deadline"]),
        source=clock["source"] if clock else "",
        created=moment(row["created"]),
        max_age=span(row["max_age"]),
        mention=span(row["mention_at"]),
        tried=_newest(tries),
        worked_at=moment(max((t["valid_at"] for t in tries if t["valid_at"]), default=None)),
        refused_since=(since := moment(min((t["refused_since"] for t in tries if t["refused_since"]), default=None))),
        refused_last=moment(max((t["refused_last"] for t in tries if t["refused_last"]), default=None)),
        others_worked_at=_others(db, row, since),
        warned=tuple(moment(line["told_at"]) for line in reversed(told)),
        warned_in=told[0]["channel"] if told else "",
    )


def successor(db: sqlite3.Connection, credential: str) -> Successor | None:
    """What stands now in a place that this key was replaced in; the newest, if there are several."""
    row = first(
        db,
        "select now.place, now.version, now.since, now.written_at, now.credential_id from copy was"
        " join copy now on now.place = was.place and now.ended_at is null"
        " where was.credential_id = ? and was.ended = 'replaced' and now.credential_id <> was.credential_id"
        " order by now.since desc limit 1",
        credential,
    )
    key = load(db, row["credential_id"]) if row else None
    if row is None or key is None:
        return None
    return Successor(row["place"], row["version"], moment(row["written_at"] or row["since"]), key)


def _tries(db: sqlite3.Connection, credential: str) -> list[dict[str, Any]]:
    """The folded history of what is held now; of everything that was ever tried, when nothing is held."""
    every = select(db, "select * from tried where credential_id = ? order by at", credential)
    held = {
        row["fingerprint"]
        for row in select(db, "select fingerprint from copy where credential_id = ? and ended_at is null", credential)
    }
    return [row for row in every if row["fingerprint"] in held] or every


def _newest(tries: list[dict[str, Any]]) -> Answer | None:
    if not tries:
        return None
    row = tries[-1]
    return Answer(
        moment(row["at"]),
        Validity(row["validity"]),
        Reason(row["reason"]),
        row["detail"],
        timedelta(microseconds=row["latency_us"]),
    )


def _others(db: sqlite3.Connection, row: dict[str, Any], since: datetime | None) -> datetime | None:
    if since is None or not row["account"]:
        return None
    found = first(
        db,
        "select max(t.valid_at) as at from tried t join credential c on c.id = t.credential_id"
        " where c.vendor = ? and c.account = ? and c.id <> ?",
        row["vendor"],
        row["account"],
        row["id"],
    )
    worked = moment(found["at"]) if found else None
    return worked if worked is not None and worked >= since else None
