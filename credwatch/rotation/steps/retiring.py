"""The old key goes: switched off first where that can be undone, then revoked by its exact id, then seen to be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from credwatch.errors import ProviderError
from credwatch.model import Facts, Validity
from credwatch.model.rotating import PlaceState, State, Step, Trouble, Turn
from credwatch.rotation.claiming import placed, unsettled
from credwatch.rotation.run import LATE, Run, emptied, landing, marked, needs, switched_on, waits
from credwatch.rotation.steps.exchanging import exchanged
from credwatch.rotation.steps.keeping import KEPT, readers_switched
from credwatch.rotation.steps.promoting import works_everywhere
from credwatch.rotation.steps.proving import kept, needed, refusal, tried, works

_LOOK = timedelta(minutes=15)
_SUNSET = timedelta(minutes=20)
"""The soonest end that every vendor takes."""


def disable(run: Run) -> Turn:
    """DISABLING: off, and on again if anything stops working without it."""
    rotation, world = run.rotation, run.world
    old = world.detail(rotation.old)
    if old is None:
        return Turn(State.REVOKING)
    if _kept(run):
        return _on(run, old) or Turn(State.REVOKING, changes={"reason": KEPT})
    if rotation.disabled_at is not None and old.disabled is False:
        return _woken(run, rotation.disabled_at)
    if rotation.disabled_at is None:
        if turn := needed(run):
            return turn
        if not old.disabled:
            run.effect(Step.DISABLE, lambda _: world.disable(rotation.old))
        return Turn(
            changes={"disabled_at": run.now, "soak_until": run.now + rotation.soak, "tries": 0}, detail="switched off"
        )
    return _soak(run)


def _woken(run: Run, since: datetime) -> Turn:
    """It is on, and was off: by our own doing, by a list that is late, or by somebody who misses it."""
    off, on = (run.journal.last(run.rotation, step) for step in (Step.DISABLE, Step.ENABLE))
    again = {"disabled_at": None, "soak_until": None}
    if on is not None and (off is None or on.seq > off.seq):
        return Turn(changes={**again, "reason": "the old key is switched on again"})
    if timedelta(0) <= run.now - since < LATE:
        return Turn(at=since + LATE)
    stop = needs(run, Trouble.NEW_FAILS, "somebody switched the old key on again: they miss it", State.CONFIRMING)
    return replace(stop, changes={**stop.changes, **again})


def _on(run: Run, old: Facts | None) -> Turn | None:
    """What a person wrote stays in a place, so the old key is kept: None, when it works, also where we switched it off."""
    if run.journal.last(run.rotation, Step.DISABLE) is not None:
        if turn := landing(run, Step.DISABLE, ("",)):
            return turn
        if old is not None and old.disabled:
            return switched_on(run)
    return None


def _soak(run: Run) -> Turn:
    """It is off: nothing may miss it."""
    rotation, world = run.rotation, run.world
    turn = works_everywhere(run)
    if (turn is not None and turn.to is not None) or readers_switched(run) is False:
        if late := landing(run, Step.DISABLE, ("",)):
            return late
        run.effect(Step.ENABLE, lambda _: world.enable(rotation.old))
        why = turn.detail if turn is not None else "a reader does not use the new key"
        said = turn.changes.get("trouble") if turn is not None else None
        trouble = said if isinstance(said, Trouble) else Trouble.NEW_FAILS
        stop = needs(run, trouble, f"the old key is switched on again: {why}", resumes=State.CONFIRMING)
        return replace(stop, changes={**stop.changes, "disabled_at": None, "soak_until": None})
    if turn is not None:
        return turn
    until = rotation.soak_until or run.now
    if run.now < until:
        return Turn(at=min(until, run.now + _LOOK), changes={"tries": 0})
    return Turn(State.REVOKING)


def revoke(run: Run) -> Turn:
    """REVOKING: the old key is unmade unless it is kept, what we left lying is cleared away, and that is the end."""
    gone = _old(run)
    if isinstance(gone, Turn):
        return gone
    if turn := clear(run) or works_everywhere(run):
        return turn
    said = ", ".join(filter(None, (works(run.rotation), gone)))
    return Turn(State.DONE, changes={"reason": said}, detail=said)


def _old(run: Run) -> Turn | str:
    """What became of the old key, as it is seen; or what is done before that can be said."""
    rotation, world = run.rotation, run.world
    if rotation.replaces_dead:
        return ""
    if _kept(run):
        return (_on(run, world.detail(rotation.old)) if world.disables else None) or kept(run)
    if rotation.renews or rotation.turns:
        return "the old one runs out" if rotation.renews else "the old one ended with that"
    if world.exchanges:
        return exchanged(run)
    if world.minter is None or _stands(run):
        return _missed(run) or (refusal(run) if world.minter is None else _unmake(run))
    return refusal(run)


def _missed(run: Run) -> Turn | None:
    """None, when the old key may go now. Where it stops the old key works again first, if it was switched off."""
    stop = needed(run)
    if stop is None or stop.to is None or not run.world.disables:
        return stop
    return _on(run, run.world.detail(run.rotation.old)) or stop


def clear(run: Run) -> Turn | None:
    """One thing that we left lying: a pending slot, or a key of ours that came to be late. None, when there is nothing."""
    for target in run.rotation.targets:
        if not target.mirror and (turn := emptied(run, target)):
            return turn
    return _late(run)


def _late(run: Run) -> Turn | None:
    """A key of ours that came to be after we had given it up."""
    rotation, world = run.rotation, run.world
    if world.minter is None or not world.marks:
        return None
    keys = [one.facts for one in world.beside(rotation.old)]
    known = rotation.snapshot | {rotation.new.key_id}
    ours = [key for key in keys if marked(rotation, key) and key.key_id not in known]
    late = next((key for key in ours if not placed(run, key)), None)
    if late is None:
        return None
    if late.last_used is not None or unsettled(run):
        why = f"{late.key_id} bears our mark, is not the one that we made live, and may be in use"
        return needs(run, Trouble.CANDIDATES, why)
    run.effect(Step.REMOVE, lambda _: world.revoke(late))
    return waits(run, f"{late.key_id}, which came to be late, is removed", at=run.now)


def _stands(run: Run) -> bool:
    """Whether the old key has neither been unmade nor come to its end; one that works past its date has not."""
    old = run.world.detail(run.rotation.old)
    if old is None or old.expires is None or old.expires > run.now:
        return old is not None
    said = tried(run)
    return said is not None and said.validity is Validity.VALID


def _kept(run: Run) -> bool:
    return any(target.state is PlaceState.LEFT for target in run.rotation.targets)


def _unmake(run: Run) -> Turn:
    rotation, world = run.rotation, run.world
    try:
        run.effect(Step.REVOKE, lambda _: world.revoke(rotation.old))
    except ProviderError as error:
        if not (error.permanent and world.sunsets):
            raise
        ends = run.now + _SUNSET
        run.effect(Step.SUNSET, lambda _: world.sunset(rotation.old, ends))
        return waits(run, f"{error}; it ends by itself {ends:%H:%M}", at=ends)
    if _stands(run):
        return waits(run, "the old key is revoked and still listed")
    return Turn(changes={"tries": 0}, detail="revoked")
