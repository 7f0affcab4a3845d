from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.alerts.waiting import due
from credwatch.sandbox.slack import Failure
from tests.alerts.world import CONFIG, World, configured, ms


def test_the_next_step_is_a_reply_and_the_first_message_shows_the_present_state(world: World) -> None:
    incident = world.page()
    world.deliver()

    world.clock.at += timedelta(days=2)
    world.alert("expiring", "page", "c-7k2m", incident=incident)
    world.deliver()

    first = 'Page: Deepgram key "voice-prod" stops working in 24 hours, Mon 23 Nov 08:30 UTC'
    assert world.texts("voice-oncall") == [first]
    assert world.slack.rooms["voice-oncall"].thread(first) == [f"{first} · <!subteam^S00000001>"]


def test_the_all_clear_edits_the_page_and_is_one_line_in_its_thread(world: World) -> None:
    incident = world.page(step="refused")
    world.refuse("c-7k2m")
    world.deliver()

    world.clock.at += timedelta(minutes=28)
    world.end(incident)
    world.deliver()

    resolved = 'Resolved 08:58 UTC: Deepgram key "voice-prod" works again (after at most 48 minutes)'
    room = world.slack.rooms["voice-oncall"]
    assert room.texts() == [resolved]
    assert room.messages[0].blocks[0]["text"]["text"].startswith("~Page:~ *Resolved <!date^")
    assert room.thread(resolved) == [resolved]
    assert [block["type"] for block in room.messages[1].blocks] == ["section", "context"]


def test_a_message_that_says_so_already_is_not_edited(world: World) -> None:
    incident = world.page(step="refused")
    world.refuse("c-7k2m")
    world.deliver()
    room = world.slack.rooms["voice-oncall"]

    world.alert("refused", "page", "c-7k2m", incident=incident)
    world.deliver()
    unchanged = [message.edits for message in room.messages]
    world.change("credential", "c-7k2m", impact="callers hear silence")
    world.alert("refused", "page", "c-7k2m", incident=incident)
    world.deliver()

    assert unchanged == [0, 0]
    assert [message.edits for message in room.messages] == [1, 0, 0]
    assert "update" in {row["kind"] for row in world.rows("select kind from message where state = 'sent'")}


def test_a_reply_whose_first_message_was_deleted_becomes_a_message_of_its_own(world: World) -> None:
    incident = world.page()
    world.deliver()
    world.slack.rooms["voice-oncall"].messages.clear()

    world.clock.at += timedelta(days=1)
    world.alert("expiring", "page", "c-7k2m", incident=incident)
    world.deliver()
    world.deliver()

    assert len(world.texts("voice-oncall")) == 1


def test_blind_warns_first_and_pages_in_the_other_channel_when_it_lasts(world: World) -> None:
    world.insert("provider", {"name": "vault-prod", "uses": "vault", "failed_since": ms(world.clock.at)})
    incident = world.incident("vault-prod", "blind", "provider", owner=None, reason="login_refused")
    world.alert("blind", "warning", "vault-prod", incident=incident, about="provider", owner=None)
    world.deliver()

    world.clock.at += timedelta(hours=6)
    world.change("incident", incident, step="blind_long")
    world.alert("blind_long", "page", "vault-prod", incident=incident, about="provider", owner=None)
    world.deliver()
    world.clock.at += timedelta(hours=1)
    world.end(incident)
    world.deliver()

    over = "Resolved 15:30 UTC: vault-prod can be read again (after 7 hours)"
    assert world.texts("credentials") == [over]
    assert world.texts("voice-oncall") == [over]
    assert [len(world.slack.rooms[room].thread(over)) for room in ("credentials", "voice-oncall")] == [1, 1]


def test_the_next_step_waits_until_it_is_known_whether_the_first_was_posted(world: World) -> None:
    incident = world.page()
    world.slack.fail(Failure("server_error", method="chat.postMessage", taken=True), *[Failure("server_error")] * 9)
    world.deliver()
    world.slack.failures.clear()
    world.alert("expiring", "page", "c-7k2m", incident=incident)

    world.deliver()

    assert len(world.texts("voice-oncall")) == 1
    assert world.states() == ["told", "told"]


