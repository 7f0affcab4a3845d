"""The way back: before a place holds the new key by leaving it, after that by giving each its former value again."""

from __future__ import annotations

from dataclasses import replace

from credwatch.errors import Conflict
from credwatch.model import Validity
from credwatch.model.rotating import PlaceState, State, Step, Target, Trouble, Turn, Wish
from credwatch.rotation.run import Run, needs, placed, waits
from credwatch.rotation.steps.creating import lost
from credwatch.rotation.steps.promoting import tell
from credwatch.rotation.steps.retiring import clear
from credwatch.rotation.steps.staging import stranger


def undo(run: Run) -> Turn:
    """One step of the way that a person, or a store that refuses, asked for."""
    if run.rotation.state is State.CREATING and (turn := lost(run)):
        return turn
    live = [one for one in run.rotation.targets if one.state is PlaceState.PROMOTED]
    if run.rotation.wish is Wish.ABORT and not live and not _reverted(run):
        return _leave(run, State.ABORTED)
    return _go_back(run, live)


def _go_back(run: Run, live: list[Target]) -> Turn:
    rotation, world = run.rotation, run.world
    if rotation.disabled_at is not None:
        run.effect(Step.ENABLE, lambda _: world.enable(rotation.old))
        return Turn(changes={"disabled_at": None, "soak_until": None})
    if live:
        return _revert(run, live[0])
    if turn := tell(run):
        return turn
    if rotation.soak_until is None:
        return Turn(
            changes={"soak_until": run.now + rotation.grace}, detail="back; the new key is kept for its readers"
        )
    if run.now < rotation.soak_until:
        return Turn(at=rotation.soak_until)
    return _leave(run, State.ROLLED_BACK)


def _revert(run: Run, target: Target) -> Turn:
    """One place, if it holds what we wrote and the old key still works."""
    rotation, world = run.rotation, run.world
    seen = world.look(target)
    if seen.fingerprint == rotation.old_fp:
        return _back(run, target)
    if seen.fingerprint != rotation.new_fp:
        return stranger(run, target, seen)
    former = world.former(target, target.base_version)
    said = world.try_(target, former)
    if said.validity is Validity.INVALID or former.fingerprint != rotation.old_fp:
        return needs(run, Trouble.OLD_DEAD, f"the old key cannot be gone back to: {said.detail or said.reason}")
    if said.validity is not Validity.VALID:
        return waits(run, f"cannot tell whether the old key works: {said.detail or said.reason}")
    try:
        run.effect(Step.REVERT, lambda _: world.revert(replace(target, promoted_version=seen.version)), target.place)
    except Conflict as error:
        return waits(run, f"{target.place}: {error}", at=run.now)
    return _back(run, target)


def _back(run: Run, target: Target) -> Turn:
    """Readers of it are told once more."""
    targets = placed(run, target, state=PlaceState.REVERTED)
    return Turn(targets=targets, changes={"told": frozenset(), "tries": 0}, detail=f"back in {target.place}")


def _leave(run: Run, end: State) -> Turn:
    """The new key is held by no place any more: slots first, then the key by its exact id."""
    rotation, world = run.rotation, run.world
    if turn := clear(run):
        return turn
    if any(world.look(target).fingerprint == rotation.new_fp for target in rotation.written if rotation.new_fp):
        return needs(run, Trouble.STRANGER, "a place holds the new key though none should")
    if world.minter is not None and rotation.new.key_id is not None and world.detail(rotation.new) is not None:
        run.effect(Step.REMOVE, lambda _: world.revoke(rotation.new))
        return Turn(changes={"tries": 0})
    return Turn(end, changes={"wish": None}, detail=end.value.replace("_", " "))


def _reverted(run: Run) -> bool:
    return any(one.state is PlaceState.REVERTED for one in run.rotation.targets)
