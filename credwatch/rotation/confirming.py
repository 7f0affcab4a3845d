"""A person's word that changes nothing outside: the old key may go, or a rotation waits. It needs no world."""

from __future__ import annotations

from datetime import datetime

from credwatch.ledger.journal import Journal
from credwatch.model.rotating import ENDED, Phase, Rotation, State, Step, Trouble, Turn
from credwatch.rotation.choosing import ChoiceError


def confirm(journal: Journal, rotation: Rotation, who: str, now: datetime, *, at_once: bool = False) -> Rotation:
    """The old key may go when its grace has passed, or `at_once`: this person says so. ChoiceError when nobody waits for that."""
    stopped = rotation.state is State.NEEDS_OPERATOR
    state = rotation.resumes if stopped else rotation.state
    if state not in {State.GRACE, State.CONFIRMING} or rotation.wish is not None:
        how = rotation.state.value if rotation.wish is None else "going back"
        raise ChoiceError(f"cw-{rotation.id} is {how}: whether its old key may go is not the question")
    if stopped and rotation.trouble is not Trouble.REFUSED:
        raise ChoiceError(f"cw-{rotation.id} has stopped: {rotation.reason}. credwatch rotations show cw-{rotation.id}")
    changes: dict[str, object] = {"confirmed_by": who, "trouble": None, "resumes": None, "tries": 0}
    if at_once and state is State.GRACE:
        changes["grace_until"] = now
    at = None if state is State.CONFIRMING or at_once else rotation.next_try_at
    entry = journal.intent(rotation, Step.CHOOSE, "revoke", now)
    done = journal.move(rotation, Turn(state if stopped else None, at=at, changes=changes), now)
    journal.outcome(entry, Phase.DONE, f"{who}: the old key may go{' at once' if at_once else ''}", now)
    return done


def pause(journal: Journal, rotation: Rotation, who: str, now: datetime, *, paused: bool) -> Rotation:
    """Nothing more is done until it is gone on with, or: it goes on. ChoiceError when it has ended."""
    if rotation.state in ENDED:
        raise ChoiceError(f"cw-{rotation.id} has ended: {rotation.state.value}")
    entry = journal.intent(rotation, Step.CHOOSE, "pause", now)
    done = journal.move(rotation, Turn(at=rotation.next_try_at, changes={"paused": paused}), now)
    journal.outcome(entry, Phase.DONE, f"{who}: {'paused' if paused else 'goes on'}", now)
    return done
