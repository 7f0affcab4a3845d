"""Before anything: all that can fail without an outside effect fails here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from credwatch.model import Facts, Validity
from credwatch.model.rotating import PlaceState, Rotation, State, Step, Target, Trouble, Turn, Wish
from credwatch.rotation.claiming import asked, fresh, placed
from credwatch.rotation.pasteable import word
from credwatch.rotation.run import Run, discarded, marked, needs, waits

FRESH = timedelta(minutes=5)
"""What was read is true for so long."""
CREATES = 3
"""A rotation makes so many keys at most."""
_LEFT = "Where nobody else rotates it, a lost rotation left it: credwatch recover"
_TRIES = 10
"""Nothing was begun: a world that does not answer is not waited for."""


def prepare(run: Run) -> Turn:
    """PLANNED: read everything, and refuse what cannot end well."""
    rotation, world = run.rotation, run.world
    if why := run.guards.refusal(rotation) or _spent(rotation):
        return _refused(run, why)
    old = rotation.old
    if world.minter is not None:
        old = world.detail(old) or old
        if why := world.may(old):
            return _refused(run, why)
    read: list[Target] = []
    for target in rotation.targets:
        if target not in rotation.written:
            read.append(_before(run, target) if rotation.turns else target)
        elif turn := _read(run, target, read):
            return turn
    return _prepared(run, old, tuple(read))


def _before(run: Run, target: Target) -> Target:
    """As it is now, so that it can be told whether its store has made a new one."""
    seen = run.world.look(target)
    return replace(target, base_version=seen.version, base_fp=seen.fingerprint)


def _spent(rotation: Rotation) -> str:
    return f"{CREATES} keys were made and none could be used" if rotation.creates >= CREATES else ""


def _prepared(run: Run, old: Facts, read: tuple[Target, ...]) -> Turn:
    """What keys there are, and that there is room for one more."""
    rotation, world = run.rotation, run.world
    changes: dict[str, object] = {"old": old, "prepared_at": run.now, "reason": ""}
    if world.minter is None:
        return Turn(State.PREPARED, changes=changes, targets=read)
    there = world.beside(old)
    keys = [one.facts for one in there]
    ours = [key for key in keys if marked(rotation, key) and key.key_id not in rotation.snapshot]
    if left := next((key for key in ours if not placed(run, key)), None):
        run.effect(Step.REMOVE, lambda _: world.revoke(left))
        return waits(run, f"{left.key_id}, of an earlier attempt, is removed", at=run.now)
    if rotation.creates and not world.marks and (late := fresh(run, there)):
        return needs(run, Trouble.CANDIDATES, asked(late))
    if world.limit is not None and len(keys) + 1 > world.limit:
        shown = ", ".join(_shown(key) for key in keys)
        return needs(run, Trouble.LIMIT, f"the vendor allows {world.limit} keys, and they are there: {shown}")
    changes["snapshot"] = frozenset(key.key_id for key in keys if key.key_id)
    return Turn(State.PREPARED, changes=changes, targets=read)


def _read(run: Run, target: Target, read: list[Target]) -> Turn | None:
    """One place as it is now: into `read`, or why it cannot be begun."""
    rotation, world = run.rotation, run.world
    staged = world.staged(target)
    if staged is not None and not staged.mark.startswith(rotation.marks):
        return _refused(run, f"{target.place}: its pending slot is taken by {staged.mark or 'somebody else'}. {_LEFT}")
    discarded(run, target)
    seen = world.look(target)
    expected = {rotation.old_fp, target.base_fp}  # or what a person said may be lost
    if not seen.fingerprint or seen.fingerprint not in expected:
        return _refused(
            run, f"{target.place} holds a different key now. Decide which is right: credwatch show {word(target.place)}"
        )
    said = world.try_(target, seen)
    match said.validity, rotation.replaces_dead:
        case (Validity.VALID, False) | (Validity.INVALID, True):
            pass
        case (Validity.VALID, True):
            return _refused(run, f"the key in {target.place} works: rotate it without --replace-dead")
        case (Validity.INVALID, False):
            why = "the old key is dead, so there is nothing to overlap with"
            return _refused(run, f"{why}. Use --replace-dead: make, store, try, live; no wait, no revoke.")
        case _:
            return _unsure(run, f"{target.place}: {said.detail or said.reason}")
    read.append(replace(target, base_version=seen.version, base_fp=seen.fingerprint, state=PlaceState.WAITING))
    return None


def _unsure(run: Run, why: str) -> Turn:
    if run.rotation.tries >= _TRIES:
        return _refused(run, f"cannot tell: {why}")
    return waits(run, why)


def _refused(run: Run, why: str) -> Turn:
    """Before the first effect it was never begun; after it what was left lying is cleared away first."""
    if run.rotation.creates:
        return Turn(changes={"wish": Wish.ABORT, "reason": why}, detail=why)
    return Turn(State.REJECTED, changes={"reason": why}, detail=why)


def _shown(key: Facts) -> str:
    used = f", used {key.last_used:%-d %b %Y}" if key.last_used else ""
    return f"{key.key_id or key.name}{used}"
