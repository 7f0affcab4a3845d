"""Which credential, or incident, is meant by what somebody typed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from credwatch.ledger.book import Ledger
from credwatch.ledger.names import former
from credwatch.ledger.queries.health import Incident, incident
from credwatch.ledger.rows import Row, first, select
from credwatch.ledger.texts import held

_SHORT_ID = 8
"""So much of a public id is printed; it is enough to find the key again."""


@dataclass(frozen=True)
class Meant:
    """One credential that fits, and a place of it to tell it from the others."""

    credential: str
    place: str


_PLACES = """
select credential_id, min(place) as place from (
    select credential_id, place from copy where {ended} and {fits}
    union all select credential_id, place from listed where {ended} and {fits}
) group by credential_id order by place limit 21
"""
_KEYS = """
select c.id as credential_id, coalesce((select min(place) from copy where credential_id = c.id and ended_at is null),
    (select min(place) from listed where credential_id = c.id), c.id) as place
from credential c where {fits} order by place limit 21
"""


def find(ledger: Ledger, word: str) -> tuple[Meant, ...]:
    """The credentials that are meant: by id, by an incident's, by a whole place, by an ending of one, by a public id.

    The first of these that fits anything decides; what is gone is found only when nothing present fits.
    """
    word = held(word)
    head, dots, tail = word.partition("…")
    with ledger.read() as db:
        if own := _by_id(db, word):
            return own
        if dots:
            fits = (
                "length({what}) >= length(?1) + length(?2) and substr({what}, 1, length(?1)) = ?1"
                " and (?2 = '' or substr({what}, -length(?2)) = ?2)"
            )
            ways, values = [fits], (head, tail)
        else:
            ways, values = ["{what} = ?1", "substr({what}, -length(?1)) = ?1"], (word, "")
        for ended in ("ended_at is null", "ended_at is not null"):
            for way in ways:
                if found := _found(db, _PLACES.format(ended=ended, fits=way.format(what="place")), values):
                    return found
            if ended == "ended_at is null" and (found := _by_key(db, ways[0], word, values, dots=bool(dots))):
                return found
    return ()


@dataclass(frozen=True)
class Concerned:
    """The open incidents that a whole name leads to."""

    known: bool
    own: tuple[Incident, ...] = ()
    """About exactly what was named."""
    wider: tuple[Incident, ...] = ()
    """About the account, the vendor or the provider around it."""


def concerned(ledger: Ledger, word: str) -> Concerned:
    """What is open about an incident's id, a credential's id or a whole place. Nothing is guessed from a part."""
    word = held(word)
    with ledger.read() as db:
        row = first(db, "select * from incident where id = ?", word)
        if row is not None:
            return Concerned(known=True, own=(incident(row),) if row["closed_at"] is None else ())
        credential = first(
            db,
            "select c.* from credential c where c.id in (select ?1"
            " union all select credential_id from alias where name = ?2"
            " union all select credential_id from copy where place = ?1 and ended_at is null"
            " union all select credential_id from listed where place = ?1 and ended_at is null) limit 1",
            word,
            former(word),
        )
        if credential is None:
            return Concerned(known=False)
        places = {word} | (set() if ":" in word else _places(db, credential["id"]))
        opened = select(db, "select * from incident where closed_at is null order by opened_at")
        account = f"{credential['vendor']}/{credential['account'] or ''}"
        own = [
            row
            for row in opened
            if (row["about"] == "credential" and row["subject"] == credential["id"])
            or (row["about"] == "place" and row["subject"] in places)
        ]
        wider = [
            row
            for row in opened
            if (row["about"], row["subject"]) in {("account", account), ("vendor", credential["vendor"])}
        ]
        return Concerned(True, tuple(map(incident, own)), tuple(map(incident, wider)))


def _places(db: sqlite3.Connection, credential: str) -> set[str]:
    held = select(db, "select place from copy where credential_id = ? and ended_at is null", credential)
    return {row["place"] for row in held}


def _by_id(db: sqlite3.Connection, word: str) -> tuple[Meant, ...]:
    return _found(
        db,
        _KEYS.format(
            fits="c.id = ?1 or c.id in (select credential_id from alias where name = ?2)"
            " or c.id in (select subject from incident where id = ?1 and about = 'credential')"
        ),
        (word, former(word)),
    )


def _by_key(db: sqlite3.Connection, way: str, word: str, values: tuple[str, ...], *, dots: bool) -> tuple[Meant, ...]:
    fits = way.format(what="c.key_id")
    if not dots and len(word) >= _SHORT_ID:
        fits = "substr(c.key_id, 1, length(?1)) = ?1"
    return _found(
        db, _KEYS.format(fits=f"({fits}) and (c.status is null or c.status not in ('gone', 'unwatched'))"), values
    )


def _found(db: sqlite3.Connection, query: str, values: tuple[str, ...]) -> tuple[Meant, ...]:
    used = values if "?2" in query else values[:1]
    return tuple(_meant(row) for row in select(db, query, *used))


def _meant(row: Row) -> Meant:
    return Meant(row["credential_id"], row["place"])
