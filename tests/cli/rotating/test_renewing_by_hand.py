"""A certificate that a person renewed, and hands over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.ledger.queries.naming import find
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.pasting import pasted
from credwatch.rotation.planning import Order, Unplannable, plan
from credwatch.secrets import Secret
from tests.cli.rotating.stand import PLACE, Stand
from tests.cli.rotating.yard import Yard


@pytest.fixture
def stand(bare: Yard) -> Stand:
    return Stand(bare)


def pasted_by_hand(stand: Stand, text: str) -> Rotation:
    """As `rotate --paste`, with this at the prompt."""
    with stand.yard.shop() as shop:
        (meant,) = find(shop.ledger, PLACE)
        now = stand.yard.clock.now()
        order = Order(meant.credential, "ana", paste=True, grace=timedelta(0))
        rotation = plan(shop.opened, shop.ledger, order, shop.journal.new_id(now), now)
        minted = pasted(shop.run(rotation), {"certificate": Secret(text)})
        return shop.go_on(shop.journal.begin(rotation, now), paste=lambda: minted)


def test_a_person_hands_one_over_where_no_program_does_and_nobody_is_asked_to_revoke_the_old_one(stand: Stand) -> None:
    stand.configure(renewals="")
    new = stand.made(90)

    assert pasted_by_hand(stand, new).state is State.DONE
    assert (stand.held()[1], stand.runs) == (new, [])


def test_one_that_is_handed_over_is_checked_as_what_a_program_prints(stand: Stand) -> None:
    with pytest.raises(Unplannable) as refused:
        pasted_by_hand(stand, stand.made(5))

    assert str(refused.value).startswith("what was pasted is not taken: it ends on")
    assert stand.yard.rotations() == ()
