"""What is seen to be true of the old key: whether it may go at this moment, and whether it is refused."""

from __future__ import annotations

from dataclasses import replace

from credwatch.errors import ProviderError
from credwatch.model import ProbeResult, Reason, Validity
from credwatch.model.rotating import PlaceState, Rotation, State, Trouble, Turn
from credwatch.rotation.run import Run, needs, told_to_go, waits
from credwatch.rotation.steps.keeping import once_more, still_held
from credwatch.rotation.steps.promoting import works_everywhere

REFUSED = "the old one is refused"
_UNSURE = 6
"""So many fruitless tries of a key that its vendor lists no more; it is gone, whatever else cannot be told."""


def needed(run: Run) -> Turn | None:
    """None, when the old key may be switched off or unmade at this moment: the new one works, and no place holds the old."""
    if turn := works_everywhere(run):
        return _in_time(run, turn)
    if held := still_held(run):
        why = f"the old key is still held: {', '.join(held)}"
        return once_more(run, needs(run, Trouble.HELD, why, resumes=State.CONFIRMING))
    return None


def _in_time(run: Run, stop: Turn) -> Turn:
    """As long as the old key was not told to go there is a way back to it."""
    if stop.to is not State.NEEDS_OPERATOR or told_to_go(run):
        return stop
    return replace(stop, changes={**stop.changes, "resumes": State.CONFIRMING})


def tried(run: Run) -> ProbeResult | None:
    """What the vendor says of the old value, as a place held it before; None: no place has it any more."""
    for target in run.rotation.written:
        try:
            seen = run.world.former(target, target.base_version)
        except ProviderError as error:
            if error.reason is Reason.NOT_FOUND or error.permanent:
                continue
            raise
        if seen.fingerprint == run.rotation.old_fp:
            return run.world.try_(target, seen)
    return None


def refusal(run: Run) -> Turn | str:
    """What is seen of the old key that was revoked, in words; or a wait, until that can be told."""
    said = tried(run)
    gone = "gone from its vendor's list" if run.world.minter is not None else "revoked, as a person says"
    if said is None:
        return f"the old one is {gone}; no place has it any more to try it"
    if said.validity is Validity.INVALID:
        return REFUSED
    if said.validity is Validity.VALID:
        return waits(run, "the old key is revoked and still works")
    if run.rotation.tries >= _UNSURE and run.world.minter is not None:
        return f"the old one is {gone}; whether it is refused could not be told"
    return waits(run, f"the old key is revoked; cannot tell whether it is refused: {said.detail or said.reason}")


def kept(run: Run) -> str:
    """Why the old key is not revoked, and where it is held; or that somebody else has ended it."""
    places = [one.place for one in run.rotation.targets if one.state is PlaceState.LEFT]
    left = f"{', '.join(places)} {'was' if len(places) == 1 else 'were'} left to a person"
    world = run.world
    if world.minter is not None and not world.exchanges and world.detail(run.rotation.old) is None:
        return f"the old one is gone from its vendor's list, though {left}"
    if told_to_go(run):
        return f"the old one was told to go, though {left}"
    held = ", ".join(still_held(run))
    where = f"held in {held}" if held else "held in no place that we watch"
    return f"the old one is kept, because {left}; it is {where}"


def works(rotation: Rotation) -> str:
    """From where the new key was seen to work at the end."""
    if rotation.turns:
        return "its store made a new one"
    ours, all_ = len(rotation.written), len([one for one in rotation.targets if not one.mirror])
    return f"the new one works from {f'{ours} of {all_} places' if ours != all_ else 'every place'}"
