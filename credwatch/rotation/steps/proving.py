"""What is seen to be true of the old key: whether it may go at this moment, and whether it is refused."""

from __future__ import annotations

from credwatch.errors import ProviderError
from credwatch.model import ProbeResult, Reason, Validity
from credwatch.model.rotating import State, Trouble, Turn
from credwatch.rotation.run import Run, needs, waits
from credwatch.rotation.steps.keeping import still_held
from credwatch.rotation.steps.promoting import works_everywhere

_UNSURE = 6
"""So many fruitless tries of a key that its vendor lists no more; it is gone, whatever else cannot be told."""


def needed(run: Run) -> Turn | None:
    """None, when the old key may be switched off or unmade at this moment: the new one works, and no place holds the old."""
    if turn := works_everywhere(run):
        return turn
    if held := still_held(run):
        return needs(run, Trouble.HELD, f"the old key is still held: {', '.join(held)}", resumes=State.CONFIRMING)
    return None


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


def not_refused(run: Run) -> Turn | None:
    """None, when the vendor refuses the old value, or nobody has it any more to try it."""
    said = tried(run)
    if said is None or said.validity is Validity.INVALID:
        return None
    if said.validity is Validity.VALID:
        return waits(run, "the old key is revoked and still works")
    if run.rotation.tries >= _UNSURE and run.world.minter is not None:
        return None
    return waits(run, f"the old key is revoked; cannot tell whether it is refused: {said.detail or said.reason}")
