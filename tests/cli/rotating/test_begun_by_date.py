"""When a rule begins: so long before the date as it says, in the last third of a short life, and past a date that nobody keeps."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from credwatch.assess.clocks import ahead
from credwatch.ledger.queries.naming import find
from credwatch.ledger.rotating import BEGINS
from credwatch.ledger.times import stored
from credwatch.model.rotating import State, Turn
from credwatch.rotation.planning import Order, plan
from credwatch.rotation.working import Workshop
from credwatch.sandbox.keys import State as Condition
from tests.cli.rotating.test_due import AUTO, due, of_prod
from tests.cli.rotating.yard import STAGING, Yard

DAY = timedelta(days=1)
SHORT = "vault-prod:kv/voice/short#DEEPGRAM_API_KEY"


@pytest.fixture
def ruled(bare: Yard) -> Yard:
    """A rule says auto, 21 days before; the first of the kind was attended."""
    bare.configure(AUTO)
    bare.put("staging", bare.issue("staging", days=60))
    bare.sweep()
    bare.run("--quiet", "rotate", STAGING, "--yes", "--compromised")
    bare.later(minutes=1)
    return bare


@pytest.mark.parametrize(
    ("rotate_at", "life", "begins"),
    [(21, 90, 21), (21, 31.5, 21), (21, 31.4, 31.4 / 3), (21, 14, 14 / 3), (21, 1, 1 / 3), (5, 14, 5), (60, 90, 60), (61, 90, 30)],
)  # fmt: skip
def test_what_does_not_fit_a_life_begins_in_its_last_third(rotate_at: float, life: float, begins: float) -> None:
    query = f"select {BEGINS} from (select json_object('rotate_at', ?) as said) p, (select ? as life) k"  # noqa: S608  a constant
    with sqlite3.connect(":memory:") as db:
        (found,) = db.execute(query, (stored(rotate_at * DAY), stored(life * DAY))).fetchone()

    assert ahead(rotate_at * DAY, life * DAY) == begins * DAY
    assert found == stored(begins * DAY)


def test_a_key_that_lives_for_two_weeks_is_not_replaced_from_its_first_day(
    ruled: Yard,
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = []
    key = ruled.scene.deepgram.issue("short", "p-1", expires=ruled.clock.at + 14 * DAY)
    ruled.put("short", key)
    for days in (0, 9.2, 0.2):
        ruled.later(days=days)
        due(ruled)
        begun.append(sum(one.targets[0].place == SHORT for one in ruled.rotations()))
        ruled.run("show", SHORT)

    assert begun == [0, 0, 1]
    assert "next: 30 Nov rotation" in capsys.readouterr().out


def test_a_key_that_works_past_its_date_is_replaced_and_let_go(ruled: Yard) -> None:
    ruled.old.state = Condition.LIMITED  # its vendor does not keep its own date
    ruled.later(days=31)
    due(ruled)
    after = of_prod(ruled)
    ruled.later(hours=25)
    due(ruled)

    assert (after, of_prod(ruled)) == ([State.GRACE], [State.DONE])
    assert ruled.old.value not in ruled.alive()


def test_a_key_that_is_refused_past_its_date_is_left_to_a_person(ruled: Yard) -> None:
    ruled.later(days=31)
    for _ in range(2):
        ruled.run("--quiet", "sweep")
        ruled.later(minutes=10)
    ruled.run("--quiet", "rotate", "--due")

    assert of_prod(ruled) == []


def test_what_nobody_but_a_refusal_ended_is_begun_again_a_day_later_while_its_key_still_lives(ruled: Yard) -> None:
    ruled.configure(AUTO.replace("voice/*", "voice/short", 1))
    ruled.put("short", ruled.scene.deepgram.issue("short", "p-1", expires=ruled.clock.at + 14 * DAY))
    ruled.later(days=9.4)
    ruled.sweep()
    with ruled.shop() as shop:
        rotation = plan(shop.opened, shop.ledger, order(shop), shop.journal.new_id(ruled.clock.at), ruled.clock.at)
        shop.journal.move(
            shop.journal.begin(rotation, ruled.clock.at), Turn(State.ABORTED, detail="refused"), ruled.clock.at
        )
    states = []
    for days in (0.9, 0.2):
        ruled.later(days=days)
        due(ruled)
        states.append([one.state for one in ruled.rotations() if one.targets[0].place == SHORT])

    assert states == [[State.ABORTED], [State.GRACE, State.ABORTED]]


def order(shop: Workshop) -> Order:
    """As a rule orders it."""
    (meant,) = find(shop.ledger, SHORT)
    return Order(meant.credential, "credwatch", automatic=True)
