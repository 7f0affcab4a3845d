"""Rotations as they are kept: begun, found again, moved. Each change is one transaction with its rows of the journal."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from credwatch.errors import LedgerError
from credwatch.ledger.journal import chain, milestones
from credwatch.ledger.journal.columns import PLACE, ROTATION, get, put
from credwatch.ledger.journal.milestones import Milestone
from credwatch.ledger.rotating import ACTIVE
from credwatch.ledger.rows import Row, first, ids, select, write
from credwatch.ledger.texts import held
from credwatch.ledger.times import stored
from credwatch.model.rotating import ENDED, Rotation, State, Step, Target, Turn

_KEPT = frozenset({"id", "state", "next_try_at", "begun_at", "updated_at"})
"""What `move` sets by itself."""
_SET_BACK = timedelta(minutes=1) // timedelta(milliseconds=1)
SHORTEST = 6


class Unnamed(LedgerError):  # noqa: N818  the state is the name
    """No rotation is called so, or several are."""

    exit_code = 64


class Busy(LedgerError):  # noqa: N818  the state is the name
    """The credential is being rotated already."""

    exit_code = 75

    def __init__(self, rotation: str) -> None:
        super().__init__(
            f"this credential is being rotated already, by cw-{rotation}. See how far it is: credwatch rotations show cw-{rotation}"
        )
        self.rotation = rotation


def begin(db: sqlite3.Connection, rotation: Rotation, now: datetime) -> Rotation:
    """Keep a new one. Busy when its credential has one that has not ended."""
    row = put(ROTATION, {name: getattr(rotation, name) for name in ROTATION})
    under_way = f"select id from rotation where credential = ? and {ACTIVE}"  # noqa: S608  a constant
    if found := first(db, under_way, row["credential"]):
        raise Busy(found["id"])
    row.update(begun_at=stored(now), updated_at=stored(now))
    known = first(db, "select vendor from credential where id = ?", row["credential"])
    row["vendor"] = known["vendor"] if known is not None else row["kind"]
    write(db, "rotation", row, [row])
    _place(db, row["id"], rotation.targets)
    begun = of(db, row["id"])
    chain.moved(db, begun, begun.reason, now)
    return begun


def move(  # noqa: PLR0913  what a step came to, and what is kept together with it
    db: sqlite3.Connection,
    rotation: Rotation,
    turn: Turn,
    now: datetime,
    *,
    intent: tuple[Step, str] | None = None,
    told: Sequence[Milestone] = (),
) -> Rotation:
    """How it stands after this turn. LedgerError when it is no longer as `rotation` says: somebody else moved it."""
    to = turn.to or rotation.state
    if rotation.state in ENDED and to is not rotation.state:
        raise LedgerError(f"cw-{rotation.id} has ended ({rotation.state}): nothing leads from there to {to}")
    before = stored(rotation.updated_at)
    changes = put({name: column for name, column in ROTATION.items() if name not in _KEPT}, turn.changes)
    changes |= put(ROTATION, {"state": to, "next_try_at": turn.at})
    changes["updated_at"] = _later(before, stored(now))
    settings = ", ".join(f"{name} = :{name}" for name in changes)
    done = db.execute(
        f"update rotation set {settings} where id = :_id and state = :_state and updated_at is :_before",  # noqa: S608  names of columns
        {**changes, "_id": rotation.id, "_state": rotation.state.value, "_before": before},
    )
    if done.rowcount != 1:
        raise _moved(rotation)
    if turn.targets is not None:
        _place(db, rotation.id, turn.targets)
    now_it_is = of(db, rotation.id)
    if to is not rotation.state:
        chain.moved(db, now_it_is, turn.detail, now)
        if rotation.state is State.NEEDS_OPERATOR:
            milestones.goes_on(db, now_it_is, turn.detail, now)
    if intent is not None:
        chain.intent(db, now_it_is, *intent, now)
    for milestone in told:
        milestones.tell(db, now_it_is, milestone, now)
    return now_it_is


def still(db: sqlite3.Connection, rotation: Rotation) -> None:
    """LedgerError when it is no longer as `rotation` says."""
    found = first(db, "select state, updated_at from rotation where id = ?", rotation.id)
    if found is None or (found["state"], found["updated_at"]) != (rotation.state.value, stored(rotation.updated_at)):
        raise _moved(rotation)


def of(db: sqlite3.Connection, name: str) -> Rotation:
    """The one of this whole id."""
    (found,) = some(db, "where id = ?", name)
    return found


def some(db: sqlite3.Connection, query: str, *values: object) -> tuple[Rotation, ...]:
    """Those that the rest of the query finds."""
    rows = select(db, f"select * from rotation {query}", *values)  # noqa: S608  our own words
    among = "where rotation_id in (select value from json_each(?)) order by rotation_id, number"
    places: dict[str, list[Target]] = defaultdict(list)
    for row in select(db, f"select * from rotation_place {among}", ids([one["id"] for one in rows])):  # noqa: S608  a constant
        places[row["rotation_id"]].append(Target(**get(PLACE, row)))
    return tuple(Rotation(**get(ROTATION, row), targets=tuple(places[row["id"]])) for row in rows)


def named(db: sqlite3.Connection, word: str) -> Rotation:
    """The one of this id, with or without `cw-`, or of its only beginning like this. Unnamed says what to do."""
    name = word.strip().upper().removeprefix("CW-")
    if len(name) < SHORTEST or not name.isalnum():
        raise Unnamed(
            f"{held(word)} names no rotation: write cw- and at least {SHORTEST} letters of its id. credwatch rotations shows them"
        )
    found = some(db, "where substr(id, 1, length(?1)) = ?1 order by id limit 4", name)
    match found:
        case ():
            raise Unnamed(f"no rotation is called cw-{name}. credwatch rotations shows them")
        case (one,):
            return one
    these = ", ".join(f"cw-{one.id}" for one in found[:3])
    more = " and others" if len(found) > 3 else ""
    raise Unnamed(f"cw-{name} could be {these}{more}: write more of it")


def _moved(rotation: Rotation) -> LedgerError:
    return LedgerError(f"cw-{rotation.id} was moved by another process meanwhile. Look again: credwatch rotations")


def _later(before: int | None, now: int) -> int:
    """A time that no earlier move of it has, unless our clock was set back."""
    return now if before is None or before > now + _SET_BACK else max(now, before + 1)


def _place(db: sqlite3.Connection, name: str, targets: Sequence[Target]) -> None:
    db.execute("delete from rotation_place where rotation_id = ?", (name,))
    rows: list[Row] = [
        {"rotation_id": name, "number": number, **put(PLACE, vars(target))} for number, target in enumerate(targets)
    ]
    if rows:
        write(db, "rotation_place", rows[0], rows)
