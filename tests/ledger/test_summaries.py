"""What a sweep as a whole says, and closing it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from credwatch.ledger.times import stored
from credwatch.model import About, Level, News, ProbeResult, Reason, SweepMemory
from tests.ledger.news import DIGEST, REFUSED, outbox, says
from tests.ledger.world import MINUTE, START, UNKNOWN, VALID, World, seen

A = "vault:kv/a#KEY"


def summary(memory: SweepMemory, _now: datetime) -> tuple[News, ...]:
    if not any(one.first_look and one.finished for one in memory.providers) or memory.settling:
        return ()
    key = f"summary:{memory.sweep}"
    return (News(About.SELF, "summary", "summary", Level.WARNING, key, opens=False, absorbs=True),)


def test_a_summary_absorbs_the_digest_lines_and_no_page(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(DIGEST, REFUSED), judge_sweep=summary)

    assert outbox(world) == [("expiring", "absorbed"), ("refused", "queued"), ("summary", "queued")]


def test_a_provider_is_introduced_once_and_only_when_its_listing_has_ended(world: World) -> None:
    for broken in (["vault"], [], []):
        world.sweep(seen(A, "f1"), judge_sweep=summary, broken=broken)

    assert world.column("select dedupe_key from outbox") == ["summary:2"]


def test_the_summary_absorbs_what_broken_first_looks_had_queued(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(DIGEST), judge_sweep=summary, broken=["vault"])

    world.sweep(seen(A, "f1"), judge_sweep=summary)

    assert outbox(world) == [("expiring", "absorbed"), ("summary", "queued")]


def test_closing_a_sweep_again_says_nothing_twice(world: World) -> None:
    sweep = world.look(seen(A, "f1"))

    first, second = (world.close(sweep, says(REFUSED, DIGEST), summary) for _ in range(2))

    assert (first.judged, first.opened, second.opened) == (1, 1, 0)
    assert len(outbox(world)) == 3


def test_a_sweep_with_suspects_is_settled_at_its_second_close(world: World) -> None:
    refused = replace(seen(A, "f1"), tried=VALID.invalid())
    sweep = world.look(refused)
    first = world.close(sweep, says(suspect=True), summary)
    opened = world.rows("select closed_at is not null as closed, settled_at is not null as settled from sweep")
    (suspect,) = world.ledger.suspects(sweep)
    world.now += 6 * MINUTE
    world.ledger.record(sweep, "vault", [refused], world.now)

    world.close(sweep, says(REFUSED), summary)

    assert opened == [{"closed": 1, "settled": 0}]
    assert (first.suspects, suspect.place, suspect.item.locator, suspect.refused_since) == (1, A, "kv/a", START)
    assert [step for step, _ in outbox(world)] == ["refused", "summary"]
    assert world.one("select settled_at is not null from sweep") == 1


def test_news_of_a_sweep_that_died_before_it_was_closed_is_told_with_the_next(world: World) -> None:
    sweep = world.look(seen(A, "f1"))

    def dies(_memory: SweepMemory, _now: datetime) -> tuple[News, ...]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.close(sweep, says(REFUSED), dies)
    world.sweep()

    closed = "select s.closed_at is not null from outbox o join sweep s on s.id = o.sweep_id"
    assert world.column(closed) == [1]


def test_only_what_this_sweep_can_read_again_is_to_be_settled(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    refused = VALID.invalid()
    world.sweep(seen(A, "f1", tried=refused), seen("aws:x#K", "f2", tried=refused), judge=says(suspect=True))

    sweep = world.look(names=["aws"], broken=["aws"])

    assert [suspect.place for suspect in world.ledger.suspects(sweep)] == ["aws:x#K"]


def test_a_vendor_that_answered_nothing_counts_once_for_both_closes_of_a_sweep(world: World) -> None:
    sweep = world.look(seen(A, "f1", tried=UNKNOWN))

    for _ in range(2):
        world.close(sweep)

    assert world.one("select failures from vendor") == 1


def test_a_vendor_that_only_says_no_was_reached_and_goes_silent_when_another_reason_comes(world: World) -> None:
    no = ProbeResult.unknown(Reason.FORBIDDEN)
    known = "select reason || ' ' || failures || ' ' || (failed_since = {}) from vendor"
    world.sweep(seen(A, "f1", tried=no), seen("vault:kv/b#KEY", "f2", tried=no))
    world.sweep(seen(A, "f1", tried=no), seen("vault:kv/b#KEY", "f2", tried=no))
    said_no = world.one(known.format(stored(START)))
    began = stored(world.now)
    for _ in range(2):
        world.sweep(
            seen(A, "f1", tried=no), seen("vault:kv/b#KEY", "f2", tried=no), seen("vault:kv/c#K", tried=UNKNOWN)
        )

    assert (said_no, world.one(known.format(began))) == ("forbidden 2 1", "timeout 2 1")
