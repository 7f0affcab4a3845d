"""The states, and what is done in each: one page.

    PLANNED → PREPARED → CREATING → CREATED → STAGED → VERIFIED → PROMOTED → GRACE → CONFIRMING → DISABLING → REVOKING → DONE

Every step reads the world first, whatever the journal says, changes at most one thing in it, with its intent committed
before, and says what follows. So a process that is killed anywhere is gone on from by the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

from credwatch.errors import Conflict, ProviderError
from credwatch.model.rotating import ENDED, Rotation, State, Trouble, Turn, Wish
from credwatch.rotation.milestones import milestones
from credwatch.rotation.room import LOOK
from credwatch.rotation.run import Run, needs, waits, was_live
from credwatch.rotation.steps.creating import create, intend
from credwatch.rotation.steps.keeping import confirm, keep
from credwatch.rotation.steps.preparing import prepare
from credwatch.rotation.steps.promoting import announce, promote
from credwatch.rotation.steps.retiring import disable, revoke
from credwatch.rotation.steps.staging import stage, verify
from credwatch.rotation.steps.turning import turn
from credwatch.rotation.steps.undoing import undo

STEPS: Mapping[State, Callable[[Run], Turn]] = {
    State.PLANNED: prepare,
    State.PREPARED: intend,
    State.CREATING: lambda run: turn(run) if run.rotation.turns else create(run),
    State.CREATED: stage,
    State.STAGED: verify,
    State.VERIFIED: promote,
    State.PROMOTED: announce,
    State.GRACE: keep,
    State.CONFIRMING: confirm,
    State.DISABLING: disable,
    State.REVOKING: revoke,
}
AT_WORK = timedelta(minutes=10)
"""A wait of up to so long is waited for by the process that works on it; after a longer one the next process goes on."""


def advance(
    run: Run,
    stop: threading.Event,
    *,
    patience: timedelta = AT_WORK,
    said: Callable[[Rotation, Turn], None] | None = None,
    wanted: Callable[[], bool] | None = None,
) -> Rotation:
    """Go on with a rotation until it has ended, needs a person, or has to wait for longer than `patience`.

    `said` is told each turn after it is committed. `wanted`: whether a person would decide something of it; then no wait is
    waited for. LedgerError when another process has moved it.
    """
    while _moves(run.rotation):
        turn = _turn(run)
        if stop.is_set() and _unseen(turn) and not _held(run):
            break
        if turn.to is not None or turn.targets is not None:
            turn = _fresh(turn)
        run.rotation = run.journal.move(run.rotation, turn, run.now, milestones=milestones(run, turn))
        if said is not None:
            said(run.rotation, turn)
        pause = turn.at - run.now if turn.at is not None else timedelta(0)
        if pause > timedelta(0):
            held = _held(run)
            if (stop.is_set() and not held) or pause > patience:
                break
            if held or wanted is None:
                run.clock.wait(pause.total_seconds(), threading.Event() if held else stop)
            elif _makes_room(run, pause, stop, wanted):
                break
        if stop.is_set() and run.rotation.state is not State.CREATED:
            break
    return run.rotation


def _makes_room(run: Run, pause: timedelta, stop: threading.Event, wanted: Callable[[], bool]) -> bool:
    """Wait; True when a person wants it before the end."""
    until = run.clock.monotonic() + pause.total_seconds()
    while not wanted():
        left = until - run.clock.monotonic()
        if left <= 0 or not run.clock.wait(min(left, LOOK), stop):
            return False
    return True


def _moves(rotation: Rotation) -> bool:
    return rotation.state not in ENDED and rotation.state is not State.NEEDS_OPERATOR and not rotation.paused


def _held(run: Run) -> bool:
    """Whether the new value is nowhere but in our memory: a process that stops now would lose it."""
    return run.minted is not None and run.rotation.state is State.CREATED


def _unseen(turn: Turn) -> bool:
    """Whether nobody could tell, or a person is told what is true: one that was asked to stop tries no key any more."""
    return turn.to is State.NEEDS_OPERATOR or (turn.at is not None and bool(turn.changes.get("tries")))


def _turn(run: Run) -> Turn:
    """One step. A world that does not answer, or was just written, is asked again; one that refuses is left, or a person is told."""
    step = undo if run.rotation.wish is not None else STEPS[run.rotation.state]
    try:
        return step(run)
    except ProviderError as error:
        if isinstance(error, Conflict) or not error.permanent:
            return waits(run, str(error))
        return _refused(run, str(error))


def _refused(run: Run, why: str) -> Turn:
    rotation = run.rotation
    if rotation.wish is not None or was_live(rotation):
        return needs(run, Trouble.REFUSED, why)
    if rotation.state in {State.PLANNED, State.PREPARED} and not rotation.creates:
        return Turn(State.REJECTED, changes={"reason": why}, detail=why)
    return Turn(changes={"wish": Wish.ABORT, "reason": why}, detail=why)


def _fresh(turn: Turn) -> Turn:
    """Whatever went on before, it has moved now."""
    return turn if "tries" in turn.changes else Turn(**{**vars(turn), "changes": {"tries": 0, **turn.changes}})
