"""The first rotation of a kind waits for a person, who sees how its vendor makes a key: not one for which nobody made any."""

from __future__ import annotations

from datetime import timedelta

from credwatch.ledger.queries.naming import find
from credwatch.model import Facts, Minted, Revoke
from credwatch.model.rotating import State
from credwatch.rotation.planning import Order, plan
from credwatch.sandbox.keys import State as Condition
from credwatch.secrets import Secret
from tests.cli.rotating.test_due import AUTO, due
from tests.cli.rotating.yard import PROD, Yard


def test_one_for_which_a_person_made_the_key_does_not_count(bare: Yard) -> None:
    bare.configure(AUTO)
    bare.sweep()
    made = Minted(Facts(), {"key": Secret(bare.issue("by hand", days=10).value)})
    with bare.shop() as shop:
        (meant,) = find(shop.ledger, PROD)
        order = Order(meant.credential, "ana", grace=timedelta(0), revoke=Revoke.GRACE, paste=True)
        rotation = plan(shop.opened, shop.ledger, order, shop.journal.new_id(bare.clock.at), bare.clock.at)
        shop.go_on(shop.journal.begin(rotation, bare.clock.at), paste=lambda: made)
    bare.old.state = Condition.DELETED
    bare.later(minutes=1)
    bare.run("--quiet", "rotations", "revoke", bare.id)
    assert bare.state() is State.DONE
    bare.later(minutes=1)

    due(bare)

    assert (bare.state(), "the first rotation of a" in bare.rotation.reason) == (State.REJECTED, True)
