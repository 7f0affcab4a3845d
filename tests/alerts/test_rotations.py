"""One rotation is one message, with a line in its thread for each milestone; that a person is needed is one of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credwatch.alerts.planning import plan
from credwatch.alerts.routes import Routes
from credwatch.ledger.journal import Journal, Milestone
from credwatch.ledger.outbox import Message, Outbox
from credwatch.model import Facts, Level, Revoke
from credwatch.model.rotating import Rotation, State, Turn
from credwatch.sandbox.slack import Failure
from tests.alerts.world import World

HOUR = timedelta(hours=1)
NAME = "01M7VYAAAAAAAAAAAAAAAAAAAA"
MADE = Milestone("made", words="made b2")
LIVE = Milestone("live", words="live in 1 of 1 place")
DONE = Milestone("done", Level.RESOLVED, "the new key works from every place")
WHY = "Why: `vault:kv/a#KEY` was changed by somebody."
STOP = Milestone(
    State.NEEDS_OPERATOR.value, words="Nothing is broken. A person must choose", lines=(WHY, "Do: `credwatch abort`")
)


def begun(world: World, journal: Journal, **fields: Any) -> Rotation:
    given: dict[str, Any] = {"old": Facts(key_id="b1"), "reason": "3-day page", "requested_by": "luis", **fields}
    old = given.pop("old")
    plan = Rotation(NAME, "c-7k2m", "deepgram-api-key", "deepgram", old, "f1", State.PLANNED, (), **given)
    return journal.begin(plan, world.clock.at)


def told(world: World, journal: Journal, rotation: Rotation, to: State, *milestones: Milestone) -> Rotation:
    """It comes to this state a minute later, and is delivered."""
    world.clock.at += timedelta(minutes=1)
    changes = {"grace_until": world.clock.at + 24 * HOUR} if to is State.GRACE else {}
    rotation = journal.move(
        rotation, Turn(to, changes=changes, detail="ana: go on"), world.clock.at, milestones=milestones
    )
    world.deliver()
    return rotation


def in_thread(world: World, room: str = "credentials") -> list[str]:
    """The lines in the threads of a channel."""
    return [message.text for message in world.slack.rooms[room].messages if message.thread_ts is not None]


def test_all_of_it_is_one_message_with_a_line_for_each_milestone(world: World, journal: Journal) -> None:
    rotation = begun(world, journal)
    rotation = told(world, journal, rotation, State.CREATED, MADE)
    rotation = told(world, journal, rotation, State.PROMOTED, LIVE)
    rotation = told(world, journal, rotation, State.GRACE)
    told(world, journal, rotation, State.DONE, DONE)

    (first,) = world.texts("credentials")
    assert first.startswith('Rotation of Deepgram key "voice-prod" is complete: the new key works from every place (')
    assert in_thread(world) == ["live in 1 of 1 place", "the new key works from every place"]
    assert world.states() == ["told"] * 3
    assert world.texts("voice-oncall") == []


def test_the_message_says_what_was_done_what_comes_and_the_way_back(world: World, journal: Journal) -> None:
    rotation = told(world, journal, begun(world, journal), State.CREATED, MADE)
    rotation = told(world, journal, rotation, State.GRACE, LIVE)

    (shown,) = world.rows("select id from message where kind = 'post'")
    posted = str(world.slack.rooms["credentials"].messages[0])
    assert len(shown) == 1
    for part in (
        "the new key is live; the old one is kept until",
        "Done: made b2",
        "live in 1 of 1 place",
        "it asks here before the old key is revoked",
        f"credwatch rollback cw-{NAME}",
        "asked for by luis",
        "3-day page",
    ):
        assert part in posted


def test_what_waited_while_nothing_could_be_sent_is_one_message(world: World, journal: Journal) -> None:
    rotation = journal.move(begun(world, journal), Turn(State.CREATED), world.clock.at, milestones=[MADE])
    journal.move(rotation, Turn(State.DONE), world.clock.at, milestones=[LIVE, DONE])

    delivered = world.deliver()

    assert (delivered.sent, len(world.texts("credentials")), world.states()) == (1, 1, ["told"] * 3)


def test_a_line_waits_until_the_message_stands_and_nothing_is_left_out(world: World, journal: Journal) -> None:
    world.slack.fail(Failure("ratelimited", retry_after=600, method="chat.postMessage"))
    rotation = journal.move(begun(world, journal), Turn(State.CREATED), world.clock.at, milestones=[MADE])
    told(world, journal, rotation, State.STAGED, Milestone("stored", words="stored"))
    rotation = told(world, journal, journal.one(NAME), State.PROMOTED, LIVE)
    before = world.texts("credentials")
    world.clock.at += timedelta(minutes=15)

    world.deliver()

    assert (before, len(world.texts("credentials")), in_thread(world)) == ([], 1, ["live in 1 of 1 place"])
    assert world.states() == ["told"] * 3


def test_a_milestone_is_told_once(world: World, journal: Journal) -> None:
    rotation = told(world, journal, begun(world, journal), State.CREATED, MADE)
    told(world, journal, rotation, State.STAGED, MADE)

    assert (len(world.texts("credentials")), in_thread(world)) == (1, [])


def test_that_a_person_is_needed_is_a_message_of_its_own_where_pages_go(world: World, journal: Journal) -> None:
    rotation = told(world, journal, begun(world, journal), State.CREATED, MADE)
    told(world, journal, rotation, State.NEEDS_OPERATOR, STOP)

    (stop,) = world.slack.rooms["voice-oncall"].messages
    assert stop.text.partition(" · ")[::2] == (
        'Stopped: rotation of Deepgram key "voice-prod". Nothing is broken. A person must choose',
        "<!subteam^S00000001>",
    )
    assert "`vault:kv/a#KEY` was changed by somebody" in str(stop)
    assert in_thread(world) == ["stopped: a person must choose"]


def test_when_it_goes_on_that_is_said_where_it_was_told(world: World, journal: Journal) -> None:
    rotation = told(world, journal, begun(world, journal), State.CREATED, MADE)
    rotation = told(world, journal, rotation, State.NEEDS_OPERATOR, STOP)
    told(world, journal, rotation, State.CREATED)

    (first,) = world.texts("voice-oncall")
    assert first.startswith('Resolved: rotation of Deepgram key "voice-prod" waits for nobody any more')
    assert in_thread(world, "voice-oncall") == [first]
    assert in_thread(world) == ["stopped: a person must choose", "it goes on"]


def test_every_stop_is_told(world: World, journal: Journal) -> None:
    rotation = begun(world, journal)
    for state, milestones in [(State.NEEDS_OPERATOR, [STOP]), (State.CREATED, [])] * 2:
        rotation = told(world, journal, rotation, state, *milestones)

    assert [text.partition(":")[0] for text in world.texts("voice-oncall")] == ["Resolved"] * 2


def test_a_stop_that_was_over_before_it_was_told_is_not_told(world: World, journal: Journal) -> None:
    rotation = journal.move(begun(world, journal), Turn(State.NEEDS_OPERATOR), world.clock.at, milestones=[STOP])
    journal.move(rotation, Turn(State.PLANNED), world.clock.at)

    world.deliver()

    assert (world.texts("voice-oncall"), world.texts("credentials")) == ([], [])
    assert world.states() == ["dropped", "dropped"]


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (State.CREATED, "credwatch abort"),
        (State.PROMOTED, "credwatch rollback"),
        (State.CONFIRMING, "credwatch rotations revoke"),
        (State.NEEDS_OPERATOR, "credwatch rotations show"),
        (State.REVOKING, ""),
        (State.DONE, ""),
    ],
)
def test_the_command_that_applies_is_there_to_paste(world: World, journal: Journal, state: State, command: str) -> None:
    told(world, journal, begun(world, journal), state, Milestone("x", words="something happened"))

    posted = str(world.slack.rooms["credentials"].messages[0].blocks)
    assert (f"`{command} cw-{NAME}`" in posted) is bool(command)
    assert ("credwatch " in posted) is bool(command)


@pytest.mark.parametrize(
    ("state", "words", "line"),
    [
        (State.REJECTED, "not begun: rotations are frozen", "Not begun: rotations are frozen."),
        (State.ABORTED, "aborted: the store refuses", "Aborted: the store refuses."),
        (State.ROLLED_BACK, "rolled back: it is b1 again", "Rolled back: it is b1 again."),
    ],
)
def test_why_it_ended_otherwise_stands_alone_and_is_not_called_done(
    world: World, journal: Journal, state: State, words: str, line: str
) -> None:
    rotation = told(world, journal, begun(world, journal), State.CREATED, MADE)
    told(world, journal, rotation, state, Milestone(state.value, Level.RESOLVED, words))

    posted = str(world.slack.rooms["credentials"].messages[0].blocks)
    assert line in posted
    assert posted.count(words[4:]) == 1
    assert "Done: made b2" in posted


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "not begun: it waits for a person: credwatch rotate v:a",
            "Not begun: it waits for a person: `credwatch rotate v:a`",
        ),
        ("not begun: all are paused: 3. credwatch unpause", "Not begun: all are paused: 3. `credwatch unpause`"),
        (
            "not begun: see to it: `credwatch rotations show cw-1`",
            "Not begun: see to it: `credwatch rotations show cw-1`",
        ),
    ],
)
def test_a_command_at_the_end_of_why_is_there_to_paste_as_it_is(
    world: World, journal: Journal, words: str, line: str
) -> None:
    rotation = begun(world, journal, automatic=True)
    told(world, journal, rotation, State.REJECTED, Milestone("rejected", Level.RESOLVED, words))

    posted = str(world.slack.rooms["credentials"].messages[0].blocks)
    assert line in posted
    assert f"{line}." not in posted
    assert "begun by rule" not in posted


def test_a_thread_that_does_not_stand_yet_is_not_answered_in(world: World, journal: Journal) -> None:
    journal.move(begun(world, journal), Turn(State.CREATED), world.clock.at, milestones=[MADE])
    outbox, routes = Outbox(world.ledger), Routes(world.config.terms)
    thread = Message("m-1", "post", "#credentials", "sending", world.clock.at, incident_id=f"cw-{NAME}")
    sent = [
        [send.kind for send in plan(outbox.waiting(), {f"cw-{NAME}": known}, (), (), routes, world.clock.at).sends]
        for known in ([], [thread], [replace(thread, state="sent", channel_id="C1", ts="1")])
    ]

    assert sent == [["post"], [], ["reply"]]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("revoke", list(Revoke))
def test_every_state_has_words(world: World, journal: Journal, state: State, revoke: Revoke) -> None:
    rotation = begun(world, journal, revoke=revoke, automatic=True, paused=True)
    told(world, journal, rotation, state, Milestone("x", words="something happened"))

    (text,) = world.texts("credentials")
    assert text.startswith('Rotation of Deepgram key "voice-prod"')
    assert len(text) <= 120


def test_a_key_that_the_ledger_does_not_know_is_called_by_its_kind(world: World, journal: Journal) -> None:
    plan = Rotation(NAME, "c-none", "deepgram-api-key", "", Facts(), "f1", State.PLANNED, ())
    told(world, journal, journal.begin(plan, world.clock.at), State.CREATED, MADE)

    assert world.texts("credentials") == ["Rotation of deepgram-api-key: its places hold the old key still"]


def test_names_that_strangers_gave_are_escaped(world: World, journal: Journal) -> None:
    world.change("credential", "c-7k2m", name="<!channel> *x*")
    told(world, journal, begun(world, journal, requested_by="<@U1>"), State.CREATED, Milestone("made", words="<!here>"))

    posted = str(world.slack.rooms["credentials"].messages[0])
    assert [mark for mark in ("<!channel>", "<!here>", "<@U1>") if mark in posted] == []
