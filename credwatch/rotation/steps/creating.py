"""A key is made once; what became of a create without an answer is read from the vendor's list."""

from __future__ import annotations

from datetime import timedelta

from credwatch.errors import ProviderError
from credwatch.model import Facts, Minted, Reason
from credwatch.model.rotating import State, Step, Trouble, Turn
from credwatch.rotation.claiming import asked, fresh, surely, unsettled
from credwatch.rotation.run import LATE, Run, needs, waits
from credwatch.rotation.steps.preparing import CREATES, FRESH

_RENEWS = timedelta(minutes=15)
"""A program that failed is not run again sooner: an authority counts what it is asked."""


def intend(run: Run) -> Turn:
    """PREPARED: the intent of the create is committed before it is sent."""
    prepared = run.rotation.prepared_at
    if prepared is None or abs(run.now - prepared) > FRESH:
        return Turn(State.PLANNED)
    run.calls = True
    changes = {"intent_at": run.now, "creates": run.rotation.creates + 1}
    return Turn(State.CREATING, changes=changes, intent=(Step.MINT, ""))


def create(run: Run) -> Turn:
    """CREATING: send it, if it was this process that wrote the intent a moment ago; else see what became of it."""
    if not run.calls:
        return lost(run) or again(run)
    run.calls = False
    rotation, world = run.rotation, run.world
    try:
        minted = run.effect(Step.MINT, lambda _: _made(run))
    except ProviderError as error:
        if error.reason is Reason.AT_LIMIT:
            return needs(run, Trouble.LIMIT, str(error), resumes=State.PLANNED)
        if error.permanent or (rotation.renews and rotation.creates >= CREATES):
            return Turn(State.ABORTED, changes={"reason": str(error)}, detail=str(error))
        later = _RENEWS if rotation.renews else timedelta(seconds=5)
        return Turn(at=run.now + later, changes={"reason": str(error)})
    run.minted = minted
    changes = {"new": minted.facts, "new_fp": world.fingerprint(minted.values), "created_at": run.now, "reason": ""}
    return Turn(State.CREATED, changes=changes, detail="made")


def _made(run: Run) -> Minted:
    """By a person, by a program, or by its vendor."""
    rotation, world = run.rotation, run.world
    if run.paste is not None:
        return run.paste()
    if rotation.renews:
        return world.renew(rotation.written)
    return world.mint(rotation.old, rotation.mark, rotation.lifetime)


def lost(run: Run) -> Turn | None:
    """What a create without an answer left behind is removed, if it is proven ours. None, when nothing is left of it."""
    rotation, world = run.rotation, run.world
    if world.minter is None and not rotation.renews:
        return Turn(State.ABORTED, changes={"reason": "the pasted key was not stored. Paste it again"})
    ours = [] if rotation.renews else fresh(run, world.beside(rotation.old))
    if len(ours) > 1 or any(key.last_used is not None or not surely(run, key) for key in ours):
        return needs(run, Trouble.CANDIDATES, asked(ours))
    if ours and unsettled(run):
        return needs(run, Trouble.CANDIDATES, asked(ours))
    if ours:
        return _unclaimed(run, ours[0])
    since = rotation.intent_at or run.now
    if since > run.now:
        return Turn(
            changes={"intent_at": run.now, "reason": "our clock was set back: the wait for a late create begins anew"}
        )
    return Turn(at=since + LATE) if run.now - since < LATE else None


def _unclaimed(run: Run, key: Facts) -> Turn:
    """Switched off first, where that can be, and a look later deleted by its exact id; then it is looked whether it is gone."""
    world = run.world
    if world.disables and not key.disabled and run.journal.last(run.rotation, Step.DISABLE, key.key_id or "") is None:
        try:
            run.effect(Step.DISABLE, lambda _: world.disable(key), key.key_id or "")
        except ProviderError as error:
            if not error.permanent:
                raise
        return waits(run, f"{key.key_id} was made without an answer; it is switched off", at=run.now)
    run.effect(Step.REMOVE, lambda _: world.revoke(key))
    return waits(run, f"{key.key_id} was made without an answer; it is removed", at=run.now)


def again(run: Run) -> Turn:
    """Another attempt, from the beginning. How many there are is bounded by the creates."""
    changes = {"attempt": run.rotation.attempt + 1, "new": Facts(), "new_fp": "", "created_at": None}
    run.minted = None
    return Turn(State.PLANNED, changes=changes)
