"""The ways out when a rotation needs a person: which there are for each trouble, as commands to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from credwatch.model import Validity
from credwatch.model.rotating import PlaceState, Rotation, State, Trouble
from credwatch.rotation.world import Seen

GO_ON, ADOPT, LEAVE_KEY, OVERWRITE, LEAVE_PLACE, ABORT, ROLLBACK = (
    *("", "adopt", "leave_key", "overwrite", "leave_place"),
    *("abort", "rollback"),
)

OFFERS: dict[Trouble, tuple[str, ...]] = {
    Trouble.CANDIDATES: (ADOPT, LEAVE_KEY, ABORT),
    Trouble.BYTES: (GO_ON, ABORT),
    Trouble.STRANGER: (OVERWRITE, LEAVE_PLACE, ROLLBACK),
    Trouble.LIMIT: (GO_ON, ABORT),
    Trouble.REFUSED: (GO_ON, ABORT),
    Trouble.SILENT: (GO_ON, ABORT),
    Trouble.HOOK: (GO_ON, ROLLBACK),
    Trouble.NEW_FAILS: (GO_ON, ROLLBACK),
    Trouble.OLD_DEAD: (GO_ON, ROLLBACK),
    Trouble.HELD: (GO_ON,),
    Trouble.RECOVERED: (GO_ON, ROLLBACK),
    Trouble.JOINED: (ABORT,),
}
"""By trouble. To go on is offered where something outside can be mended first; resume alone would meet the same conflict."""

_WORDS = {
    GO_ON: "go on, when it is mended: `credwatch resume cw-{id}`",
    ADOPT: "this one is ours: `credwatch resume cw-{id} --adopt KEY`",
    LEAVE_KEY: "this one is not ours, never touch it: `credwatch resume cw-{id} --leave KEY`",
    ABORT: "leave it: `credwatch abort cw-{id}`",
    ROLLBACK: "undo ours: `credwatch rollback cw-{id}`",
}

_FORWARD = "stay with the new key: `credwatch resume cw-{id}`"


def offers(rotation: Rotation, trouble: object, seen: Sequence[tuple[str, Validity, Seen | None]]) -> Iterator[str]:
    """What can be chosen, one line each, with the places and versions that are meant."""
    if not isinstance(trouble, Trouble):
        return
    yield "Choose one:"
    live = any(target.state is PlaceState.PROMOTED for target in rotation.targets)
    at = rotation.resumes or rotation.state
    for offer in OFFERS[trouble]:
        if offer in {OVERWRITE, LEAVE_PLACE}:
            yield from _places(rotation, offer, seen)
        elif offer not in {ABORT, ROLLBACK} or not (at is State.REVOKING or (rotation.turns and rotation.creates)):
            named = ROLLBACK if offer == ABORT and live else ABORT if offer == ROLLBACK and not live else offer
            forward = named == GO_ON and trouble is Trouble.OLD_DEAD
            yield (_FORWARD if forward else _WORDS[named]).format(id=rotation.id)


def _places(rotation: Rotation, offer: str, seen: Sequence[tuple[str, Validity, Seen | None]]) -> Iterator[str]:
    """For each place that holds what is neither ours nor the key before."""
    for target, (_, _, now) in zip(rotation.targets, seen, strict=True):
        expected = rotation.new_fp if target.state is PlaceState.PROMOTED else target.base_fp
        if now is None or now.fingerprint == expected:
            continue
        if offer == OVERWRITE:
            command = f"credwatch resume cw-{rotation.id} --overwrite {target.place}@{now.version}"
            yield f"their change was a mistake: `{command}`"
        else:
            command = f"credwatch resume cw-{rotation.id} --leave {target.place}"
            yield f"their change stays: `{command}` (the old key is then kept)"
