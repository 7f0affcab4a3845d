"""The questions: what the ledger answers to commands, over sweeps that were really recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from credwatch.ledger.queries.ahead import ahead as failing_next
from credwatch.ledger.queries.detail import detail as detail_of
from credwatch.ledger.queries.failing import failing as failing_now
from credwatch.ledger.queries.failures import failures as failed_lately
from credwatch.ledger.queries.health import health as health_of
from credwatch.ledger.queries.history import history
from credwatch.ledger.queries.listing import Wanted, listing
from credwatch.ledger.queries.naming import find
from credwatch.ledger.standings import Standing
from credwatch.model import About, ClockName, Level, News, Policy, ProbeResult, Reason, Status, Ticking, Unlisted
from tests.ledger.world import (
    BY_ID,
    DAY,
    HOUR,
    INVALID,
    START,
    SUSPENDED,
    UNKNOWN,
    VALID,
    World,
    judged,
    listed,
    seen,
)

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"
LIMITED = ProbeResult.valid(reason=Reason.LIMITED)


def standings(world: World, **wanted: Any) -> dict[str, Standing]:
    return {line.place: line.standing for line in listing(world.ledger, Wanted(**wanted), world.now)}


@pytest.mark.parametrize(
    ("answers", "standing"),
    [
        ([None], Standing.NOT_TRIED),
        ([VALID], Standing.WORKS),
        ([LIMITED], Standing.LIMITED),
        ([UNKNOWN], Standing.CANNOT_TELL),
        ([SUSPENDED], Standing.SUSPENDED),
        ([INVALID], Standing.REFUSED),
        ([INVALID, VALID], Standing.WORKS),
        ([INVALID, UNKNOWN], Standing.REFUSED),
        ([SUSPENDED, UNKNOWN], Standing.SUSPENDED),
        ([INVALID, SUSPENDED], Standing.SUSPENDED),
        ([SUSPENDED, INVALID], Standing.REFUSED),
        ([VALID, UNKNOWN], Standing.CANNOT_TELL),
        ([VALID, None], Standing.WORKS),
    ],
)
def test_the_word_for_a_place(world: World, answers: list[ProbeResult | None], standing: Standing) -> None:
    for answer in answers:
        world.sweep(seen(A, "f1", tried=answer))

    assert standings(world) == {A: standing}


def test_a_refusal_that_is_not_believed_yet_cannot_be_told(world: World) -> None:
    world.sweep(seen(A, "f1", tried=INVALID), judge=lambda _memory, _now: judged(Status.UNVERIFIED, suspect=True))

    assert standings(world) == {A: Standing.CANNOT_TELL}


def test_a_key_in_two_places_has_a_line_for_each_in_the_order_of_places(world: World) -> None:
    world.sweep(seen(B, "f1", tried=VALID), seen(A, "f1"))

    assert list(standings(world)) == [A, B]


def test_the_vendors_list_is_a_place_only_of_what_no_store_holds(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1"), listed("vault", "SK1"), listed("vault", "SK2"))

    assert standings(world) == {A: Standing.NOT_TRIED, "vault:AC1/SK2": Standing.NOT_TRIED}


def test_a_half_written_pattern_asks_for_no_sql_of_its_own(world: World) -> None:
    world.sweep(seen("vault:kv/it's%_#KEY", "f1"))

    assert list(standings(world, patterns=["it's%_#KEY"])) == ["vault:kv/it's%_#KEY"]
    assert standings(world, owner="' or 1 --") == {}


# -- what fails now ------------------------------------------------------------------------------------------------


def test_a_key_works_when_one_of_its_values_does(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1", tried=VALID), seen(B, "f2", key="SK1", tried=INVALID))

    now = failing_now(world.ledger, world.now)
    assert [(one.keys, one.works, one.refused) for one in now.vendors] == [(1, 1, 0)]
    assert now.failing == ()


def test_a_refused_key_says_between_which_answers_it_died(world: World) -> None:
    world.sweep(seen(A, "f1", tried=VALID))
    world.sweep(seen(A, "f1", tried=INVALID), judge=lambda _memory, _now: judged(Status.INVALID))
    world.sweep(seen(A, "f1", tried=INVALID), judge=lambda _memory, _now: judged(Status.INVALID))

    (line,) = failing_now(world.ledger, world.now).failing
    assert (line.standing, line.place, line.worked_at, line.since) == (
        Standing.REFUSED,
        A,
        START,
        START + timedelta(minutes=15),
    )


def test_a_suspended_account_is_one_line(world: World) -> None:
    pieces = [seen(f"vault:kv/{n}#K", f"f{n}", account="AC1", key=f"SK{n}", tried=SUSPENDED) for n in range(5)]
    news = News(About.ACCOUNT, "twilio/AC1", "suspended", Level.PAGE)
    world.sweep(*pieces, judge=lambda _memory, _now: judged(Status.SUSPENDED, news))

    (line,) = failing_now(world.ledger, world.now).failing
    assert (line.keys, line.account, line.incident and line.incident.step) == (5, "AC1", "suspended")


def test_an_ignored_key_is_shown_and_counts_for_nothing(world: World) -> None:
    ignored = Policy(warn=(), mention=None, page=None, max_age=None, owner="voice", ignore="retired")
    world.sweep(seen(A, "f1", tried=INVALID), judge=lambda _memory, _now: judged(Status.INVALID, policy=ignored))

    now = failing_now(world.ledger, world.now)
    assert ([line.ignored for line in now.failing], now.spoken) == (["retired"], 0)


def test_ten_lines_of_each_sort_are_shown_and_the_rest_counted(world: World) -> None:
    places = [seen(f"vault:kv/{n:02}#K", f"f{n}", tried=INVALID if n % 2 else UNKNOWN) for n in range(26)]
    world.sweep(*places, judge=lambda _memory, _now: judged(Status.INVALID))

    now = failing_now(world.ledger, world.now)
    assert (len(now.failing), now.more, now.spoken, now.unclear) == (20, 6, 13, 13)


# -- what fails next -----------------------------------------------------------------------------------------------


def clock(name: ClockName, days: int) -> Ticking:
    return Ticking(name, START + days * DAY, 90 * DAY, "x")


def test_only_dates_to_come_are_told_and_the_nearest_first(world: World) -> None:
    ends = {
        A: (clock(ClockName.HARD, 20), clock(ClockName.IDLE, 10)),
        B: (clock(ClockName.HARD, 5),),
        "vault:kv/past#K": (clock(ClockName.HARD, -1),),
        "vault:kv/age#K": (clock(ClockName.POLICY, -3),),
    }
    world.sweep(
        *(seen(place, f"f{number}") for number, place in enumerate(ends)),
        judge=lambda memory, _now: judged(clocks=ends[memory.held[0].place]),
    )

    ahead = failing_next(world.ledger, world.now)
    assert [(one.key.place, one.clock) for one in ahead.endings] == [(B, ClockName.HARD), (A, ClockName.IDLE)]
    assert (ahead.overdue, ahead.oldest and ahead.oldest.age.days) == (1, 93)


def test_the_eleventh_date_is_only_counted(world: World) -> None:
    world.sweep(
        *(seen(f"vault:kv/{n}#K", f"f{n}") for n in range(13)),
        judge=lambda _memory, _now: judged(clocks=(clock(ClockName.HARD, 5),)),
    )

    ahead = failing_next(world.ledger, world.now)
    assert (len(ahead.endings), ahead.more) == (10, 3)


# -- how we are ----------------------------------------------------------------------------------------------------


def test_everything_was_seen_when_the_provider_seen_longest_ago_was(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(seen(A, "f1"))
    world.sweep(seen(A, "f1"), names=["vault"])

    health = health_of(world.ledger, world.now)
    assert (health.seen_since, health.sweep and health.sweep.closed_at) == (START, START + timedelta(minutes=15))


def test_a_provider_that_never_was_seen_leaves_everything_unseen(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(seen(A, "f1"), broken=["aws"])

    health = health_of(world.ledger, world.now)
    assert health.seen_since is None
    assert [(one.name, one.failed_since) for one in health.providers] == [("aws", START), ("vault", None)]


def test_a_sweep_of_the_future_counts_as_never(world: World) -> None:
    world.sweep(seen(A, "f1"))

    assert health_of(world.ledger, START - HOUR).sweep is None


def test_a_folder_is_unlisted_until_a_later_look_lists_it(world: World) -> None:
    world.sweep(seen(A, "f1"), Unlisted("kv/hidden/", Reason.FORBIDDEN))
    before = health_of(world.ledger, world.now).unlisted
    world.sweep(seen(A, "f1"))

    assert [one.scope for one in before] == ["kv/hidden/"]
    assert health_of(world.ledger, world.now).unlisted == ()


def test_a_page_waits_but_a_digest_line_has_its_hour(world: World) -> None:
    page = News(About.CREDENTIAL, "", "refused", Level.PAGE)
    line = News(About.CREDENTIAL, "", "expiring", Level.DIGEST, "line", opens=False)
    world.sweep(seen(A, "f1"), judge=lambda _memory, _now: judged(Status.OK, page, line))

    health = health_of(world.ledger, world.now)
    assert (health.waiting, health.waiting_since, health.digests) == (1, START, 1)


# -- one, and what happened ----------------------------------------------------------------------------------------


def test_a_row_that_was_joined_is_found_under_its_former_id(world: World) -> None:
    world.sweep(seen(A, "f1", kind=BY_ID))
    world.sweep(listed("vault", "SK1"), seen(B, "f2"))
    both = set(world.column("select id from credential"))
    world.sweep(seen(A, "f1", told="SK1"), listed("vault", "SK1"), seen(B, "f2"))
    (former,) = both - set(world.column("select id from credential"))

    (meant,) = find(world.ledger, former)
    assert meant.place == A


def test_what_is_gone_is_found_when_nothing_present_fits(world: World) -> None:
    world.sweep(seen(A, "f1"), seen(B, "f2"))
    world.sweep(seen(B, "f2"))

    assert [one.place for one in find(world.ledger, "a#KEY")] == [A]
    assert [one.place for one in find(world.ledger, "KEY")] == [B]


def test_a_time_of_illness_ends_with_the_next_change(world: World) -> None:
    for status in (Status.OK, Status.SUSPENDED, Status.OK, Status.INVALID):
        world.sweep(seen(A, "f1", tried=VALID), judge=lambda _memory, _now, status=status: judged(status))  # type: ignore[misc]

    detail = detail_of(world.ledger, world.one("select id from credential"), world.now)
    assert detail is not None
    assert [(one.status, one.until and one.until - one.since) for one in detail.spells] == [
        (Status.SUSPENDED, timedelta(minutes=15)),
        (Status.INVALID, None),
    ]
    assert detail.refusals == 1


def test_answers_are_told_when_they_change(world: World) -> None:
    for answer in (VALID, VALID, INVALID, INVALID, VALID):
        world.sweep(seen(A, "f1", tried=answer))

    told = [one.what for one in history(world.ledger, START) if one.sort == "answer"]
    assert told == ["valid", "invalid", "valid"]


def test_what_happened_before_is_left_out_and_does_not_look_new(world: World) -> None:
    world.sweep(seen(A, "f1", tried=VALID))
    since = world.now
    world.sweep(seen(A, "f1", tried=VALID))

    assert list(history(world.ledger, since)) == []


def test_the_course_of_a_blindness_begins_with_the_last_whole_look(world: World) -> None:
    news = News(About.PROVIDER, "vault", "blind", Level.WARNING)
    world.sweep(seen(A, "f1"))
    world.sweep(broken=["vault"])
    world.sweep(broken=["vault"], judge_sweep=lambda _memory, _now: (news,))

    (failure,) = failed_lately(world.ledger).last
    assert (failure.worked_at, failure.failed_at, failure.incident.opened_at) == (
        START,
        START + timedelta(minutes=15),
        START + timedelta(minutes=30),
    )


def test_a_page_about_a_date_that_is_near_is_no_failure(world: World) -> None:
    near = News(About.CREDENTIAL, "c-1", "expiring", Level.PAGE)
    world.sweep(seen(A, "f1"), judge=lambda _memory, _now: judged(Status.EXPIRING, near))

    assert failed_lately(world.ledger).total == 0
