"""The new key goes live, place by place, each by compare-and-swap; then its readers are told."""

from __future__ import annotations

from dataclasses import replace

from credwatch.errors import Conflict, ProviderError
from credwatch.model import Validity
from credwatch.model.rotating import Phase, PlaceState, State, Step, Target, Trouble, Turn, Wish
from credwatch.rotation.run import SOONEST, Run, needs, promoted, there, unpromoted, verdict, waits, was_live
from credwatch.rotation.steps.overwriting import may_land, went_live
from credwatch.rotation.steps.staging import bounce, holds_new, stranger
from credwatch.rotation.world import Seen

HOOKS = 3
"""A reader is told so often before a person is."""


def promote(run: Run) -> Turn:
    """VERIFIED: the next place that does not hold it."""
    left = unpromoted(run.rotation)
    if left:
        return _next(run, left[0])
    return Turn(State.PROMOTED, changes={"promoted_at": run.now, "reason": ""}, detail="live")


def _next(run: Run, target: Target) -> Turn:
    """One place, if it is as it was when we prepared."""
    rotation, world = run.rotation, run.world
    seen, staged = world.look(target), world.staged(target)
    if turn := _landed(run, target, seen):
        return turn
    if seen.fingerprint not in {target.base_fp, rotation.new_fp}:
        return stranger(run, target, seen)
    if staged is None or staged.mark != rotation.mark:
        return bounce(run, target, f"{target.place}: its pending slot was emptied")
    if seen.version != target.base_version:
        return bounce(run, target, f"{target.place}: another field of it was changed", base_version=seen.version)
    try:
        version = run.effect(Step.PROMOTE, lambda _: world.promote(target, staged, seen.version), target.place)
    except ProviderError as error:
        return _refused(run, target, error)
    return promoted(run, target, version)


def _landed(run: Run, target: Target, seen: Seen) -> Turn | None:
    """It holds the new key already, or soon may, by a request that got no answer."""
    return went_live(run, target, seen) if holds_new(run, target) else may_land(run, target, Step.PROMOTE)


def announce(run: Run) -> Turn:
    """PROMOTED: it works from every place, its mirrors have followed, and its readers were told to load it."""
    rotation = run.rotation
    if turn := works_everywhere(run) or _mirrored(run) or tell(run):
        return turn
    if rotation.replaces_dead or rotation.turns:
        return Turn(State.REVOKING)
    return Turn(State.GRACE, changes={"grace_until": run.now + rotation.grace, "reason": ""})


def _mirrored(run: Run) -> Turn | None:
    """None, when all of them have followed. What follows a place that was left to a person is left with it."""
    new = run.rotation.new_fp
    for target in () if run.rotation.turns else run.rotation.targets:
        if not target.mirror or target.state is PlaceState.LEFT:
            continue
        held = run.world.look(target).fingerprint
        if held and held != new and held in _left(run):
            return Turn(targets=_without(run, target), detail=f"{target.place} follows a place that was left")
        if held != new:
            return waits(run, f"{target.place}: its controller has not copied the new key yet")
    return None


def _left(run: Run) -> set[str | None]:
    """What the places hold that were left."""
    looks = [there(run, one) for one in run.rotation.targets if one.state is PlaceState.LEFT]
    return {seen.fingerprint for seen in looks if seen is not None}


def _without(run: Run, mirror: Target) -> tuple[Target, ...]:
    return tuple(replace(one, state=PlaceState.LEFT) if one == mirror else one for one in run.rotation.targets)


def tell(run: Run) -> Turn | None:
    """The next reader that was not told to load what its places hold; None, when all were."""
    rotation = run.rotation
    reader = next((one for one in run.world.readers if one.name not in rotation.told), None)
    if reader is None:
        return None
    wanted, back = (rotation.old, " back") if rotation.wish is not None else (rotation.new, "")
    place = f"{reader.name}{back}"
    try:
        run.effect(Step.RELOAD, lambda key: reader.reload(key, wanted.key_id or ""), place)
    except ProviderError as error:
        failed = _failures(run, place)
        if failed >= HOOKS:
            return needs(run, Trouble.HOOK, f"{reader.name} could not be told: {error}")
        return waits(run, f"{reader.name}: {error}", at=run.now + SOONEST * 2 ** (failed - 1))
    said = f"{reader.name} was told{' to go back' if back else ''}"
    return Turn(changes={"told": rotation.told | {reader.name}, "tries": 0}, detail=said)


def _failures(run: Run, place: str) -> int:
    """How often this reader could not be told, since a person had it tried anew."""
    told = [one for one in run.journal.entries(run.rotation.id) if one.step is Step.RELOAD and one.place == place]
    return sum(one.key == told[-1].key and one.phase in {Phase.FAILED, Phase.UNKNOWN} for one in told)


def works_everywhere(run: Run) -> Turn | None:
    """None, when every place that we wrote holds the new key and it works from there; else what follows."""
    for target in run.rotation.written:
        seen = run.world.look(target)
        if seen.fingerprint != run.rotation.new_fp:
            return stranger(run, target, seen)
        said = verdict(run, target, seen)
        if said.validity is Validity.INVALID:
            return needs(run, Trouble.NEW_FAILS, f"{target.place}: {said.detail or said.reason}")
        if said.validity is not Validity.VALID:
            return waits(run, f"{target.place}: cannot tell: {said.detail or said.reason}")
    return None


def _refused(run: Run, target: Target, error: ProviderError) -> Turn:
    """A store that does not let us write: with no place written there is a way back without anybody."""
    why = f"{target.place}: {error}"
    if isinstance(error, Conflict) or not error.permanent:
        return waits(run, why)
    if was_live(run.rotation):
        return needs(run, Trouble.REFUSED, why)
    return Turn(changes={"wish": Wish.ABORT, "reason": why})
