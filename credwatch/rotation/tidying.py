"""What comes to be after the end: a create, or a write, that was given up and landed late."""

from __future__ import annotations

from datetime import timedelta

from credwatch.ledger.journal import Milestone
from credwatch.model import Facts
from credwatch.model.rotating import ENDED, State, Step
from credwatch.rotation.claiming import perhaps_ours, placed
from credwatch.rotation.run import Run, discarded, holds, marked, was_live

LATEST = timedelta(days=7)
"""For so long after its end a rotation is looked at once a day."""


def tidy(run: Run) -> list[str]:
    """Remove what bears a mark of this ended rotation: pending slots, and keys but its own new one. What was removed."""
    rotation, world = run.rotation, run.world
    if rotation.state not in ENDED:
        return []
    removed = [target.place for target in rotation.written if discarded(run, target)]
    if world.minter is None or not world.marks:
        return removed
    keys = [one.facts for one in world.beside(rotation.old)]
    kept = rotation.snapshot | ({rotation.new.key_id} if _stays(run) else set())
    late = [key for key in keys if marked(rotation, key) and key.key_id not in kept and key.last_used is None]
    late = [key for key in late if not placed(run, key)]
    return removed + [_removed(run, key) for key in late]


def wonder(run: Run) -> list[str]:
    """Tell of each key that this ended rotation may have made, and that nobody may delete unasked. Their ids."""
    found = perhaps_ours(run)
    for key in found:
        run.journal.tell(run.rotation, _perhaps(run, key), run.now)
    return [key.key_id or "" for key in found]


def _perhaps(run: Run, key: Facts) -> Milestone:
    command = f"credwatch resume cw-{run.rotation.id}"
    made = f" was made {key.created:%-d %b %H:%M} UTC" if key.created is not None else " was made"
    words = (
        f"{key.key_id}{made}, when a create of ours got no answer, and nobody uses it: perhaps ours."
        f" Ours, delete it: `{command} --adopt {key.key_id}` · not ours: `{command} --leave {key.key_id}`"
    )
    return Milestone(f"perhaps:{key.key_id}", words=words)


def _stays(run: Run) -> bool:
    """Whether its new key is in use: also one that was not to be, in a place that was left to a person.

    Where a person ended it here only, and it was live by then, somebody may use it that no place shows.
    """
    rotation = run.rotation
    if rotation.state is State.DONE or (rotation.state is State.ABORTED and was_live(rotation)):
        return True
    if not rotation.new_fp:
        return False
    return bool(run.journal.holders(rotation.new_fp)) or any(holds(run, target) for target in rotation.targets)


def _removed(run: Run, key: Facts) -> str:
    run.effect(Step.REMOVE, lambda _: run.world.revoke(key))
    return key.key_id or ""
