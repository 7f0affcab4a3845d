"""A store that makes the new value itself, in the place of the old: it is told once, and seen to have done it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from credwatch.errors import ProviderError
from credwatch.model import Facts
from credwatch.model.rotating import State, Step, Target, Trouble, Turn
from credwatch.rotation.run import LATE, Run, landing, needs
from credwatch.rotation.steps.preparing import CREATES

_SOON = timedelta(seconds=5)


def turn(run: Run) -> Turn:
    """CREATING: tell it, if it was this process that wrote the intent a moment ago; then see what became of it."""
    (target,) = run.rotation.targets
    if run.calls:
        run.calls = False
        try:
            run.effect(Step.MINT, lambda _: run.world.turn(target))
        except ProviderError as error:
            if error.permanent:
                return Turn(State.ABORTED, changes={"reason": str(error)}, detail=str(error))
            return Turn(at=run.now + _SOON, changes={"reason": str(error)})
    return _turned(run, target) or _late(run)


def leave(run: Run) -> Turn:
    """A person gives it up: it is over, unless its store is seen to have made a new one by now."""
    (target,) = run.rotation.targets
    if turn := landing(run, Step.MINT, ("",)):
        return turn
    try:
        turned = _turned(run, target)
    except ProviderError as error:
        if not error.permanent:
            raise
        turned = None  # it is not there any more, or not for us
    over = turned or Turn(State.ABORTED, detail="aborted")
    return replace(over, changes={**over.changes, "wish": None})


def _turned(run: Run, target: Target) -> Turn | None:
    """None, when it still shows what it did before. Who turned it does not matter: the old value has ended."""
    seen = run.world.look(target)
    if seen.version == target.base_version:
        return None
    changes = {
        "new": Facts(created=run.now),
        "new_fp": seen.fingerprint,
        "created_at": run.now,
        "promoted_at": run.now,
        "reason": "",
    }
    return Turn(State.PROMOTED, changes=changes, detail="made anew")


def _late(run: Run) -> Turn:
    """An order that got no answer may still be carried out; after that it is given again, and not for ever."""
    since = run.rotation.intent_at or run.now
    if since > run.now:
        return Turn(changes={"intent_at": run.now})
    if run.now - since < LATE:
        return Turn(at=min(run.now + _SOON, since + LATE))
    if run.rotation.creates >= CREATES:
        return needs(run, Trouble.SILENT, f"it was told {CREATES} times to make a new value, and shows the old one")
    return Turn(State.PLANNED, changes={"attempt": run.rotation.attempt + 1})
