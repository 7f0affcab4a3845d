"""Judgements and news, as the ledger keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from credwatch.ledger import closing
from credwatch.model import (
    About,
    ClockName,
    Judgement,
    Level,
    Memory,
    News,
    Status,
    Ticking,
)
from tests.ledger.news import DIGEST, EXPIRED, REFUSED, WELL, outbox, says
from tests.ledger.world import (
    DAY,
    POLICY,
    START,
    World,
    all_well,
    judged,
    nothing,
    seen,
)

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"


def tell(world: World) -> None:
    """Deliver what is queued."""
    with world.ledger.transaction() as db:
        db.execute("update outbox set state = 'told' where state = 'queued'")


def test_a_judgement_is_kept_with_its_policy_and_its_clocks(world: World) -> None:
    clock = Ticking(ClockName.HARD, START + 9 * DAY, 90 * DAY, "Twilio's list", 2, START + 8 * DAY, 14 * DAY)
    policy = replace(POLICY, impact="no voice", said_by={"owner": "rule, line 9"})

    world.sweep(seen(A, "f1"), judge=says(status=Status.EXPIRING, clocks=(clock,), policy=policy))

    query = "select status, owner, impact, clock, deadline, page_at, said, touched from credential c join policy p"
    (row,) = world.rows(f"{query} on p.id = c.policy")
    assert row == {
        "status": "expiring",
        "owner": "voice",
        "impact": "no voice",
        "clock": "hard",
        "deadline": int((START + 9 * DAY).timestamp() * 1000),
        "page_at": 3 * 86_400_000,
        "said": '{"said_by": {"owner": "rule, line 9"}, "warn": [2592000000]}',
        "touched": 0,
    }
    assert world.memories()[A].clocks == (clock,)


def test_only_what_was_touched_or_is_due_is_judged(world: World) -> None:
    world.sweep(seen(A, "f1"), seen(B, "f2"), judge=says(status=Status.OK))
    quiet = world.sweep(broken=["vault"]).judged
    with world.ledger.transaction() as db:
        db.execute(
            "update credential set judge_at = 0 where id = (select credential_id from copy where place = ?)", (A,)
        )

    assert (quiet, world.sweep(broken=["vault"]).judged) == (0, 1)


def test_what_a_newer_sweep_has_touched_waits_for_that_sweeps_close(world: World) -> None:
    older = world.look(seen(A, "f1"))
    newer = world.look(seen(A, "f1"))

    assert (world.close(older).judged, world.close(newer).judged) == (0, 1)


def test_a_change_of_status_is_told_once(world: World) -> None:
    world.sweep(seen(A, "f1"))

    changes = [world.sweep(seen(A, "f1"), judge=says(status=Status.INVALID)).changed for _ in range(2)]

    assert [[(c.place, c.old, c.new) for c in some] for some in changes] == [[(A, "ok", "invalid")], []]
    assert world.column("select detail from event where what = 'status'") == ["ok → invalid"]


def test_a_judge_who_fails_leaves_the_page_unjudged(world: World) -> None:
    def judge(memory: Memory, _now: datetime) -> Judgement:
        if memory.held[0].place == B:
            raise ZeroDivisionError
        return judged(Status.INVALID, replace(REFUSED, subject=memory.credential))

    with pytest.raises(ZeroDivisionError):
        world.sweep(seen(A, "f1"), seen(B, "f2"), judge=judge)

    assert world.one("select count(*) from credential where touched = 0 or status is not null") == 0
    assert (outbox(world), world.column("select id from incident")) == ([], [])


def test_every_page_is_judged(world: World) -> None:
    sweep = world.look(*(seen(f"vault:kv/{n}#K", f"f{n}") for n in range(25)))

    assert closing.close(world.ledger._connection, sweep, all_well, nothing, world.now, page=7).judged == 25


def test_a_page_opens_an_incident_and_is_queued_once(world: World) -> None:
    closed = [world.sweep(seen(A, "f1"), judge=says(REFUSED)) for _ in range(3)]

    assert [one.opened for one in closed] == [1, 0, 0]
    assert outbox(world) == [("refused", "queued")]
    assert world.column("select dedupe_key from outbox") == ["incident:cw-6F8780:refused"]


def test_an_incident_that_gets_worse_moves_and_is_told_in_its_thread(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(REFUSED))

    world.sweep(seen(A, "f1"), judge=says(EXPIRED))
    world.sweep(seen(A, "f1"), judge=says(REFUSED))

    assert world.one("select count(*) from incident") == 1
    assert [step for step, _ in outbox(world)] == ["refused", "expired"]


def test_rungs_of_one_step_are_each_told_in_one_incident(world: World) -> None:
    for rung in ("3", "1", "1"):
        world.sweep(seen(A, "f1"), judge=says(replace(REFUSED, step="expiring", dedupe_key=f"expiry:{rung}")))

    assert world.column("select count(distinct incident_id) from outbox") == [1]
    assert world.column("select dedupe_key from outbox order by id") == ["expiry:3", "expiry:1"]


def test_an_incident_is_named_after_its_second_or_the_next_free_one(world: World) -> None:
    world.sweep(*(seen(f"vault:kv/{n}#K", f"f{n}") for n in range(3)), judge=says(REFUSED))

    assert world.column("select id from incident order by id") == ["cw-6F8780", "cw-6F8781", "cw-6F8782"]


def test_a_digest_line_opens_nothing(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(DIGEST))

    assert (outbox(world), world.column("select id from incident")) == ([("expiring", "queued")], [])


def test_the_all_clear_goes_where_the_page_went(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(REFUSED))
    tell(world)

    closed = world.sweep(seen(A, "f1"), judge=says(WELL, status=Status.OK))

    assert closed.resolved == 1
    assert outbox(world) == [("refused", "told"), ("well", "queued")]
    assert world.column("select closed_why from incident") == ["well"]


def test_what_ended_before_it_was_told_is_never_told(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(REFUSED))

    world.sweep(seen(A, "f1"), judge=says(WELL, status=Status.OK))

    assert outbox(world) == [("refused", "dropped")]


def test_a_step_that_was_still_queued_is_dropped_when_an_earlier_one_was_told(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(REFUSED))
    tell(world)
    world.sweep(seen(A, "f1"), judge=says(EXPIRED))

    world.sweep(seen(A, "f1"), judge=says(WELL, status=Status.OK))

    assert outbox(world) == [("refused", "told"), ("expired", "dropped"), ("well", "queued")]


def test_the_second_time_it_goes_wrong_is_a_second_incident(world: World) -> None:
    for judge in (says(REFUSED), says(WELL), says(REFUSED)):
        world.sweep(seen(A, "f1"), judge=judge)
        tell(world)

    assert world.column("select closed_at is null from incident order by id") == [0, 1]
    assert [step for step, _ in outbox(world)] == ["refused", "well", "refused"]


def test_an_all_clear_for_nothing_says_nothing(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(WELL))

    assert outbox(world) == []


def test_the_judge_hears_of_open_incidents_around_the_credential(world: World) -> None:
    account, place = (
        News(About.ACCOUNT, "twilio/AC1", "suspended", Level.PAGE),
        News(About.PLACE, A, "half_pair", Level.PAGE),
    )

    world.sweep(seen(A, "f1", account="AC1"), judge=says(REFUSED, account, place))

    assert sorted(one.about for one in world.memories()[A].open) == ["account", "credential", "place"]


def test_a_place_belongs_to_whom_the_rules_say(world: World) -> None:
    policy = replace(POLICY, others={A: "platform"})

    world.sweep(seen(A, "f1"), judge=says(News(About.PLACE, A, "half_pair", Level.PAGE), policy=policy))

    assert world.column("select owner from incident") == ["platform"]


def test_the_incidents_of_the_members_are_folded_without_a_word(world: World) -> None:
    place = News(About.PLACE, B, "half_pair", Level.PAGE)
    world.sweep(seen(A, "f1", account="AC1"), seen(B, "f2", account="AC2"), judge=says(REFUSED, place))
    account = News(About.ACCOUNT, "twilio/AC1", "all_refused", Level.PAGE, folds=True)

    world.sweep(seen(A, "f1", account="AC1"), seen(B, "f2", account="AC2"), judge=says(account))

    closed = world.rows("select subject, closed_why from incident where closed_at is not null")
    assert closed == [
        {"subject": world.one("select credential_id from copy where place = ?", A), "closed_why": "folded"}
    ]
    assert sorted(outbox(world)) == [
        ("all_refused", "queued"),
        ("half_pair", "queued"),
        ("refused", "dropped"),
        ("refused", "queued"),
    ]


def test_a_renewal_is_an_event(world: World) -> None:
    for generation in (0, 0, 1):
        clock = Ticking(ClockName.HARD, START + 90 * DAY * (generation + 1), 90 * DAY, "x", generation)
        world.sweep(seen(A, "f1"), judge=says(status=Status.OK, clocks=(clock,)))

    assert world.column("select detail from event where what = 'renewed'") == ["hard: until 2027-05-19 08:00"]


def test_a_clock_that_stopped_is_gone(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(clocks=(Ticking(ClockName.HARD, START, DAY, "x"),)))

    world.sweep(seen(A, "f1"))

    assert world.memories()[A].clocks == ()


def test_what_is_due_but_was_touched_by_a_newer_sweep_waits_for_that_one(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(judge_at=START))
    older, newer = world.look(broken=["vault"]), world.look(seen(A, "f1"))

    assert (world.close(older).judged, world.close(newer).judged) == (0, 1)


def test_a_judge_who_wants_to_see_it_at_once_sees_it_once_in_a_close(world: World) -> None:
    seen_at: list[datetime] = []

    def judge(_memory: Memory, now: datetime) -> Judgement:
        seen_at.append(now)
        assert len(seen_at) < 5
        return judged(judge_at=now)

    assert world.sweep(seen(A, "f1"), judge=judge).judged == 1


def test_what_was_told_is_not_queued_again(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=says(REFUSED))
    tell(world)

    world.sweep(seen(A, "f1"), judge=says(REFUSED))

    assert outbox(world) == [("refused", "told")]
