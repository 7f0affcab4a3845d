"""An old key that goes because the new one takes its place. No list shows it, so what came of it is seen by trying it."""

from __future__ import annotations

from credwatch.model import Validity
from credwatch.model.rotating import Phase, Step, Trouble, Turn
from credwatch.rotation.run import Run, landing, needs, waits
from credwatch.rotation.steps.proving import REFUSED, needed, tried

_ASK = (
    "no place has the old value any more, so it cannot be tried whether the new one took its place. "
    "If the vendor still shows a second one, promote it there; then go on"
)
_TAKEN = "it took the place of the old one, which no place has any more to try it"


def exchanged(run: Run) -> Turn | str:
    """What is seen of the old key, when it has gone. What may have been done is asked for again only when the old key is seen to work.

    By then a second key could be a person's, and would take the place of ours.
    """
    rotation = run.rotation
    last = run.journal.last(rotation, Step.REVOKE)
    if last is None or last.phase is Phase.FAILED:
        return needed(run) or _exchange(run)
    said = tried(run)
    if said is None:
        return _TAKEN if last.phase is Phase.DONE else needs(run, Trouble.SILENT, _ASK)
    if said.validity is Validity.INVALID:
        return REFUSED
    if said.validity is not Validity.VALID:
        return waits(run, f"cannot tell whether the old key is refused: {said.detail or said.reason}")
    if last.phase is Phase.DONE:
        return waits(run, "the new key took its place, and the old one still works")
    return landing(run, Step.REVOKE, ("",)) or needed(run) or _exchange(run)


def vouched(run: Run) -> None:
    """A person goes on: where no place can show any more whether it was done, their word counts for what was asked above."""
    last = run.journal.last(run.rotation, Step.REVOKE)
    if run.world.exchanges and last is not None and last.phase in {Phase.INTENT, Phase.UNKNOWN} and tried(run) is None:
        run.journal.outcome(last, Phase.DONE, "as a person says", run.now)


def _exchange(run: Run) -> Turn:
    run.effect(Step.REVOKE, lambda _: run.world.revoke(run.rotation.old))
    return Turn(changes={"tries": 0}, detail="revoked")
