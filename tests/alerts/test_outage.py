"""A ledger that cannot be used is told past it: once, where the channel's own history is all that remembers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.alerts.outage import Outage
from credwatch.alerts.routes import Routes
from credwatch.errors import DeliveryError
from credwatch.sandbox.slack import Failure
from tests.alerts.world import World

WHY = "the disk that holds the ledger is full: nothing was written. Make room, then try again"
BLIND = timedelta(hours=6)
HOUR = timedelta(minutes=61)


def outage(world: World, where: str = "host-1:/var/lib/credwatch") -> Outage:
    return Outage(world.channel(), Routes(world.config.terms), where, world.clock.now())


def texts(world: World, room: str) -> list[str]:
    return [message.text for message in world.slack.rooms[room].messages]


def test_it_is_said_with_the_reason_and_with_what_to_do(world: World) -> None:
    assert outage(world).tell(WHY, BLIND)

    (message,) = world.slack.rooms["credentials"].messages
    assert message.text == "Blind: credwatch cannot use its ledger, so it looks at nothing and tells nothing"
    assert WHY in str(message.blocks)
    assert "credwatch doctor" in str(message.blocks)
    assert "host-1:/var/lib/credwatch" in str(message.blocks)


def test_it_is_said_once_by_whoever_finds_out_and_paged_once_after_hours(world: World) -> None:
    said = []
    for _ in range(10):
        said.append(outage(world).tell(WHY, BLIND))
        world.clock.at += HOUR

    assert said == [True, False, False, False, False, False, True, False, False, False]
    assert len(texts(world, "credentials")) == 1
    assert len(texts(world, "voice-oncall")) == 1


def test_two_watches_have_two_ledgers(world: World) -> None:
    assert [outage(world, where).tell(WHY, BLIND) for where in ("a:/1", "a:/2", "b:/1")] == [True, True, True]


def test_it_is_said_again_when_it_lasts_for_days(world: World) -> None:
    said = []
    for _ in range(5):
        said.append(outage(world).tell(WHY, timedelta(days=30)))
        world.clock.at += timedelta(days=1)

    assert said == [True, False, True, False, True]


def test_that_it_is_over_is_said_once_where_it_was_told(world: World) -> None:
    outage(world).tell(WHY, BLIND)
    world.clock.at += HOUR
    over = [outage(world).over(), outage(world).over()]

    assert over == [True, False]
    first, reply = world.slack.rooms["credentials"].messages
    assert first.text == reply.text == "Resolved 09:31 UTC: credwatch can use its ledger again"
    assert reply.thread_ts == first.ts
    assert texts(world, "voice-oncall") == []


def test_what_was_never_told_is_not_over(world: World) -> None:
    assert not outage(world).over()


def test_a_second_outage_is_told_as_the_first_was(world: World) -> None:
    for _ in range(2):
        assert outage(world).tell(WHY, BLIND)
        world.clock.at += HOUR
        assert outage(world).over()

    assert len(texts(world, "credentials")) == 4


def test_a_channel_that_takes_nothing_says_so(world: World) -> None:
    world.slack.fail(Failure("error", "token_revoked"))

    with pytest.raises(DeliveryError, match="token_revoked"):
        outage(world).tell(WHY, BLIND)
