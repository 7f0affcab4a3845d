"""The ways out when a rotation needs a person: which there are for each trouble, as commands to paste."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from credwatch.model.rotating import PlaceState, Rotation, State, Target, Trouble
from credwatch.rotation.pasteable import word
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
    Trouble.REFUSED: (GO_ON, LEAVE_PLACE, ABORT),
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
    ABORT: "leave it: `credwatch abort cw-{id}`",
    ROLLBACK: "undo ours: `credwatch rollback cw-{id}`",
}
_OURS = "{key} is ours, delete it and go on: `credwatch resume cw-{id} --adopt {key}`"
_THEIRS = "{key} is not ours, never touch it: `credwatch resume cw-{id} --leave {key}`"
_FORWARD = "stay with the new key: `credwatch resume cw-{id}`"
_MOST = 3
"""Keys for which commands are shown."""


@dataclass(frozen=True)
class Outside:
    """What was seen outside when the choice was offered."""

    places: Sequence[Seen | None]
    """By target: what it holds; None: it cannot be read."""
    gone: bool = False
    """Whether the old key is gone from its vendor."""
    missing: Collection[str] = ()
    """The places that were deleted."""
    keys: Sequence[str] = ()
    """The ids of the keys that may be ours."""
    lost: bool = False
    """Whether the new key was live, and nobody has its value any more."""
    told: bool = False
    """Whether the old key may be gone by our doing, or by that of the person who was asked for it."""


def offers(rotation: Rotation, trouble: object, outside: Outside) -> Iterator[str]:
    """What can be chosen, one line each, with the places, versions and keys that are meant."""
    if not isinstance(trouble, Trouble):
        return
    yield "Choose one:"
    live = any(target.state is PlaceState.PROMOTED for target in rotation.targets)
    for offer in OFFERS[trouble]:
        if trouble is Trouble.REFUSED and offer == LEAVE_PLACE:
            yield from _missing(rotation, outside)
        elif offer in {OVERWRITE, LEAVE_PLACE}:
            yield from _places(rotation, offer, outside)
        elif offer in {ADOPT, LEAVE_KEY}:
            yield from _keys(rotation, offer, outside.keys)
        elif offer == GO_ON:
            yield (_FORWARD if trouble is Trouble.OLD_DEAD else _WORDS[GO_ON]).format(id=rotation.id)
        elif not _too_late(rotation, outside, live=live):
            yield _WORDS[ROLLBACK if live else ABORT].format(id=rotation.id)


def _too_late(rotation: Rotation, outside: Outside, *, live: bool) -> bool:
    """The old key is no more, or may be unmade by now, so there is no way back."""
    if rotation.turns and rotation.creates and not unturned(rotation):
        return True
    if live:
        return outside.told or outside.gone or rotation.replaces_dead
    return outside.told or (rotation.resumes or rotation.state) is State.REVOKING


def unturned(rotation: Rotation) -> bool:
    """Whether its store was told to make a new value, is not seen to have done it, and a person is asked."""
    return rotation.turns and rotation.resumes is State.CREATING


def _keys(rotation: Rotation, offer: str, keys: Sequence[str]) -> Iterator[str]:
    words = _OURS if offer == ADOPT else _THEIRS
    for key in keys[:_MOST] or ("KEY",):
        yield words.format(id=rotation.id, key=word(key))


def _places(rotation: Rotation, offer: str, outside: Outside) -> Iterator[str]:
    """For each place that holds what is neither ours nor the key before, and where there is no way back, that is not written."""
    for target, now in zip(rotation.targets, outside.places, strict=True):
        waits = outside.told and offer == LEAVE_PLACE and target.state in {PlaceState.WAITING, PlaceState.STAGED}
        if now is None or target.mirror or (now.fingerprint == expected(rotation, target) and not waits):
            continue  # what a controller writes is nobody's to choose
        if offer == OVERWRITE and not now.fingerprint:
            yield f"their change was a mistake: write the field that is gone from `{target.place}` again, with any value, and look again"
        elif offer == OVERWRITE and outside.lost:
            yield f"their change was a mistake: nobody has the new key's value any more, so leave `{target.place}` and rotate it anew"
        elif offer == OVERWRITE:
            command = f"credwatch resume cw-{rotation.id} --overwrite {word(f'{target.place}@{now.version}')}"
            yield f"their change was a mistake: `{command}`"
        else:
            command = f"credwatch resume cw-{rotation.id} --leave {word(target.place)}"
            yield f"{_stays(rotation, now)}: `{command}` ({_old(rotation, outside)})"


def _missing(rotation: Rotation, outside: Outside) -> Iterator[str]:
    """For each place that is not there any more."""
    for target in rotation.targets:
        if target.place in outside.missing:
            command = f"credwatch resume cw-{rotation.id} --leave {word(target.place)}"
            yield f"it was deleted for good: `{command}` ({_old(rotation, outside)})"


def expected(rotation: Rotation, target: Target) -> str:
    """The fingerprint of what it holds if nobody has written there."""
    return rotation.new_fp if target.state is PlaceState.PROMOTED else target.base_fp


def _stays(rotation: Rotation, now: Seen) -> str:
    """Where ours stands over theirs, theirs has to come back first."""
    over = bool(rotation.new_fp) and now.fingerprint == rotation.new_fp
    return "their change stays, and you put it back there first" if over else "their change stays"


def _old(rotation: Rotation, outside: Outside) -> str:
    """What that means for the old key."""
    if outside.gone:
        return "the old key is gone already"
    if outside.told:
        return "the old key was told to go already"
    at = rotation.resumes or rotation.state
    return "the old key is not asked to go any more" if at is State.REVOKING else "the old key is then kept"
