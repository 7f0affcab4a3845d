"""On the way back somebody's own key is found in a place: overwritten by choice, the place gets its former key again."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import PlaceState, State, Trouble
from credwatch.rotation.choosing import Choice, resume
from tests.cli.rotating.yard import PROD, Yard


@pytest.fixture
def theirs(yard: Yard) -> Yard:
    """It stopped on its way back, for a place holds a key of somebody's by then."""
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.put("prod", yard.issue("theirs"))
    yard.run("--quiet", "rollback", yard.id)
    assert (yard.state(), yard.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.STRANGER)
    return yard


def ends(yard: Yard) -> State:
    yard.later(hours=25)
    yard.run("--quiet", "rotate", "--due")
    return yard.state()


def test_what_may_be_lost_gives_way_to_the_former_key(theirs: Yard) -> None:
    assert theirs.run("--quiet", "resume", theirs.id, "--overwrite", f"{PROD}@3") == 0

    assert (theirs.held("prod"), theirs.held("eu")) == (theirs.old.value, theirs.old.value)
    assert (ends(theirs), theirs.held("prod")) == (State.ROLLED_BACK, theirs.old.value)


def test_what_is_written_after_the_choice_is_not_lost_with_it(theirs: Yard) -> None:
    later = theirs.issue("later")

    with theirs.shop() as shop:
        with shop.alone(shop.journal.one(theirs.id)) as rotation:
            chosen = resume(shop.run(rotation), Choice(overwrite=f"{PROD}@3"), "ana")
        theirs.put("prod", later)
        stopped = shop.go_on(chosen)

    assert (theirs.held("prod"), stopped.trouble) == (later.value, Trouble.STRANGER)


def test_what_stays_is_left(theirs: Yard) -> None:
    before = theirs.held("prod")

    assert theirs.run("--quiet", "resume", theirs.id, "--leave", PROD) == 0

    assert (ends(theirs), theirs.held("prod")) == (State.ROLLED_BACK, before)
    assert [one.state for one in theirs.rotation.targets] == [PlaceState.REVERTED, PlaceState.LEFT]
