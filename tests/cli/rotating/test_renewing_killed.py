"""A renewal whose process is killed."""

from __future__ import annotations

from itertools import count

import pytest

from credwatch.model.rotating import PlaceState, State
from tests.cli.rotating.stand import OWN_KEY, PLACE, Stand
from tests.cli.rotating.yard import Yard


@pytest.fixture
def stand(bare: Yard) -> Stand:
    return Stand(bare)


def test_what_was_printed_and_lost_is_asked_for_again(stand: Stand) -> None:
    """Killed between the answer and the first place: a certificate that was issued and lost harms nothing."""
    stand.yard.dies(PLACE, lambda turn: turn.to is State.CREATED)
    assert (stand.yard.state(), len(stand.runs)) == (State.CREATED, 1)

    for _ in range(3):
        stand.due(minutes=2)
    stand.due(days=2)

    assert (stand.yard.state(), len(stand.runs)) == (State.DONE, 2)
    assert all(one.state is PlaceState.PROMOTED for one in stand.yard.rotation.targets)


@pytest.mark.parametrize("turns", range(1, 11))
def test_killed_after_any_turn_the_next_process_goes_on(stand: Stand, turns: int) -> None:
    """Every state, and each place between them; both places hold what works at each of these moments."""
    taken = count(1)

    stand.yard.dies(PLACE, lambda _: next(taken) == turns)

    new = (stand.folder / "new.pem").read_text()
    fields, file = stand.held()
    assert {fields["cert"], file} <= {stand.old, new}
    for _ in range(3):
        stand.due(minutes=2)
    stand.due(days=2)

    assert stand.held() == ({"cert": new, "key": OWN_KEY, "OTHER": "kept"}, new)
    assert (stand.yard.state(), len(stand.runs) <= 2) == (State.DONE, True)
