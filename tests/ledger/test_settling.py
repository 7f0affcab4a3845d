"""What settling looks at, and what waits until it is over."""

from __future__ import annotations

from datetime import datetime

import pytest

from credwatch.ledger.outbox import Outbox
from credwatch.ledger.times import stored
from credwatch.model import About, Judgement, Level, Memory, News
from tests.ledger.news import DIGEST, EXPIRED, REFUSED, outbox, says
from tests.ledger.world import BY_HINT, DAY, INVALID, NEVER_JOINS, START, UNKNOWN_KIND, VALID, World, judged, seen

A, B, C = "vault:kv/a#KEY", "vault:kv/b#KEY", "vault:kv/c#KEY"


def suspicious(world: World) -> int:
    """A sweep in which A of AC1 is refused, B of AC1 works and C of another account works."""
    sweep = world.look(
        seen(A, "fa", key="SK1", account="AC1", tried=INVALID),
        seen(B, "fb", key="SK2", account="AC1", tried=VALID),
        seen(C, "fc", key="SK3", account="AC2", tried=VALID),
    )
    world.close(sweep, lambda memory, _: judged(suspect=memory.tried[0].refused_since is not None))
    return sweep


def test_a_control_is_another_key_of_the_suspects_account_that_worked(world: World) -> None:
    sweep = suspicious(world)

    assert [one.place for one in world.ledger.suspects(sweep)] == [A]
    assert [(one.place, one.refused_since) for one in world.ledger.controls(sweep)] == [(B, None)]


def test_without_a_suspect_there_is_no_control(world: World) -> None:
    sweep = world.look(seen(A, "fa", account="AC1", tried=VALID), seen(B, "fb", account="AC1", tried=VALID))
    world.close(sweep)

    assert world.ledger.controls(sweep) == ()


def held_is_refused(memory: Memory, now: datetime) -> Judgement:
    """Every key that lies somewhere is refused; of another one there is nothing to say."""
    return says(REFUSED)(memory, now) if any(held.ended_at is None for held in memory.held) else judged()


def test_an_incident_passes_on_to_the_key_that_replaced_its_own_and_is_refused_too(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1", tried=INVALID), judge=held_is_refused)
    world.sweep(seen(A, "f2", key="SK2", tried=INVALID), judge=held_is_refused)

    heir = world.one("select id from credential where key_id = 'SK2'")
    assert world.rows("select subject, closed_at from incident") == [{"subject": heir, "closed_at": None}]
    assert outbox(world) == [("refused", "queued"), ("refused", "queued")]


def test_a_key_that_still_lies_elsewhere_keeps_its_incident(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1", tried=INVALID), seen(B, "f1", key="SK1"), judge=says(REFUSED))
    world.sweep(seen(A, "f2", key="SK2", tried=INVALID), seen(B, "f1", key="SK1"), judge=says(REFUSED))

    assert world.one("select count(*) from incident where closed_at is null") == 2


def test_a_value_is_as_old_as_its_item(world: World) -> None:
    written = START - 300 * DAY
    world.sweep(seen(A, "f1", written_at=written))

    assert world.one("select since from copy") == stored(written)


def test_a_digest_line_waits_until_its_sweep_has_settled_or_another_is_closed(world: World) -> None:
    sweep = world.look(seen(A, "fa", tried=INVALID))
    world.close(sweep, says(DIGEST, suspect=True))
    before = len(Outbox(world.ledger).waiting())
    world.now += DAY
    world.close(world.look(seen(A, "fa", tried=INVALID)))

    assert (before, len(Outbox(world.ledger).waiting())) == (0, 1)


def test_an_heir_is_told_once(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1", tried=INVALID), judge=says(EXPIRED))
    for _ in range(3):
        world.sweep(seen(A, "f2", key="SK2", tried=INVALID), judge=held_is_refused)

    assert outbox(world) == [("expired", "queued"), ("refused", "queued")]


def test_a_page_that_was_folded_away_is_told_when_the_larger_incident_is_over(world: World) -> None:
    larger = News(About.ACCOUNT, "twilio/AC1", "all_refused", Level.PAGE, folds=True)
    rung = News(About.CREDENTIAL, "self", "expiring", Level.PAGE, "expiry:3")
    for judge in (says(rung, larger), says(rung)):
        world.sweep(seen(A, "f1", key="SK1", account="AC1", tried=INVALID), judge=judge)

    assert ("expiring", "queued") in outbox(world)


@pytest.mark.parametrize(("step", "held_back"), [("expiring", True), ("refused", False)])
def test_a_snooze_of_a_date_does_not_hold_back_a_refusal(world: World, step: str, *, held_back: bool) -> None:
    rung = News(About.CREDENTIAL, "self", "expiring", Level.PAGE, "expiry:3")
    world.sweep(seen(A, "f1", key="SK1"), judge=says(rung))
    incident = world.one("select id from incident")
    world.ledger.acknowledge(incident, "ana", world.now + DAY, world.now)
    world.sweep(seen(A, "f1", key="SK1", tried=INVALID), judge=says(News(About.CREDENTIAL, "self", step, Level.PAGE)))

    assert (world.one("select snoozed_until from incident") is not None) is held_back


def test_two_known_keys_found_in_an_item_that_could_not_be_read_stay_two(world: World) -> None:
    unread = seen("vault:kv/x", kind=UNKNOWN_KIND)
    world.sweep(unread, seen("vault:kv/y#K1", "f1", kind=NEVER_JOINS), seen("vault:kv/y#K2", "f2", kind=BY_HINT))
    world.sweep(
        seen("vault:kv/x#K1", "f1", kind=NEVER_JOINS),
        seen("vault:kv/x#K2", "f2", kind=BY_HINT),
        seen("vault:kv/y#K1", "f1", kind=NEVER_JOINS),
        seen("vault:kv/y#K2", "f2", kind=BY_HINT),
    )

    assert world.one("select count(distinct credential_id) from copy where ended_at is null") == 2


def test_an_account_with_no_key_left_has_no_incident_left(world: World) -> None:
    larger = News(About.ACCOUNT, "twilio/AC1", "all_refused", Level.PAGE, folds=True)
    world.sweep(seen(A, "f1", key="SK1", account="AC1", tried=INVALID), judge=says(larger))
    world.sweep()

    assert world.rows("select closed_why from incident") == [{"closed_why": "gone"}]


def test_a_blind_provider_that_leaves_the_configuration_is_blind_no_more(world: World) -> None:
    blind = News(About.PROVIDER, "vault", "blind", Level.WARNING)
    world.sweep(seen(A, "f1"), judge_sweep=lambda _memory, _now: (blind,))
    world.configured = {"other": "1"}
    world.sweep()

    assert world.rows("select closed_why from incident") == [{"closed_why": "unwatched"}]
