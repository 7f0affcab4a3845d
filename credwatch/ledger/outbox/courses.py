"""One rotation out of the ledger, as its messages speak of it: that of its whole course, and that of each stop."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from credwatch.ledger.outbox import keys
from credwatch.ledger.outbox.views import Course, Passed
from credwatch.ledger.rows import Row, first, ids, select
from credwatch.ledger.times import moment
from credwatch.model.rotating import RENEWALS, PlaceState

_ROTATION = """
select r.*, (select detail from journal where rotation_id = r.id and step = 'move' order by seq limit 1) as begun_for
from outbox o join rotation r on r.id = substr(o.subject, 4, 26)
where o.incident_id = ? and o.about in ('rotation', 'stopped') limit 1
"""
_TOLD = "select * from outbox where about = ? and subject = ? order by id"


def load(db: sqlite3.Connection, thread: str) -> Course | None:
    """The rotation whose thread this is; None where it is an incident's."""
    row = first(db, _ROTATION, thread)
    if row is None:
        return None
    whole = f"cw-{row['id']}"
    key = keys.load(db, row["credential"])
    places = select(db, "select state, mirror from rotation_place where rotation_id = ?", row["id"])
    stop = [_passed(one) for one in select(db, _TOLD, "stopped", thread)]
    waits = [one for one in stop if one.step != "over"]
    return Course(
        id=whole,
        kind=row["kind"],
        key=key,
        state=row["state"],
        begun_at=moment(int(row["begun_at"])),
        revoke=row["revoke"],
        grace_until=moment(row["grace_until"]),
        old_ends=moment(json.loads(row["old"]).get("expires")),
        paused=bool(row["paused"]),
        agreed=row["confirmed_by"],
        live=any(one["state"] == PlaceState.PROMOTED.value for one in places),
        left=any(one["state"] == PlaceState.LEFT.value for one in places),
        turns=bool(places) and all(one["mirror"] for one in places),
        back=bool(row["wish"]),
        soak_until=moment(row["soak_until"]),
        replaces_dead=bool(row["replaces_dead"]),
        automatic=bool(row["automatic"]),
        renews=row["minter"] == RENEWALS,
        asked_by=row["requested_by"],
        why=str(row["begun_for"] or "").partition(": ")[2],
        owner=key.owner if key is not None else "",
        passed=tuple(_passed(one) for one in select(db, _TOLD, "rotation", whole)),
        stop=waits[-1] if waits else None,
        since=waits[0].at if waits else None,
        over=next((one for one in stop if one.step == "over"), None),
    )


def said(db: sqlite3.Connection, alerts: Sequence[int]) -> tuple[str, ...]:
    """The words of these alerts, in their order."""
    rows = select(
        db, "select * from outbox where id in (select value from json_each(?)) order by id", ids(list(alerts))
    )
    return tuple(_passed(row).words for row in rows)


def _passed(row: Row) -> Passed:
    told = json.loads(row["said"])
    return Passed(moment(int(row["created_at"])), row["step"], told["words"], tuple(told["lines"]))
