"""What a rotation's message says of keys that others have to see to: one that may be ours, and an old one that ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.ledger.journal import Journal, Milestone
from credwatch.model import NEVER, Facts, Level, Revoke
from credwatch.model.rotating import State
from tests.alerts.test_rotations import DONE, LIVE, MADE, begun, in_thread, told
from tests.alerts.world import World


def test_a_key_that_may_be_ours_stands_in_the_message_until_somebody_says_whose_it_is(
    world: World, journal: Journal
) -> None:
    rotation = told(world, journal, begun(world, journal), State.CREATED, MADE)
    rotation = told(world, journal, rotation, State.DONE, DONE)
    found = Milestone("perhaps:AK1", words="AK1 is perhaps ours. Ours: `credwatch resume cw-x --adopt AK1`")
    journal.tell(rotation, found, world.clock.at)
    world.deliver()
    (asked,) = (str(one) for one in world.slack.rooms["credentials"].messages if one.thread_ts is None)
    journal.tell(rotation, Milestone("claimed:AK1", Level.RESOLVED, "AK1 stays (ana)"), world.clock.at)
    world.deliver()
    (answered,) = (str(one) for one in world.slack.rooms["credentials"].messages if one.thread_ts is None)

    assert ("AK1 is perhaps ours" in asked, "AK1 is perhaps ours" in answered) == (True, False)
    assert "is complete" in asked
    assert in_thread(world)[-2:] == [
        "AK1 is perhaps ours. Ours: 'credwatch resume cw-x --adopt AK1'",
        "AK1 stays (ana)",
    ]


@pytest.mark.parametrize(
    ("ends", "revoke", "said"),
    [
        (timedelta(days=3), Revoke.ASK, True),
        (timedelta(days=3), Revoke.PROVED, True),
        (timedelta(days=3), Revoke.GRACE, False),
        (None, Revoke.ASK, False),
    ],
)
@pytest.mark.parametrize("state", [State.GRACE, State.CONFIRMING])
def test_when_nobody_answers_an_old_key_that_has_an_end_goes_by_itself(
    world: World,
    journal: Journal,
    state: State,
    ends: timedelta | None,
    revoke: Revoke,
    said: bool,  # noqa: FBT001  a row
) -> None:
    old = Facts(key_id="b1", expires=world.clock.at + ends if ends is not None else NEVER)
    told(world, journal, begun(world, journal, old=old, revoke=revoke), state, LIVE)

    posted = str(world.slack.rooms["credentials"].messages[0])
    assert ("If nobody answers, it ends by itself" in posted) is said
