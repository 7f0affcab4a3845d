"""The way back: before a place holds the new key by leaving it, after that by giving each its former value again."""

from __future__ import annotations

from dataclasses import replace

from credwatch.model.rotating import PlaceState, State, Step, Target, Trouble, Turn, Wish
from credwatch.rotation.run import Run, ends, holds, landing, needs, removed, switched_on, unpromoted, waits, was_live
from credwatch.rotation.steps.creating import lost
from credwatch.rotation.steps.overwriting import went_live
from credwatch.rotation.steps.promoting import tell
from credwatch.rotation.steps.retiring import clear
from credwatch.rotation.steps.reverting import revert
from credwatch.rotation.steps.turning import leave


def undo(run: Run) -> Turn:
    """One step of the way that a person, or a store that refuses, asked for."""
    if run.rotation.state is State.CREATING and (turn := leave(run) if run.rotation.turns else lost(run)):
        return turn
    going = landing(run, Step.REVOKE, ("",)) or landing(run, Step.SUNSET, ("",))
    if turn := going or _switched_on(run) or _unnoticed(run):
        return turn
    if was_live(run.rotation) and (why := _unmade(run)):
        return needs(run, Trouble.OLD_DEAD, f"the old key {why}: there is nothing to go back to")
    live = [one for one in run.rotation.written if one.state is PlaceState.PROMOTED]
    if live:
        return revert(run, live[0])
    if not was_live(run.rotation):
        return _leave(run, State.ABORTED if run.rotation.wish is Wish.ABORT else State.ROLLED_BACK)
    return _settle(run)


def _switched_on(run: Run) -> Turn | None:
    """The old key works, also when it was switched off without an answer."""
    rotation, world = run.rotation, run.world
    if rotation.disabled_at is None and run.journal.last(rotation, Step.DISABLE) is None:
        return None
    if turn := landing(run, Step.DISABLE, ("",)):
        return turn
    old = world.detail(rotation.old)
    if old is None or not (old.disabled or rotation.disabled_at):
        return None
    return switched_on(run)


def _unmade(run: Run) -> str:
    """Why the old key cannot be had back, where there is a new one that could stay instead; empty: it can, or there is none."""
    old, new, world = run.rotation.old, run.rotation.new, run.world
    if world.minter is None:
        return ""
    now = world.detail(old)
    if now is not None and not ends(run, now):
        return ""
    stays = world.exchanges or (new.key_id is not None and world.detail(new) is not None)
    gone = "is gone from its vendor" if now is None else "was told to go, and ends in a moment"
    return gone if stays else ""


def _unnoticed(run: Run) -> Turn | None:
    """A place that was given the new key without an answer counts as live."""
    rotation = run.rotation
    if turn := landing(run, Step.PROMOTE, [target.place for target in unpromoted(rotation)]):
        return turn
    for target in unpromoted(rotation):
        if rotation.new_fp and holds(run, target):
            return went_live(run, target, run.world.look(target))
    return None


def _settle(run: Run) -> Turn:
    """Every place has its former value: its readers are told, and have time to load it."""
    rotation = run.rotation
    if turn := tell(run):
        return turn
    behind = [one.place for one in rotation.targets if one.mirror and holds(run, one)]
    if behind:
        return waits(run, f"{', '.join(behind)}: not copied by its controller yet")
    if rotation.soak_until is None:
        changes = {"soak_until": run.now + rotation.grace}
        return Turn(changes=changes, detail="back; the new key is kept for its readers")
    if run.now < rotation.soak_until:
        return Turn(at=rotation.soak_until)
    return _leave(run, State.ROLLED_BACK)


def _leave(run: Run, end: State) -> Turn:
    """The new key is held by no place any more: slots first, then the key by its exact id."""
    if turn := clear(run):
        return turn
    holder = next((one for one in run.rotation.targets if run.rotation.new_fp and holds(run, one)), None)
    if holder is not None:
        return _held(run, holder, end)
    if others := _elsewhere(run):
        return _over(run, end, _kept(f"{', '.join(others)} holds the new key"))
    return removed(run) or _over(run, end, end.value.replace("_", " "))


def _held(run: Run, target: Target, end: State) -> Turn:
    """A key that a place holds is not removed."""
    if target.mirror:
        return waits(run, f"{target.place}: its controller has not copied the old key yet")
    if target.state is PlaceState.LEFT:
        return _over(run, end, _kept(f"{target.place} holds the new key"))
    return needs(run, Trouble.STRANGER, f"{target.place} holds the new key though none should")


def _elsewhere(run: Run) -> tuple[str, ...]:
    """The places that are none of ours and hold the new key, as the last sweep saw them: somebody put it there."""
    rotation = run.rotation
    ours = {target.place for target in rotation.targets}
    held = run.journal.holders(rotation.new_fp) if rotation.new_fp else ()
    return tuple(place for place in held if place not in ours)


def _kept(why: str) -> str:
    return f"{why}, which is kept"


def _over(run: Run, end: State, detail: str) -> Turn:
    """Nothing lies beside any place any more."""
    staged = [one for one in run.rotation.targets if one.state is PlaceState.STAGED]
    targets = tuple(replace(one, state=PlaceState.WAITING) if one in staged else one for one in run.rotation.targets)
    return Turn(end, changes={"wish": None}, targets=targets, detail=detail)
