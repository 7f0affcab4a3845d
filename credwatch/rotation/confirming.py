"""A person's word that changes nothing outside: the old key may go, or a rotation waits. It needs no world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from credwatch.ledger.journal import Journal, Milestone
from credwatch.model import Level
from credwatch.model.rotating import ENDED, Phase, PlaceState, Rotation, State, Step, Trouble, Turn
from credwatch.rotation.choosing import ChoiceError, because


def confirm(journal: Journal, rotation: Rotation, who: str, now: datetime, *, at_once: bool = False) -> Rotation:
    """The old key may go when its grace has passed, or `at_once`: this person says so. ChoiceError when nobody waits for that."""
    stopped = rotation.state is State.NEEDS_OPERATOR
    state = rotation.resumes if stopped else rotation.state
    if stopped and state is State.REVOKING:
        way = f"Mended, or done by hand: credwatch resume cw-{rotation.id}"
        raise ChoiceError(f"cw-{rotation.id} has stopped while its old key was revoked: {rotation.reason}. {way}")
    if state not in {State.GRACE, State.CONFIRMING} or rotation.wish is not None:
        how = rotation.state.value if rotation.wish is None else "going back"
        raise ChoiceError(f"cw-{rotation.id} is {how}: whether its old key may go is not the question")
    if stopped and rotation.trouble is not Trouble.REFUSED:
        raise ChoiceError(f"cw-{rotation.id} has stopped: {rotation.reason}. credwatch rotations show cw-{rotation.id}")
    changes: dict[str, object] = {"confirmed_by": who, "trouble": None, "resumes": None, "tries": 0}
    if at_once:
        changes["grace_until"] = now
    at = None if state is State.CONFIRMING or at_once else rotation.next_try_at
    waits = state is State.GRACE and not at_once  # else what becomes of it is told at once
    words = f"{who} said that the old key may go; both live until its grace is over"
    told = [Milestone("agreed", words=words)] if waits else []
    entry = journal.intent(rotation, Step.CHOOSE, "revoke", now)
    done = journal.move(rotation, Turn(state if stopped else None, at=at, changes=changes), now, milestones=told)
    journal.outcome(entry, Phase.DONE, f"{who}: the old key may go{' at once' if at_once else ''}", now)
    return done


def pause(  # noqa: PLR0913  what is said, by whom and why
    journal: Journal, rotation: Rotation, who: str, now: datetime, *, paused: bool, why: str = ""
) -> Rotation:
    """Nothing more is done until it is gone on with, or: it goes on. ChoiceError when it has ended."""
    if rotation.state in ENDED:
        raise ChoiceError(f"cw-{rotation.id} has ended: {rotation.state.value}")
    said = f"{'is paused' if paused else 'is paused no more'}, as {who} says{because(why)}"
    name = "paused" if paused else "unpaused"
    told = [Milestone(f"{name}:{now:%Y-%m-%dT%H:%M:%S}", words=f"it {said}")] if paused != rotation.paused else []
    entry = journal.intent(rotation, Step.CHOOSE, "pause", now)
    turn = Turn(at=rotation.next_try_at, changes={"paused": paused})
    done = journal.move(rotation, turn, now, milestones=told)
    journal.outcome(entry, Phase.DONE, f"{who}: {'paused' if paused else 'goes on'}{because(why)}", now)
    return done


def end_here(journal: Journal, rotation: Rotation, who: str, now: datetime, why: str = "") -> Rotation:
    """It is over for us, and nothing outside was looked at or changed. ChoiceError when it has ended already."""
    if rotation.state in ENDED:
        raise ChoiceError(f"cw-{rotation.id} has ended: {rotation.state.value}")
    entry = journal.intent(rotation, Step.CHOOSE, "here", now)
    words = f"ended here only, as {who} says{because(why)}; nothing outside was changed"
    said = f"{words}. When it was last seen: {'; '.join(left_behind(rotation))}"
    changes = {"reason": said, "wish": None, "trouble": None, "resumes": None, "paused": False}
    show = f"see to its places and keys by hand: `credwatch rotations show cw-{rotation.id}`"
    told = Milestone("aborted:here", Level.RESOLVED, f"{words}; {show}")
    done = journal.move(rotation, Turn(State.ABORTED, changes=changes, detail=said), now, milestones=(told,))
    journal.outcome(entry, Phase.DONE, f"{who}: ended here only", now)
    return done


_LEFT = {
    PlaceState.STAGED: "holds the old key, and the new one may lie in its pending slot",
    PlaceState.PROMOTED: "holds the new key, and the slot beside it too",
    PlaceState.LEFT: "was left to what a person wrote",
    PlaceState.REVERTED: "holds the old key again, and the slot beside it may hold the new one",
}


def left_behind(rotation: Rotation) -> Iterator[str]:
    """What was true of its places and its keys when it was last seen, for a person who has to see to it."""
    for target in rotation.targets:
        what = "is written by its controller" if target.mirror else _LEFT.get(target.state, "holds the old key")
        yield f"{target.place} {what}"
    at = rotation.resumes or rotation.state
    gone = ", or is gone already" if at is State.REVOKING else ", switched off" if rotation.disabled_at else ""
    yield f"the old key {rotation.old.key_id or rotation.old.name or ''}".rstrip() + f" stays{gone}"
    if rotation.new_fp:
        yield f"the new key {rotation.new.key_id or ''}".rstrip() + " stays"
    elif rotation.creates:
        yield f"a key named cw-{rotation.id}-{rotation.attempt}, or without a mark, may have been made"
