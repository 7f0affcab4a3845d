from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.alerts.channel import Posted
from credwatch.alerts.slack import SlackChannel
from credwatch.alerts.waiting import due
from credwatch.alerts.words import Words
from credwatch.sandbox.slack import Failure
from tests.alerts.world import World, ms


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """A channel whose process dies between the post and the mark; or before the post."""

    pause = 1.0

    def __init__(self, channel: SlackChannel, *, deaf: bool = False) -> None:
        self._channel, self._deaf = channel, deaf

    def __getattr__(self, name: str) -> object:
        return getattr(self._channel, name)

    def post(self, where: str, words: Words, message: str) -> Posted:
        if not self._deaf:
            self._channel.post(where, words, message)
        raise Killed


def test_a_page_goes_alone_to_the_pages_channel_and_calls_the_owners_group(world: World) -> None:
    world.page()

    world.deliver()

    assert world.texts("voice-oncall") == [
        'Page: Deepgram key "voice-prod" stops working in 3 days, Mon 23 Nov 08:30 UTC · <!subteam^S00000001>'
    ]
    assert world.states() == ["told"]


def test_of_an_account_the_owner_of_most_of_its_keys_is_called(world: World) -> None:
    for name, owner in (("c-0001", "platform"), ("c-0002", "voice"), ("c-0003", "voice")):
        world.credential(name, owner=owner)
    incident = world.incident("deepgram/p-1", "suspended", "account", id="cw-1", owner="platform")
    world.alert("suspended", "page", "deepgram/p-1", incident=incident, about="account", owner="platform")

    world.deliver()

    (message,) = world.slack.rooms["voice-oncall"].messages
    assert message.text.endswith(" · <!subteam^S00000001>")
    assert "Concerns 2 keys of voice, 1 key of platform." in str(message.blocks)


def test_what_was_told_is_not_told_again(world: World) -> None:
    world.page()

    world.deliver()
    world.deliver()

    assert len(world.texts("voice-oncall")) == 1


def test_a_kill_between_post_and_mark_leaves_one_message(world: World) -> None:
    world.page()

    with pytest.raises(Killed):
        world.deliver(Dying(world.channel()))  # type: ignore[arg-type]
    found = world.deliver()

    assert len(world.texts("voice-oncall")) == 1
    assert (found.sent, world.states()) == (1, ["told"])


def test_a_kill_before_the_post_leaves_one_message(world: World) -> None:
    world.page()

    with pytest.raises(Killed):
        world.deliver(Dying(world.channel(), deaf=True))  # type: ignore[arg-type]
    world.deliver()

    assert len(world.texts("voice-oncall")) == 1


@pytest.mark.parametrize("kind", ["server_error", "garbled"])
@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_that_leaves_it_open_is_looked_up_before_it_is_said_again(
    world: World,
    kind: str,
    taken: bool,  # noqa: FBT001  a parameter of the table
) -> None:
    world.page()
    world.slack.fail(Failure(kind, method="chat.postMessage", taken=taken))  # type: ignore[arg-type]

    world.deliver()

    assert len(world.texts("voice-oncall")) == 1
    assert world.states() == ["told"]


def test_silence_after_the_message_was_taken_leaves_one(world: World) -> None:
    world.page()
    world.slack.fail(Failure("silent", method="chat.postMessage", taken=True))

    world.deliver(world.channel(timeout=1))

    assert len(world.texts("voice-oncall")) == 1
    assert world.states() == ["told"]


def test_a_message_beyond_the_first_page_of_the_history_is_found(world: World) -> None:
    world.page()
    with pytest.raises(Killed):
        world.deliver(Dying(world.channel()))  # type: ignore[arg-type]
    for _ in range(250):
        world.channel().post("#voice-oncall", Words(("chatter",)), "another")

    world.deliver()

    assert sum(text.startswith("Page") for text in world.texts("voice-oncall")) == 1


def test_slack_is_given_the_time_that_it_asks_for(world: World) -> None:
    world.page()
    world.slack.fail(Failure("ratelimited", retry_after=7, method="chat.postMessage"))

    world.deliver()

    assert world.clock.waits == [7.0]
    assert len(world.texts("voice-oncall")) == 1


def test_more_time_than_a_minute_is_left_to_the_next_delivery(world: World) -> None:
    world.page()
    world.slack.fail(Failure("ratelimited", retry_after=600, method="chat.postMessage"))

    early = world.deliver()
    again = world.deliver()
    quiet = due(world.ledger, world.config.terms, world.clock.now())
    world.clock.at += timedelta(seconds=601)
    awake = due(world.ledger, world.config.terms, world.clock.now())
    late = world.deliver()

    assert (early.sent, again.sent, late.sent) == (0, 0, 1)
    assert (quiet, awake) == (False, True)


