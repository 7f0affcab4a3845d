"""What becomes of rotations when two credentials turn out to be one."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from credwatch.ledger.journal import keeping
from credwatch.ledger.journal.milestones import STOP, Milestone
from credwatch.ledger.rotating import ACTIVE
from credwatch.model.rotating import PlaceState, Rotation, State, Trouble, Turn


def join(db: sqlite3.Connection, keep: str, lose: str, now: datetime) -> None:
    """What rotates the one that is given up rotates the other from now on.

    Of two that are under way the younger waits for a person; it keeps the name that is given up, for a credential has
    one rotation at a time. One that revokes already has no way back, and comes to its end.
    """
    active = keeping.some(db, f"where credential in (?, ?) and {ACTIVE} order by begun_at, id", keep, lose)
    if len(active) > 1:
        older, younger = active
        db.execute("update rotation set credential = ? where id = ?", (f"{lose} {younger.id}", younger.id))
    db.execute("update rotation set credential = ? where credential = ?", (keep, lose))
    if len(active) > 1:
        db.execute("update rotation set credential = ? where id = ?", (lose, younger.id))
        if State.REVOKING not in {younger.state, younger.resumes}:
            _hold_back(db, replace(younger, credential=lose), older, now)


def _hold_back(db: sqlite3.Connection, younger: Rotation, older: Rotation, now: datetime) -> None:
    whole, other = f"cw-{younger.id}", f"cw-{older.id}"
    why = f"its key turned out to be the one that {other} rotates"
    resumes = younger.resumes if younger.state is State.NEEDS_OPERATOR else younger.state
    turn = Turn(
        State.NEEDS_OPERATOR, changes={"trouble": Trouble.JOINED, "resumes": resumes, "reason": why}, detail=why
    )
    back = "rollback" if any(one.state is PlaceState.PROMOTED for one in younger.targets) else "abort"
    choice = (f"Why: {why}, which began earlier and goes on.", f"Do: `credwatch {back} {whole}`")
    words = "Nothing is broken. A person must end it"
    keeping.move(db, younger, turn, now, told=[Milestone(STOP, words=words, lines=choice)])
