"""The new value goes at once into the pending slot of every place, and is tried as read back from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from credwatch.errors import Conflict, ProviderError
from credwatch.model import Reason, Staged, Validity
from credwatch.model.rotating import PlaceState, State, Step, Target, Trouble, Turn, Wish
from credwatch.rotation.run import (
    SERIES,
    Run,
    emptied,
    given_up,
    landing,
    needs,
    placed,
    removed,
    together,
    unpromoted,
    verdict,
    waits,
    was_live,
)
from credwatch.rotation.steps.creating import again
from credwatch.rotation.steps.overwriting import went_live
from credwatch.rotation.world import Seen
from credwatch.secrets import Secret

BOUNCES = SERIES - 1
"""A place is staged again so often at most."""
_HOPELESS = 8
"""So many fruitless looks while the value is nowhere but in our memory."""


def stage(run: Run) -> Turn:
    """CREATED: lay the value into the next place that has it not, from our memory or from a place that has it."""
    rotation, world = run.rotation, run.world
    waiting: Target | None = None
    values: Mapping[str, Secret] | None = run.minted.values if run.minted else None
    for target in unpromoted(rotation):
        staged = world.staged(target)
        if staged is not None and not staged.mark.startswith(rotation.marks):
            return needs(run, Trouble.STRANGER, f"{target.place}: its pending slot is taken by somebody else")
        if staged is not None and staged.mark != rotation.mark:
            return emptied(run, target) or Turn(changes={"tries": 0})  # of an earlier attempt: it came to be late
        seen = _back(run, target, staged)
        if seen is None and target.state is PlaceState.STAGED:
            return bounce(run, target, f"{target.place} gives back other bytes than it was given")
        if seen is not None:
            values = values or seen.values
        if seen is None or target.state is PlaceState.WAITING:
            waiting = waiting or target
    if waiting is None:
        return Turn(State.STAGED, changes={"reason": ""}, detail="stored")
    values = values or _live(run)
    if values is None:
        return _unheld(run) if was_live(rotation) and not given_up(run) else _lost(run)
    return _lay(run, waiting, values)


def _lay(run: Run, target: Target, values: Mapping[str, Secret]) -> Turn:
    """Stage one place, on what it holds now; a person's change of another field of the item is kept."""
    rotation, world = run.rotation, run.world
    base = world.look(target)
    if holds_new(run, target):
        return went_live(run, target, base)
    for one in together(rotation, target):
        seen = world.look(one)
        if seen.fingerprint not in {one.base_fp, rotation.new_fp}:
            return stranger(run, one, seen)
    if base.version != target.base_version:
        # other bytes are laid under a token of their own
        return bounce(run, target, f"{target.place}: another field of it was changed", base_version=base.version)
    try:
        staged = run.effect(
            Step.STAGE,
            lambda key: world.stage(together(rotation, target), base, values, rotation.mark, key),
            target.place,
        )
    except ProviderError as error:
        return _refused(run, target, error)
    changes = placed(run, target, pending_version=staged.version, state=PlaceState.STAGED)
    return Turn(targets=changes, changes={"tries": 0})


def _refused(run: Run, target: Target, error: ProviderError) -> Turn:
    """A slot that takes nothing: the value must not be waited for for long while it is nowhere but in our memory."""
    why = f"{target.place}: {error}"
    if isinstance(error, Conflict):
        return bounce(run, target, why)
    if error.permanent and was_live(run.rotation):
        return needs(run, Trouble.REFUSED, why)
    if error.permanent:
        return Turn(changes={"wish": Wish.ABORT, "reason": why})
    if run.rotation.tries >= _HOPELESS and _nowhere(run):
        return _lost(run)
    return waits(run, why)


def verify(run: Run) -> Turn:
    """STAGED: what the stores give back is the very key, and it works."""
    rotation, world = run.rotation, run.world
    if given_up(run):
        return _lost(run)
    for target in unpromoted(rotation):
        staged = world.staged(target)
        seen = _back(run, target, staged)
        if seen is None:
            return bounce(run, target, f"{target.place} gives back other bytes than it was given")
        said = verdict(run, target, seen)
        if said.validity is Validity.INVALID:
            return _useless(run, f"the new key is refused: {said.detail or said.reason}")
        if said.validity is not Validity.VALID:
            return waits(run, f"{target.place}: cannot tell whether the new key works: {said.detail or said.reason}")
    return Turn(State.VERIFIED, changes={"reason": ""}, detail="tried")


