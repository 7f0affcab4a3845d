from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from credwatch.assess import judge
from credwatch.model import NEVER, About, ClockName, Facts, Judgement, Level, Memory, News, Status, Ticking
from tests.assess.memories import DAY, MINUTE, NOW, held, memory, opened, policy, works

MADE = NOW - 300 * DAY


def dated(left: timedelta, **changes: Any) -> Memory:
    return memory(facts=Facts(created=MADE, expires=NOW + left), **changes)


def rungs(judgement: Judgement) -> list[tuple[str, Level, int]]:
    return [
        (news.step, news.level, int(news.dedupe_key.rpartition(":")[2]) // 86400)
        for news in judgement.news
        if news.level is not Level.RESOLVED
    ]


def through(remembered: Memory, until: timedelta, step: timedelta, **rules: Any) -> list[tuple[int, News]]:
    """Judge again and again, remembering clocks and incidents as the ledger does; what was told, and on which day."""
    said: list[tuple[int, News]] = []
    now = NOW
    while now <= NOW + until:
        judgement = judge(remembered, policy(**rules), now)
        said += [((now - NOW).days, news) for news in judgement.news]
        opens = () if remembered.open else tuple(opened(n.about, n.subject, n.step) for n in judgement.news if n.opens)
        remembered = replace(remembered, clocks=judgement.clocks, open=remembered.open or opens[:1])
        now += step
    return said


@pytest.mark.parametrize(
    ("left", "status", "told"),
    [
        (31 * DAY, Status.OK, []),
        (30 * DAY, Status.EXPIRING, [("expiring", Level.DIGEST, 30)]),
        (20 * DAY, Status.EXPIRING, [("expiring", Level.DIGEST, 30)]),
        (6 * DAY, Status.EXPIRING, [("expiring", Level.DIGEST, 7)]),
        (3 * DAY, Status.EXPIRING, [("expiring", Level.PAGE, 3)]),
        (MINUTE, Status.EXPIRING, [("expiring", Level.PAGE, 1)]),
    ],
)
def test_a_threshold_is_crossed_not_met(left: timedelta, status: Status, told: list[tuple[str, Level, int]]) -> None:
    judgement = judge(dated(left), policy(), NOW)

    assert (judgement.status, rungs(judgement)) == (status, told)


def test_a_watch_that_slept_through_day_7_speaks_on_day_6() -> None:
    first = judge(dated(8 * DAY), policy(), NOW)
    second = judge(dated(8 * DAY, clocks=first.clocks), policy(), NOW + 2 * DAY)

    assert (rungs(first), rungs(second)) == ([("expiring", Level.DIGEST, 14)], [("expiring", Level.DIGEST, 7)])


def test_a_rung_that_only_a_digest_told_pages_once_when_the_key_turns_out_to_be_in_production() -> None:
    listed = judge(dated(2 * DAY, held=(), tried=(), listed_by=("deepgram",)), policy(), NOW)
    found = judge(dated(2 * DAY, clocks=listed.clocks), policy(), NOW)
    own = opened(About.CREDENTIAL, "c-1", "expiring")
    again = judge(dated(2 * DAY, clocks=found.clocks, open=(own,)), policy(), NOW)

    assert [[news.level for news in one.news] for one in (listed, found, again)] == [[Level.DIGEST], [Level.PAGE], []]
    assert found.news[0].dedupe_key == f"{listed.news[0].dedupe_key}:page"


def test_over_its_whole_life_each_rung_is_told_once_then_daily_for_a_week_and_weekly() -> None:
    certificate = dated(40 * DAY, probed=False, tried=())

    told = through(certificate, 62 * DAY, timedelta(hours=6))

    assert [day for day, _ in told] == [10, 26, 33, 37, 39, 40, 41, 42, 43, 44, 45, 46, 47, 54, 61]


def test_an_acknowledged_incident_is_not_repeated_after_its_date() -> None:
    acked = opened(About.CREDENTIAL, "c-1", "expired", acked=True)
    told = through(dated(-DAY, probed=False, tried=(), open=(acked,)), 30 * DAY, DAY)

    assert told == []


def test_a_snooze_holds_a_rung_back_and_never_beyond_the_date() -> None:
    snoozed = opened(About.CREDENTIAL, "c-1", "expiring", snoozed_until=NOW + 60 * DAY)
    told = through(dated(2 * DAY, probed=False, tried=(), open=(snoozed,)), 5 * DAY, timedelta(hours=12))

    assert told[0][0] == 2


@pytest.mark.parametrize(
    ("life", "left", "told"),
    [
        (timedelta(days=40), 30 * DAY, []),  # thirty days are wider than two thirds of forty
        (timedelta(days=40), 14 * DAY, [14]),
        (timedelta(hours=24), timedelta(hours=9), []),  # nothing fits a day: its last third speaks
        (timedelta(hours=24), timedelta(hours=8), [0]),
        (timedelta(days=12), 2 * DAY, [2]),  # at most a sixth of the life pages
    ],
)
def test_thresholds_fit_the_life(life: timedelta, left: timedelta, told: list[int]) -> None:
    remembered = memory(facts=Facts(created=NOW + left - life, expires=NOW + left), first_seen=NOW - DAY)

    assert [day for _, _, day in rungs(judge(remembered, policy(), NOW))] == told


@pytest.mark.parametrize(
    ("kind", "left", "level"),
    [
        ("deepgram-api-key", 21 * DAY, Level.DIGEST),
        ("deepgram-api-key", 2 * DAY, Level.PAGE),
        ("deepgram-api-key", timedelta(hours=18), None),  # a token of a day, for all we know
        ("deadline", timedelta(hours=18), Level.PAGE),
    ],
)
def test_a_date_that_is_near_at_the_first_look_is_told_though_nobody_says_when_the_life_began(
    kind: str, left: timedelta, level: Level | None
) -> None:
    fresh = memory(kind=kind, facts=Facts(expires=NOW + left), first_seen=NOW, held=(held(since=NOW),))

    assert [news.level for news in judge(fresh, policy(), NOW).news] == ([level] if level else [])


def test_a_planned_deletion_is_told_however_new_its_item_is() -> None:
    new = held(since=NOW, written_at=NOW - DAY, deletes_at=NOW + 2 * DAY)

    assert rungs(judge(memory(held=(new,), first_seen=NOW), policy(), NOW)) == [("expiring", Level.PAGE, 3)]


@pytest.mark.parametrize(("left", "level"), [(timedelta(hours=5), Level.DIGEST), (timedelta(hours=4), Level.PAGE)])
def test_a_short_life_pages_in_its_last_sixth(left: timedelta, level: Level) -> None:
    remembered = memory(facts=Facts(created=NOW + left - DAY, expires=NOW + left))

    assert judge(remembered, policy(), NOW).news[0].level is level


@pytest.mark.parametrize(
    ("moved", "generation"),
    [
        (timedelta(0), 0),
        (timedelta(hours=20), 0),  # a relative lifetime jitters
        (timedelta(hours=25), 1),  # a renewal moves
        (-5 * DAY, 0),
    ],
)
def test_a_generation_ends_only_when_the_deadline_moves_later(moved: timedelta, generation: int) -> None:
    first = judge(dated(10 * DAY), policy(), NOW)
    second = judge(dated(10 * DAY + moved, clocks=first.clocks), policy(), NOW)

    assert second.clocks[0].generation == generation


def test_creeping_by_jitter_ends_a_generation_in_the_end() -> None:
    remembered = dated(10 * DAY)
    for hours in range(0, 60, 20):
        clocks = judge(remembered, policy(), NOW).clocks
        remembered = dated(10 * DAY + timedelta(hours=hours), clocks=clocks)

    assert judge(remembered, policy(), NOW).clocks[0].generation == 1


def test_age_alone_is_overdue_weekly_at_most_and_never_pages() -> None:
    old = memory(facts=Facts(created=NOW - 366 * DAY))
    told = through(old, 15 * DAY, DAY, max_age=365 * DAY)

    assert [(day, news.step, news.level) for day, news in told] == [
        (0, "overdue", Level.DIGEST),
        (6, "overdue", Level.DIGEST),
        (13, "overdue", Level.DIGEST),
    ]


def test_a_key_without_a_date_is_as_old_as_it_was_first_seen_in_its_place() -> None:
    places = (held(since=NOW - 400 * DAY), held(place="aws:x#K", since=NOW - DAY))
    judgement = judge(memory(held=places), policy(max_age=365 * DAY), NOW)

    assert (judgement.status, judgement.clocks[0].deadline) == (Status.OVERDUE, NOW - 35 * DAY)


def test_a_key_with_a_date_of_its_own_has_no_age_limit() -> None:
    judgement = judge(dated(90 * DAY), policy(max_age=DAY), NOW)

    assert [clock.clock for clock in judgement.clocks] == [ClockName.HARD]


def test_a_key_that_the_vendor_calls_endless_has_an_age_limit() -> None:
    endless = memory(facts=Facts(created=MADE, expires=NEVER))

    assert [clock.clock for clock in judge(endless, policy(max_age=DAY), NOW).clocks] == [ClockName.POLICY]


def test_what_really_ends_rules_over_age() -> None:
    remembered = memory(facts=Facts(created=NOW - 398 * DAY, last_used=NOW - 88 * DAY), idle=90 * DAY)
    judgement = judge(remembered, policy(max_age=365 * DAY), NOW)

    assert (judgement.status, judgement.clocks[0].clock) == (Status.EXPIRING, ClockName.IDLE)


def test_a_planned_deletion_pages() -> None:
    judgement = judge(memory(held=(held(deletes_at=NOW + 2 * DAY),)), policy(), NOW)

    assert (judgement.status, rungs(judgement)) == (Status.EXPIRING, [("expiring", Level.PAGE, 3)])


@pytest.mark.parametrize(
    ("due", "status", "told"), [(DAY, Status.OK, []), (-DAY, Status.OVERDUE, [("due", Level.DIGEST, 0)])]
)
def test_a_stores_own_schedule_is_told_only_when_it_was_missed_and_not_as_mere_age(
    due: timedelta, status: Status, told: list[tuple[str, Level, int]]
) -> None:
    judgement = judge(memory(held=(held(due_at=NOW + due),)), policy(), NOW)

    assert (judgement.status, rungs(judgement)) == (status, told)


def test_an_ignored_credential_speaks_when_the_rule_runs_out() -> None:
    ignored = judge(dated(5 * DAY), policy(ignore="being retired"), NOW)
    after = judge(dated(5 * DAY, clocks=ignored.clocks), policy(), NOW)

    assert (rungs(ignored), rungs(after)) == ([], [("expiring", Level.DIGEST, 7)])


def test_a_renewed_key_climbs_the_ladder_again() -> None:
    first = judge(dated(6 * DAY), policy(), NOW)
    renewed = replace(dated(90 * DAY), clocks=first.clocks)

    told = through(renewed, 90 * DAY, DAY)

    assert [day for day, _ in told[:3]] == [60, 76, 83]


@pytest.mark.parametrize(
    ("left", "again"),
    [(31 * DAY, NOW + DAY), (30 * DAY + MINUTE, NOW + MINUTE), (14 * DAY + 2 * MINUTE, NOW + 2 * MINUTE)],
)
def test_it_is_judged_again_when_the_next_threshold_is_crossed(left: timedelta, again: datetime) -> None:
    assert judge(dated(left), policy(), NOW).judge_at == again


def test_a_clock_remembers_who_said_its_date() -> None:
    judgement = judge(dated(9 * DAY, expires_source="Deepgram's list"), policy(), NOW)
    expected = Ticking(ClockName.HARD, NOW + 9 * DAY, 309 * DAY, "Deepgram's list", 0, NOW + 9 * DAY, 14 * DAY)

    assert judgement.clocks == (expected,)


def test_nothing_is_news_while_nothing_happens() -> None:
    assert through(memory(tried=(works(),)), 60 * DAY, DAY) == []
