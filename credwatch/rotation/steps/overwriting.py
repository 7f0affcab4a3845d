"""A store that cannot compare and swap: what somebody wrote in the moment of a write of ours that got no answer."""

from __future__ import annotations

from credwatch.model.rotating import Phase, Step, Target, Trouble, Turn
from credwatch.rotation.run import Run, landing, needs, promoted
from credwatch.rotation.world import Seen


def went_live(run: Run, target: Target, now: Seen) -> Turn:
    """It holds the new key: by our doing, and over nobody's, or a person is told whose."""
    return stands_over(run, target, now, target.base_version, Step.PROMOTE) or promoted(run, target, now.version)


def stands_over(run: Run, target: Target, now: Seen, older: str, *steps: Step) -> Turn | None:
    """A stop that names the version of somebody's that our write stands over. None: there is none, or it was told."""
    if run.world.compares(target):
        return None
    asked = [entry for step in steps if (entry := run.journal.last(run.rotation, step, target.place)) is not None]
    last = max(asked, key=lambda entry: entry.seq, default=None)
    if last is None or last.phase in {Phase.DONE, Phase.FAILED}:
        return None
    chosen = run.journal.last(run.rotation, Step.CHOOSE)
    if chosen is not None and chosen.seq > last.seq:
        return None
    theirs = run.world.between(target, older, now)
    if not theirs:
        return None
    what = f"version {theirs[-1]} was written by somebody in the moment of a write of ours that got no answer"
    return needs(run, Trouble.STRANGER, f"{target.place}: {what}; version {now.version}, ours, stands over it")


def may_land(run: Run, target: Target, step: Step) -> Turn | None:
    """A wait, where a write of ours that got no answer would be carried out over whatever is there by then."""
    return None if run.world.compares(target) else landing(run, step, (target.place,))