def test_while_a_channel_wants_time_nothing_else_is_sent_there(world: World) -> None:
    world.page("c-0001")
    world.page("c-0002")
    world.slack.fail(Failure("ratelimited", retry_after=600, method="chat.postMessage"))

    world.deliver()

    assert world.states() == ["bound", "queued"]


def test_a_time_that_was_set_in_what_is_now_the_future_counts_for_nothing(world: World) -> None:
    world.page()
    world.slack.fail(Failure("ratelimited", retry_after=600, method="chat.postMessage"))
    world.deliver()

    world.clock.at -= timedelta(days=400)
    world.deliver()

    assert world.states() == ["told"]


def test_a_channel_gets_one_message_a_second(world: World) -> None:
    for name in ("c-0001", "c-0002", "c-0003"):
        world.page(name)

    world.deliver()

    assert world.clock.waits == [1.0, 1.0]
    assert len(world.texts("voice-oncall")) == 3


def test_a_dead_token_keeps_every_alert_and_says_why(world: World) -> None:
    world.page()
    world.slack.token = "another"

    found = world.deliver()

    assert (found.sent, found.queued) == (0, 1)
    assert found.dead == "#voice-oncall: invalid_auth"
    assert world.states() == ["bound"]


def test_a_dead_channel_does_not_hold_up_another(world: World) -> None:
    world.page()
    world.line("c-0002")
    world.slack.rooms["voice-oncall"].archived = True

    found = world.deliver()

    assert found.dead == "#voice-oncall: is_archived"
    assert len(world.texts("voice-alerts")) == 1


def test_a_page_for_a_dead_channel_is_sent_once_it_lives_again(world: World) -> None:
    world.page()
    world.slack.rooms["voice-oncall"].archived = True
    world.deliver()

    world.slack.rooms["voice-oncall"].archived = False
    world.clock.at += timedelta(minutes=2)
    world.deliver()

    assert len(world.texts("voice-oncall")) == 1


def test_after_an_outage_only_what_is_still_true_is_sent(world: World) -> None:
    incident = world.page()
    world.slack.token = "another"
    world.deliver()

    world.slack.token = "xoxb-sandbox"
    world.end(incident)
    world.clock.at += timedelta(minutes=2)
    found = world.deliver()

    assert world.texts("voice-oncall") == []
    assert (found.dropped, world.states()) == (2, ["dropped", "dropped"])


def test_a_kill_in_the_middle_of_a_digest_leaves_one(world: World) -> None:
    world.line("c-0001")

    with pytest.raises(Killed):
        world.deliver(Dying(world.channel()))  # type: ignore[arg-type]
    world.deliver()

    assert len(world.texts("voice-alerts")) == 1


def test_alerts_of_a_sweep_that_is_not_closed_wait(world: World) -> None:
    world.page()
    world.change("sweep", "1", closed_at=None)

    assert not due(world.ledger, world.config.terms, world.clock.now())
    assert world.deliver().sent == 0


def test_what_is_snoozed_waits_until_then(world: World) -> None:
    incident = world.page()
    world.change("incident", incident, snoozed_until=ms(world.clock.at + timedelta(hours=2)))

    early = world.deliver().sent
    world.clock.at += timedelta(hours=2)

    assert (early, world.deliver().sent) == (0, 1)


def test_a_dry_run_shows_the_message_and_changes_nothing(world: World) -> None:
    world.page()
    before = world.rows("select * from outbox"), world.rows("select * from message")

    found = world.deliver(dry_run=True)

    assert found.shown[0].startswith('To #voice-oncall:\nPage: Deepgram key "voice-prod" stops working in 3 days')
    assert world.texts("voice-oncall") == []
    assert (world.rows("select * from outbox"), world.rows("select * from message")) == before


def test_a_stop_ends_the_delivery_before_the_next_message(world: World) -> None:
    world.page()
    world.stop.set()

    assert world.deliver().sent == 0


def test_a_hostile_name_mentions_nobody_and_formats_nothing(world: World) -> None:
    world.page()
    world.change(
        "credential", "c-7k2m", name="<!channel> *x* `rm`\n<http://e.example|ok>\u202e& ~gone~", impact="<!here>"
    )

    world.deliver()

    message = world.slack.rooms["voice-oncall"].messages[0]
    said = message.text + str(message.blocks)
    assert "<!channel>" not in said
    assert "<!here>" not in said
    assert "<http://e" not in said
    assert "\u202e" not in said
    assert "*x*" not in said
    assert message.text.count("\n") == 0
