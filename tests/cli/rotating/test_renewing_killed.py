"""A renewal whose process is killed."""

from __future__ import annotations

import pytest

from credwatch.ledger.queries.naming import find
from credwatch.model.rotating import PlaceState, Rotation, State, Turn
from credwatch.rotation.planning import Order, plan
from tests.cli.rotating.stand import OWN_KEY, PLACE, Stand
from tests.cli.rotating.yard import Yard


class KilledError(Exception):
    """The process is gone."""


def killed(_: Rotation, turn: Turn) -> None:
    if turn.to is State.CREATED:
        raise KilledError


@pytest.fixture
def stand(bare: Yard) -> Stand:
    return Stand(bare)


def test_what_was_printed_and_lost_is_asked_for_again(stand: Stand) -> None:
    """Killed between the answer and the first place: a certificate that was issued and lost harms nothing."""
    with stand.yard.shop() as shop:
        (meant,) = find(shop.ledger, PLACE)
        now = stand.yard.clock.now()
        rotation = plan(shop.opened, shop.ledger, Order(meant.credential, "ana"), shop.journal.new_id(now), now)
        with pytest.raises(KilledError):
            shop.go_on(shop.journal.begin(rotation, now), said=killed)
    assert (stand.yard.state(), len(stand.runs)) == (State.CREATED, 1)

    for _ in range(3):
        stand.due(minutes=2)
    stand.due(days=2)

    assert (stand.yard.state(), len(stand.runs)) == (State.DONE, 2)
    assert all(one.state is PlaceState.PROMOTED for one in stand.yard.rotation.targets)


@pytest.mark.parametrize("turns", range(1, 11))
def test_killed_after_any_turn_the_next_process_goes_on(stand: Stand, turns: int) -> None:
    """Every state, and each place between them; both places hold what works at each of these moments."""
    left = [turns]

    def after(_: Rotation, __: Turn) -> None:
        left[0] -= 1
        if not left[0]:
            raise KilledError

    with stand.yard.shop() as shop:
        (meant,) = find(shop.ledger, PLACE)
        now = stand.yard.clock.now()
        rotation = plan(shop.opened, shop.ledger, Order(meant.credential, "ana"), shop.journal.new_id(now), now)
        with pytest.raises(KilledError):
            shop.go_on(shop.journal.begin(rotation, now), said=after)
    new = (stand.folder / "new.pem").read_text()
    fields, file = stand.held()
    assert {fields["cert"], file} <= {stand.old, new}
    for _ in range(3):
        stand.due(minutes=2)
    stand.due(days=2)

    assert stand.held() == ({"cert": new, "key": OWN_KEY, "OTHER": "kept"}, new)
    assert (stand.yard.state(), len(stand.runs) <= 2) == (State.DONE, True)
