"""A key that only a person can make, and only a person can revoke."""

from __future__ import annotations

from datetime import timedelta

from credwatch.ledger.queries.naming import find
from credwatch.model import Revoke
from credwatch.model.rotating import State
from credwatch.rotation.pasting import pasted
from credwatch.rotation.planning import Order, plan
from credwatch.sandbox.keys import State as Condition
from credwatch.sandbox.story.reading import Reader
from credwatch.secrets import Secret
from tests.cli.rotating.yard import PROD, Yard


def by_hand(yard: Yard) -> None:
    """A pasted key is live, and its rule says that the old one goes by time."""
    made = yard.issue("made by hand")
    with yard.shop() as shop:
        (meant,) = find(shop.ledger, PROD)
        now = yard.clock.now()
        order = Order(meant.credential, "ana", paste=True, grace=timedelta(0), revoke=Revoke.GRACE)
        rotation = plan(shop.opened, shop.ledger, order, shop.journal.new_id(now), now)
        minted = pasted(shop.run(rotation), {"key": Secret(made.value)})
        shop.go_on(shop.journal.begin(rotation, now), paste=lambda: minted)


def test_the_message_names_the_command_that_helps_and_it_does(yard: Yard) -> None:
    by_hand(yard)
    assert yard.state() is State.NEEDS_OPERATOR
    yard.run("--quiet", "deliver")
    (stop,) = (one.lines for one in Reader(yard.scene.slack).news() if one.channel == "#voice-oncall")
    way = f"rotations revoke {yard.id}"

    assert f"When it is revoked at its vendor: `credwatch {way}`" in stop[1]
    yard.old.state = Condition.DELETED
    assert yard.run("--quiet", *way.split()) == 0
    assert yard.state() is State.DONE
