"""A stop that nobody has answered is said again after a day: in its message, and in one line of its thread."""

from __future__ import annotations

import pytest

from credwatch.ledger.queries.rotating import waiting
from credwatch.model.rotating import State, Trouble, Turn
from credwatch.sandbox.keys import State as Condition
from credwatch.sandbox.story.reading import Heard, Reader
from tests.cli.rotating.test_what_is_told import message, somebody_writes, stopped
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, PROD, Yard

ONCALL = "#voice-oncall"


@pytest.fixture
def stop(yard: Yard) -> Yard:
    """Somebody wrote a place in the middle of a rotation, and it was told."""
    stopped(yard, somebody_writes)
    return yard


def a_day(yard: Yard, hours: float = 24) -> int:
    """One turn of the daemon so much later, and what is sent after it."""
    yard.later(hours=hours)
    code = yard.run("--quiet", "rotate", "--due")
    yard.run("--quiet", "deliver")
    return code


def lines(yard: Yard) -> list[Heard]:
    """What stands in the thread of the stop."""
    return [one for one in Reader(yard.scene.slack).news() if one.channel == ONCALL and one.how == "reply"]


def due(yard: Yard) -> bool:
    with yard.ledger() as ledger:
        return waiting(ledger, yard.clock.at)


def test_after_a_day_it_is_one_line_in_the_thread_and_nobody_is_called_again(stop: Yard) -> None:
    before = (due(stop), a_day(stop, hours=23.9), len(lines(stop)))
    now = (due(stop), a_day(stop, hours=0.2), len(lines(stop)))

    assert (before, now) == ((False, 0, 0), (False, 0, 1))
    (line,) = lines(stop)
    assert line.lines[0] == 'Still stopped: rotation of Deepgram key "voice-prod", since Fri 20 Nov 16:41 UTC'
    assert line.lines[1].endswith(f"A person must choose: `credwatch rotations show {stop.id}`")
    assert "@voice-oncall" not in str(line.lines)


def test_the_daemon_is_told_that_there_is_something_to_say(stop: Yard) -> None:
    stop.later(hours=24, minutes=1)

    assert due(stop)


def test_every_day_once_however_often_it_is_looked(stop: Yard) -> None:
    counts = []
    for hours in (24, 1, 1, 22.1, 24):
        a_day(stop, hours)
        counts.append(len(lines(stop)))

    assert counts == [1, 1, 1, 2, 3]


def test_the_message_shows_what_is_true_by_then_and_so_does_the_evidence(
    stop: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    stop.put("prod", stop.issue("theirs again"))
    a_day(stop)
    capsys.readouterr()
    stop.run("rotations", "show", stop.id)

    command = f"`credwatch resume {stop.id} --overwrite {PROD}@3`"
    said = message(stop, ONCALL)
    assert any(command in line for line in said)
    assert said[0].startswith("Stopped: rotation of")
    assert command in capsys.readouterr().out


def test_a_place_that_is_refused_by_then_is_said_and_calls_nobody_again(stop: Yard) -> None:
    theirs = stop.issue("dead")
    theirs.state = Condition.DELETED
    stop.put("prod", theirs)
    a_day(stop)

    assert "A key that is in use is refused" in message(stop, ONCALL)[0]
    assert [one.how for one in Reader(stop.scene.slack).news() if one.channel == ONCALL] == ["post", "reply"]


@pytest.mark.parametrize("words", [("pause",), ("resume", "--overwrite", f"{PROD}@2")])
def test_who_has_answered_is_not_reminded(stop: Yard, words: tuple[str, ...]) -> None:
    stop.run("--quiet", words[0], stop.id, *words[1:])
    stop.run("--quiet", "deliver")
    before = len(lines(stop))
    a_day(stop)

    assert [one.lines[0] for one in lines(stop)[before:]] == []


def test_what_cannot_be_looked_at_is_said_with_the_choices_of_before(stop: Yard) -> None:
    before = message(stop, ONCALL)
    table, identities = CONFIGURATION.index("[providers.deepgram]"), CONFIGURATION.index("[rotate.identities]")
    without = CONFIGURATION[:table] + CONFIGURATION[identities:].replace("deepgram =", "# deepgram =")
    stop.configure(CONSUMER, base=without)
    a_day(stop)
    said = message(stop, ONCALL)

    assert "It cannot be looked at now" in said[0]
    assert said[1:-1] == before[1:-1]


def test_the_second_stop_of_a_rotation_is_a_message_of_its_own_though_the_first_was_reminded_of(stop: Yard) -> None:
    a_day(stop)
    stop.run("--quiet", "resume", stop.id, "--overwrite", f"{PROD}@2")
    stop.run("--quiet", "deliver")
    somebody_writes(stop)
    a_day(stop, hours=1)

    posts = [one.lines[0] for one in Reader(stop.scene.slack).news() if one.channel == ONCALL and one.how == "post"]
    assert [post.partition(":")[0] for post in posts] == ["Resolved", "Stopped"]


def test_a_stop_of_which_nothing_could_be_told_is_told_a_day_later(yard: Yard) -> None:
    with yard.shop() as shop:
        rotation = yard.begun(shop)
        why = {"trouble": Trouble.RECOVERED, "resumes": State.CREATED, "reason": "the ledger that knew it was lost"}
        shop.journal.move(rotation, Turn(State.NEEDS_OPERATOR, changes=why), yard.clock.now())

    a_day(yard, hours=24.1)

    assert message(yard, ONCALL)[0].startswith("Stopped: rotation of")
