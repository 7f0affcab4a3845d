"""How a rotation stands, in a few words. It loads nothing of rotations: `status` and `list` say it too."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from credwatch.cli.phrases import at
from credwatch.model.rotating import ENDED, State, Wish


class Stands(Protocol):
    """As much of a rotation as is said in a few words."""

    @property
    def state(self) -> State:
        """Where it stands."""

    @property
    def paused(self) -> bool:
        """Somebody holds it."""

    @property
    def confirmed_by(self) -> str:
        """Who said that the old key may go."""

    @property
    def wish(self) -> Wish | None:
        """What somebody wants instead: that it goes back."""

    @property
    def grace_until(self) -> datetime | None:
        """Until when both keys live."""


class Named(Stands, Protocol):
    """The same, with its name."""

    @property
    def id(self) -> str:
        """`cw-…`."""


def standing(rotation: Named, now: datetime) -> str:
    """`rotation cw-… grace until 21 Nov 07:44`."""
    return f"rotation {rotation.id} {stands(rotation, now)}"


def stands(rotation: Stands, now: datetime) -> str:
    """`grace until 21 Nov 07:44`, `stopped, a person must choose`."""
    back = rotation.wish is not None and rotation.state not in {*ENDED, State.NEEDS_OPERATOR}
    if rotation.paused and rotation.state not in ENDED:
        return f"paused ({'goes back' if back else words(rotation.state)})"
    if back:
        return "goes back"
    if rotation.state is State.GRACE and rotation.grace_until is not None:
        return f"grace until {at(rotation.grace_until, now)}"
    if rotation.state is State.NEEDS_OPERATOR:
        return "stopped, a person must choose"
    if rotation.state is State.CONFIRMING and not rotation.confirmed_by:
        return "asks whether the old key may go"
    return words(rotation.state)


def words(state: State) -> str:
    """A state as a sentence says it."""
    return {State.NEEDS_OPERATOR: "stopped", State.GRACE: "in grace"}.get(state, state.value.replace("_", " "))