def bounce(run: Run, target: Target, why: str, **changed: object) -> Turn:
    """Stage a place again; not for ever."""
    if run.rotation.bounces % SERIES >= BOUNCES:
        return needs(run, Trouble.BYTES, why, resumes=State.CREATED)
    changes = {"bounces": run.rotation.bounces + 1, "reason": why}
    return Turn(State.CREATED, changes=changes, targets=placed(run, target, state=PlaceState.WAITING, **changed))


def stranger(run: Run, target: Target, seen: Seen) -> Turn:
    """Somebody wrote a place after we had planned. It is not overwritten."""
    what = "the old key again" if seen.fingerprint == run.rotation.old_fp else "a third key"
    if not seen.fingerprint:
        what = "no whole key"
    return needs(
        run, Trouble.STRANGER, f"{target.place} was changed by somebody: it holds {what}, version {seen.version}"
    )


def _back(run: Run, target: Target, staged: Staged | None) -> Seen | None:
    """What the slot gives back, if it is what we gave."""
    if staged is None or staged.mark != run.rotation.mark:
        return None
    seen = run.world.look_staged(target, staged)
    return seen if seen.fingerprint == run.rotation.new_fp else None


def _live(run: Run) -> Mapping[str, Secret] | None:
    """The value from a place that holds it already, or did before a person wrote there."""
    for target in run.rotation.written:
        if not target.promoted_version:
            continue
        seen = run.world.look(target)
        if seen.fingerprint != run.rotation.new_fp:
            seen = _former(run, target) or seen
        if seen.fingerprint == run.rotation.new_fp:
            return seen.values
    return None


def _former(run: Run, target: Target) -> Seen | None:
    try:
        return run.world.former(target, target.promoted_version)
    except ProviderError as error:
        if error.reason is Reason.NOT_FOUND or error.permanent:
            return None
        raise


def holds_new(run: Run, target: Target) -> bool:
    """Whether this place holds the new key, and all others of the same item, which are written with it."""
    new = run.rotation.new_fp
    return all(run.world.look(one).fingerprint == new for one in together(run.rotation, target))


def at_hand(run: Run) -> bool:
    """Whether the value of the new key can still be had: from a pending slot, or from a place that holds it or did."""
    slots = (_back(run, target, run.world.staged(target)) for target in run.rotation.written)
    return any(slots) or _live(run) is not None


def _unheld(run: Run) -> Turn:
    """The new key was live, so somebody may use it: it is not removed though its value cannot be had any more."""
    left = unpromoted(run.rotation)
    targets = tuple(
        replace(one, state=PlaceState.PROMOTED) if one in left and one.promoted_version else one
        for one in run.rotation.targets
    )
    stop = needs(run, Trouble.STRANGER, "the new key was live, and nobody has its value any more to write it again")
    return replace(stop, targets=targets)


def _nowhere(run: Run) -> bool:
    return all(target.state is PlaceState.WAITING for target in run.rotation.written)


def _somewhere(run: Run) -> bool:
    return any(target.state is PlaceState.PROMOTED for target in run.rotation.targets)


def _lost(run: Run) -> Turn:
    """The value was in a memory that is gone: its key is removed by its exact id, and another one made."""
    if _somewhere(run):
        return needs(run, Trouble.STRANGER, "the value of the new key cannot be had from the place that held it")
    if run.world.minter is None and not run.rotation.renews:
        return Turn(State.ABORTED, changes={"reason": "the pasted key was not stored. Paste it again"})
    if turn := landing(run, Step.PROMOTE, [target.place for target in run.rotation.written]):
        return turn
    if any(run.world.look(target).fingerprint == run.rotation.new_fp for target in run.rotation.targets):
        return needs(run, Trouble.STRANGER, "a place holds the new key, and its value cannot be had from there")
    return removed(run) or again(run)


def _useless(run: Run, why: str) -> Turn:
    """A new key that its vendor does not take; no place holds it."""
    if _somewhere(run):
        return needs(run, Trouble.NEW_FAILS, why)
    if run.world.minter is None:
        return Turn(changes={"wish": Wish.ABORT, "reason": why})
    return _lost(run)
