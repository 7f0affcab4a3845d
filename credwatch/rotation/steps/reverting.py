"""One place gets its former value again: the version that it held; or that key laid upon what a person wrote since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from credwatch.errors import Conflict, ProviderError
from credwatch.model import Reason, Validity
from credwatch.model.rotating import PlaceState, Step, Target, Trouble, Turn
from credwatch.rotation.run import SETTLES, Run, landing, needs, placed, together, waits
from credwatch.rotation.steps.overwriting import may_land, stands_over
from credwatch.rotation.steps.staging import stranger
from credwatch.rotation.world import Seen

_BACK = "back"
"""How a pending version begins, when what is laid there is the key before; nothing follows until it is laid."""


def revert(run: Run, target: Target) -> Turn:
    """If it holds what we wrote and the key before it still works. All places of an item go back together."""
    rotation, world = run.rotation, run.world
    ours = together(rotation, target)
    now = {one.place: world.look(one) for one in ours}
    if all(now[one.place].fingerprint == one.base_fp for one in ours):
        steps = (Step.REVERT, Step.PROMOTE) if _laid_back(target) else (Step.REVERT,)
        return stands_over(run, target, now[target.place], target.promoted_version, *steps) or _back(run, target)
    for one in ours:
        if now[one.place].fingerprint not in {rotation.new_fp, one.base_fp} and not _may_go(one, now[one.place]):
            return stranger(run, one, now[one.place])
    kept = {one.place: _former(run, one) for one in ours}
    former = {place: seen for place, seen in kept.items() if seen is not None}
    if len(former) < len(kept):
        why = f"{target.place} no longer has the version that held it"
        return needs(run, Trouble.OLD_DEAD, f"the old key cannot be gone back to: {why}")
    for one in ours:
        if turn := _useless(run, one, former[one.place]):
            return turn
    try:
        return _written(run, target, now[target.place], former[target.place])
    except Conflict as error:
        return waits(run, f"{target.place}: {error}")


def goes_back_over(version: str) -> dict[str, object]:
    """A place where a person says that what stands there at this version may be lost: the key before is laid upon it."""
    return {"promoted_version": version, "pending_version": _BACK, "state": PlaceState.PROMOTED}


def _may_go(target: Target, now: Seen) -> bool:
    """Whether it is still at the version onto which the key before is laid, whatever that holds."""
    return _laid_back(target) and now.version == target.promoted_version


def _useless(run: Run, target: Target, former: Seen) -> Turn | None:
    """None, when the key before works."""
    said = run.world.try_(target, former)
    if said.validity is Validity.INVALID and _woke(run):
        return waits(run, "the old key was switched on a moment ago, and is refused still")
    why = str(said.detail or said.reason)
    if former.fingerprint != target.base_fp:
        why = f"no version of {target.place} that held it is known"
    if said.validity is Validity.INVALID or former.fingerprint != target.base_fp:
        return needs(run, Trouble.OLD_DEAD, f"the old key cannot be gone back to: {why}")
    if said.validity is not Validity.VALID:
        return waits(run, f"cannot tell whether the old key works: {said.detail or said.reason}")
    return None


def _woke(run: Run) -> bool:
    """Whether we switched the old key on so lately that its vendor may refuse it still."""
    on = run.journal.last(run.rotation, Step.ENABLE)
    return on is not None and timedelta(0) <= run.now - on.at < SETTLES


def _written(run: Run, target: Target, now: Seen, former: Seen) -> Turn:
    """What it held, if nobody wrote since; else only the key of it, so that what they wrote stays."""
    rotation, world = run.rotation, run.world
    if now.version != target.promoted_version:
        return _onto(run, target, now)
    if turn := may_land(run, target, Step.PROMOTE if _laid_back(target) else Step.REVERT):
        return turn
    if not _laid_back(target):
        run.effect(Step.REVERT, lambda _: world.revert(target), target.place)
        return _back(run, target)
    staged = world.staged(target)
    if staged is None or staged.mark != rotation.mark or target.pending_version != f"{_BACK}:{staged.version}":
        laid = run.effect(
            Step.STAGE,
            lambda token: world.stage(together(rotation, target), now, former.values, rotation.mark, token),
            target.place,
        )
        return Turn(targets=placed(run, target, pending_version=f"{_BACK}:{laid.version}"))
    if world.look_staged(target, staged).fingerprint != target.base_fp:
        return _again(run, target)
    run.effect(Step.PROMOTE, lambda _: world.promote(target, staged, now.version), target.place)
    return _back(run, target)


def _onto(run: Run, target: Target, now: Seen) -> Turn:
    """The key before is laid upon this version, under a token of its own.

    The slot is not emptied first: what a store kept of the time before would go with it.
    """
    if turn := landing(run, Step.STAGE, (target.place,)):
        return turn
    targets = placed(run, target, promoted_version=now.version, pending_version=_BACK)
    return Turn(targets=targets, changes={"bounces": run.rotation.bounces + 1})


def _again(run: Run, target: Target) -> Turn:
    """What the slot gives back is not what it was given; not for ever."""
    turn = waits(run, f"{target.place} gives back other bytes than it was given")
    if turn.to is not None:
        return turn
    changes = {**turn.changes, "bounces": run.rotation.bounces + 1}
    return replace(turn, changes=changes, targets=placed(run, target, pending_version=_BACK))


def _laid_back(target: Target) -> bool:
    return target.pending_version.startswith(_BACK)


def _former(run: Run, target: Target) -> Seen | None:
    """What it held before; a store that keeps one former value may have it in the slot only, from where it was to go back.

    None: the store has it no longer.
    """
    try:
        return run.world.former(target, target.base_version)
    except ProviderError as error:
        gone = error.reason is Reason.NOT_FOUND
        staged = run.world.staged(target) if (gone or error.permanent) and _laid_back(target) else None
        if staged is not None and staged.mark == run.rotation.mark:
            return run.world.look_staged(target, staged)
        if gone:
            return None
        raise


def _back(run: Run, target: Target) -> Turn:
    """Readers of it are told once more."""
    targets = placed(run, target, state=PlaceState.REVERTED)
    changes = {"told": frozenset(), "tries": 0, "soak_until": None}
    return Turn(targets=targets, changes=changes, detail=f"back in {target.place}")
