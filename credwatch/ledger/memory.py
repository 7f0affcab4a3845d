"""What is known of a page of credentials, read in a few queries and handed to the judge."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from credwatch.ledger import facts, standings
from credwatch.ledger.around import Siblings
from credwatch.ledger.rows import Row, ids, select
from credwatch.ledger.times import moment, span, stored
from credwatch.model import About, ClockName, Held, Memory, Open, Reason, Status, Ticking, Tried, Validity

_AMONG = "credential_id in (select value from json_each(?))"
_COPIES = """
select c.*, now.credential_id as successor, t.validity as successor_validity from copy c
left join copy now on c.ended = 'replaced' and now.place = c.place and now.ended_at is null
left join tried t on t.credential_id = now.credential_id and t.fingerprint = now.fingerprint
where c.credential_id in (select value from json_each(?)) order by c.id
"""


class Page:
    """The rows of some credentials, their memories, and the open incidents that concern them."""

    def __init__(
        self, db: sqlite3.Connection, names: Sequence[str], siblings: Siblings, now: datetime, *, cut_off: bool
    ) -> None:
        self._now = stored(now)
        some = ids(list(names))
        self.rows = select(
            db, "select * from credential where id in (select value from json_each(?)) order by id", some
        )
        copies = _by_credential(
            select(
                db,
                _COPIES,
                some,
            )
        )
        self._copies = {name: _present(rows) for name, rows in copies.items()}
        self._tried = _by_credential(select(db, f"select * from tried where {_AMONG} order by at", some))  # noqa: S608  a constant
        self._clocks = _by_credential(select(db, f"select * from clock where {_AMONG}", some))  # noqa: S608  a constant
        self._listed = _by_credential(
            select(db, f"select * from listed where {_AMONG} order by provider", some)  # noqa: S608  a constant
        )
        subjects = {subject for row in self.rows for subject in self._subjects(row)}
        found = select(
            db,
            "select i.* from json_each(?) j join incident i on i.about = json_extract(j.value, '$[0]')"
            " and i.subject = json_extract(j.value, '$[1]') and i.closed_at is null",
            ids(sorted(subjects)),
        )
        self.open: dict[tuple[str, str], Row | None] = dict.fromkeys(subjects)
        self.open.update(((row["about"], row["subject"]), row) for row in found)
        self._siblings, self._cut_off = siblings, cut_off

    def memories(self) -> Iterable[tuple[Row, Memory]]:
        """Each credential's row and memory, in the order of their ids."""
        return ((row, self._memory(row)) for row in self.rows)

    def clocks(self, credential: str) -> list[Row]:
        """The clocks as they were before."""
        return self._clocks.get(credential, [])

    def stand(self, credential: str, *, suspect: bool) -> tuple[Row, list[Row]]:
        """How it stands from now on, and those of its copies that stand differently than before."""
        held = [copy for copy in self._copies.get(credential, []) if copy["ended_at"] is None]
        tried = {row["fingerprint"]: row for row in self._tried.get(credential, [])}
        ranks = [standings.of_copy(copy, tried, suspect=suspect) for copy in held]
        changed = [
            {"id": copy["id"], "standing": rank}
            for copy, rank in zip(held, ranks, strict=True)
            if copy["standing"] != rank
        ]
        shape = standings.shape(held, self._listed.get(credential, []))
        return {"standing": standings.of_all(ranks), "shape": shape}, changed

    def _memory(self, row: Row) -> Memory:
        name = row["id"]
        incidents = [self.open[subject] for subject in self._subjects(row)]
        return Memory(
            credential=name,
            kind=row["kind"],
            vendor=row["vendor"],
            facts=facts.read(row),
            first_seen=moment(row["first_seen"]),
            status=Status(row["status"]) if row["status"] else None,
            probed=bool(row["probed"]),
            idle=span(row["idle"]),
            max_age=span(row["max_age"]),
            expires_source=row["expires_source"] or "",
            listed_by=tuple(one["provider"] for one in self._listed.get(name, []) if one["ended_at"] is None),
            held=tuple(_held(one) for one in self._copies.get(name, [])),
            tried=tuple(_tried(one) for one in self._tried.get(name, [])),
            clocks=tuple(_ticking(one, self._now) for one in self._clocks.get(name, [])),
            open=tuple(opened(one) for one in incidents if one is not None),
            around=self._siblings.around(name, row["vendor"], row["account"], cut_off=self._cut_off),
        )

    def _subjects(self, row: Row) -> list[tuple[str, str]]:
        """Whose incidents concern this credential; each once."""
        places = dict.fromkeys(copy["place"] for copy in self._copies.get(row["id"], []))
        return [
            ("credential", row["id"]),
            *(("place", place) for place in places),
            ("account", f"{row['vendor']}/{row['account'] or ''}"),
            ("vendor", row["vendor"]),
        ]


def _by_credential(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["credential_id"]].append(row)
    return found


def _present(copies: list[Row]) -> list[Row]:
    """The copies that are held, and of each place where none is, the one that ended last."""
    last = {copy["place"]: copy for copy in sorted(copies, key=lambda copy: copy["ended_at"] or 0)}
    last.update((copy["place"], copy) for copy in copies if copy["ended_at"] is None)
    return list(last.values())


def _held(row: Row) -> Held:
    return Held(
        place=row["place"],
        provider=row["provider"],
        fingerprint=row["fingerprint"],
        since=moment(row["since"]),
        seen_at=moment(row["seen_at"]),
        labels=json.loads(row["labels"]),
        version=row["version"],
        written_at=moment(row["written_at"]),
        deletes_at=moment(row["deletes_at"]),
        due_at=moment(row["due_at"]),
        mirror_of=row["mirror_of"],
        missing=frozenset(json.loads(row["missing"])),
        ended_at=moment(row["ended_at"]),
        ended=row["ended"],
        successor=row["successor"],
        successor_validity=Validity(row["successor_validity"]) if row["successor_validity"] else None,
    )


def _tried(row: Row) -> Tried:
    return Tried(
        fingerprint=row["fingerprint"],
        validity=Validity(row["validity"]),
        reason=Reason(row["reason"]),
        detail=row["detail"],
        at=moment(row["at"]),
        valid_at=moment(row["valid_at"]),
        refused_since=moment(row["refused_since"]),
        refused_last=moment(row["refused_last"]),
        suspended_since=moment(row["suspended_since"]),
        unknown_since=moment(row["unknown_since"]),
    )


def said_to_come(row: Row, now: int) -> bool:
    """Its rung was said while our clock was ahead: that time is still to come, and counts as never."""
    return row["said_at"] is not None and row["said_at"] > now


def _ticking(row: Row, now: int) -> Ticking:
    return Ticking(
        clock=ClockName(row["clock"]),
        deadline=moment(row["deadline"]),
        life=span(row["life"]),
        source=row["source"],
        generation=row["generation"],
        anchor=moment(row["anchor"]),
        rung=None if said_to_come(row, now) else span(row["rung"]),
    )


def opened(row: Row) -> Open:
    """An open incident, as the judge sees it."""
    return Open(
        id=row["id"],
        about=About(row["about"]),
        subject=row["subject"],
        step=row["step"],
        opened_at=moment(row["opened_at"]),
        acked=row["acked_at"] is not None,
        snoozed_until=moment(row["snoozed_until"]),
    )