def test_an_edit_does_not_wake_a_delivery_while_its_channel_wants_time(world: World) -> None:
    incident = world.page()
    world.deliver()
    world.alert("expiring", "page", "c-7k2m", incident=incident)
    world.slack.fail(Failure("ratelimited", retry_after=600, method="chat.postMessage"))
    world.deliver()

    assert [message["kind"] for message in world.rows("select kind from message where state = 'queued'")] == [
        "reply",
        "update",
    ]
    assert not due(world.ledger, world.config.terms, world.clock.now())


def test_a_page_whose_thread_is_in_a_dead_channel_goes_to_the_channel_that_is_configured_now(world: World) -> None:
    incident = world.page()
    world.deliver()
    world.slack.rooms["voice-oncall"].archived = True
    world.clock.at += timedelta(days=1)
    world.alert("expiring", "page", "c-7k2m", incident=incident)
    world.deliver()

    world.config = configured(CONFIG.replace("#voice-oncall", "#voice-alerts"))
    world.clock.at += timedelta(minutes=2)
    world.deliver()

    assert len(world.texts("voice-alerts")) == 1


def test_a_thread_in_a_channel_that_is_dead_for_a_day_is_given_up(world: World) -> None:
    incident = world.page()
    world.deliver()
    world.slack.rooms["voice-oncall"].archived = True
    world.clock.at += timedelta(hours=1)
    world.end(incident)
    world.deliver()

    world.clock.at += timedelta(days=2)
    world.deliver()
    world.clock.at += timedelta(minutes=2)
    found = world.deliver()

    assert (found.dead, world.states()) == (None, ["told", "dropped"])


def folded(world: World, step: str = "all_refused", *, edited: bool = False) -> None:
    """A key was paged; then its whole account turns out to be refused, and is paged too."""
    incident = world.page(step="refused")
    world.refuse("c-7k2m")
    world.deliver()
    if edited:
        world.clock.at += timedelta(minutes=1)
        world.change("credential", "c-7k2m", impact="nobody hears anything")
        world.alert("refused", "page", "c-7k2m", incident=incident)
        world.deliver()
    world.clock.at += timedelta(minutes=30)
    world.change("incident", incident, closed_at=ms(world.clock.at), closed_why="folded")
    larger = world.incident("deepgram/p-1", step, "account", id="cw-large")
    world.alert(step, "page", "deepgram/p-1", incident=larger, about="account")


@pytest.mark.parametrize(
    ("step", "now_reads"),
    [
        ("all_refused", "Since 09:00 UTC part of cw-large: Deepgram refuses all keys of the account; do not rotate"),
        ("suspended", "Since 09:00 UTC part of cw-large: Deepgram suspended the account; a new key would not help"),
    ],
)
def test_the_page_of_a_key_that_became_part_of_its_accounts_incident_says_so(
    world: World, step: str, now_reads: str
) -> None:
    folded(world, step)

    world.deliver()

    first, larger = world.slack.rooms["voice-oncall"].messages
    assert first.text == now_reads
    assert first.blocks[0]["text"]["text"].startswith("~Page:~ *Since <!date^")
    assert larger.thread_ts is None


def test_what_was_folded_is_edited_once_and_told_to_nobody(world: World) -> None:
    folded(world)
    found = world.deliver(dry_run=True)
    assert [shown.partition("\n")[2][:6] for shown in found.shown] == ["Page: "]

    world.deliver()
    quiet = due(world.ledger, world.config.terms, world.clock.now())
    world.clock.at += timedelta(hours=1)
    world.deliver()

    assert not quiet
    assert [message.edits for message in world.slack.rooms["voice-oncall"].messages] == [1, 0]


def test_what_was_edited_before_it_was_folded_is_edited_once_more(world: World) -> None:
    folded(world, edited=True)

    world.deliver()

    first, *_ = world.slack.rooms["voice-oncall"].messages
    assert (first.edits, first.text.startswith("Since 09:01 UTC part of cw-large")) == (2, True)
