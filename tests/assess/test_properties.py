"""What holds for every memory, every policy and every moment."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from credwatch.assess import SETTLE, clocks, judge
from credwatch.model import (
    NEVER,
    Around,
    ClockName,
    Facts,
    Judgement,
    Level,
    Memory,
    News,
    Policy,
    Reason,
    Status,
    Tried,
    Validity,
)
from tests.assess.memories import DAY, MINUTE, NOW, WARN, held, memory, opened, policy

SEVERITY = {
    Status.OK: 0,
    Status.OVERDUE: 1,
    Status.UNVERIFIED: 2,
    Status.EXPIRING: 3,
    Status.EXPIRED: 4,
    Status.SUSPENDED: 4,
    Status.INVALID: 4,
}
"""What is refused past its date is called expired: the same key is as dead."""
DEAD = (Status.SUSPENDED, Status.INVALID)

# -- what there may be -------------------------------------------------------------------------------------------------

AGO = st.sampled_from([10, 2 * 1_440, 45 * 1_440, 400 * 1_440]).flatmap(lambda most: st.integers(0, most))
"""Minutes: some, some days, some weeks, more than a year."""
PAST = AGO.map(lambda minutes: NOW - minutes * MINUTE)
MOMENTS = PAST | AGO.map(lambda minutes: NOW + minutes * MINUTE)
THRESHOLDS = st.lists(st.integers(1, 90).map(lambda days: days * DAY), max_size=5, unique=True).map(
    lambda lengths: tuple(sorted(lengths, reverse=True))
)
POLICIES = st.builds(
    policy,
    warn=THRESHOLDS | st.just(()) | st.just(WARN),
    page=st.none() | st.integers(0, 20).map(lambda days: days * DAY),
    max_age=st.none() | st.integers(1, 400).map(lambda days: days * DAY),
    environment=st.sampled_from(["production", "staging"]),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    return Facts(
        created=draw(st.none() | PAST),
        expires=draw(st.none() | st.just(NEVER) | MOMENTS),
        last_used=draw(st.none() | PAST),
    )


@st.composite
def answers(draw: st.DrawFn, fingerprint: str) -> Tried:
    """One history, folded, as the ledger would."""
    validity = draw(st.sampled_from(list(Validity)))
    last = draw(PAST)
    since = last - draw(st.sampled_from([0, 1, 4, 5, 6, 1_000])) * MINUTE
    refused = validity is Validity.INVALID or (validity is Validity.UNKNOWN and draw(st.booleans()))
    return Tried(
        fingerprint,
        validity,
        {Validity.VALID: Reason.OK, Validity.INVALID: Reason.REFUSED}.get(validity, Reason.TIMEOUT),
        "",
        last,
        valid_at=last if validity is Validity.VALID else None,
        refused_since=since if refused else None,
        refused_last=last if refused else None,
        suspended_since=since if validity is Validity.SUSPENDED else None,
        unknown_since=last if validity is Validity.UNKNOWN else None,
    )


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    fingerprints = draw(st.lists(st.sampled_from(["f1", "f2"]), unique=True, max_size=2))
    return memory(
        facts=draw(facts()),
        first_seen=draw(PAST),
        held=tuple(
            held(one, f"v:kv/a#{one}", deletes_at=draw(st.none() | MOMENTS), due_at=draw(st.none() | MOMENTS))
            for one in fingerprints
        ),
        tried=tuple(draw(answers(one)) for one in fingerprints if draw(st.booleans())),
        idle=draw(st.none() | st.just(90 * DAY)),
        listed_by=draw(st.sampled_from([(), ("list",)])),
        around=Around(
            "deepgram",
            "p1",
            siblings_valid_since_refusal=draw(st.integers(0, 1)),
            siblings_refused=draw(st.integers(0, 1)),
            siblings_silent=draw(st.integers(0, 1)),
            cut_off=draw(st.booleans()),
        ),
    )


def remembered(before: Memory, judgement: Judgement) -> Memory:
    """The next memory, as the ledger keeps it."""
    opens = [
        opened(one.about, one.subject, one.step)
        for one in judgement.news
        if one.opens and one.level is not Level.RESOLVED
    ]
    closed = {(one.about, one.subject) for one in judgement.news if one.level is Level.RESOLVED}
    still = [one for one in before.open if (one.about, one.subject) not in closed]
    new = [one for one in opens if (one.about, one.subject) not in {(each.about, each.subject) for each in still}]
    return replace(before, clocks=judgement.clocks, status=judgement.status, open=(*still, *new))


def of_dates(judgement: Judgement) -> list[News]:
    return [one for one in judgement.news if one.clock is not None]


# -- refusals ----------------------------------------------------------------------------------------------------------


@st.composite
def refusals(draw: st.DrawFn) -> Memory:
    """Nothing but refusals, some of them too close together, in production."""
    known = draw(memories())
    firsts = [NOW - draw(st.sampled_from([0, 1, 4, 5, 6])) * MINUTE for _ in known.held]
    tried = [
        Tried(one.fingerprint or "", Validity.INVALID, Reason.REFUSED, "", NOW, refused_since=since, refused_last=NOW)
        for one, since in zip(known.held, firsts, strict=True)
    ]
    return replace(known, tried=tuple(tried), facts=Facts(), first_seen=NOW - DAY)


@given(memories() | refusals(), POLICIES, MOMENTS)
def test_no_key_is_invalid_without_two_refusals_five_minutes_apart_of_every_value(
    known: Memory, rules: Policy, now: datetime
) -> None:
    judgement = judge(known, rules, now)

    steps = {news.step for news in judgement.news if news.level is not Level.RESOLVED}
    if judgement.status is Status.INVALID or steps & {"refused", "all_refused"}:
        answered = {one.fingerprint: one for one in known.tried}
        lengths = [
            one.refused_last - one.refused_since
            for place in known.held
            for one in [answered[place.fingerprint or ""]]
            if one.refused_since is not None and one.refused_last is not None
        ]
        assert len(lengths) == len(known.held) > 0
        assert min(lengths) >= SETTLE


@given(memories(), POLICIES, MOMENTS)
def test_what_cannot_tell_pages_nobody_as_a_dead_key(known: Memory, rules: Policy, now: datetime) -> None:
    unclear = tuple(
        replace(one, validity=Validity.UNKNOWN, refused_since=None, refused_last=None) for one in known.tried
    )

    judgement = judge(replace(known, tried=unclear), rules, now)

    assert judgement.status not in DEAD or any(one.suspended_since for one in unclear)
    assert not [news for news in judgement.news if news.step in ("refused", "all_refused", "half_pair")]


# -- dates -------------------------------------------------------------------------------------------------------------


@given(memories(), POLICIES, MOMENTS, st.lists(st.integers(1, 60 * 1_440), min_size=1, max_size=8))
def test_no_status_of_a_date_gets_better_by_waiting(
    known: Memory, rules: Policy, now: datetime, waits: list[int]
) -> None:
    severity = []
    for wait in [0, *waits]:
        now += wait * MINUTE
        judgement = judge(known, rules, now)
        known = remembered(known, judgement)
        severity.append(SEVERITY.get(judgement.status, 0))

    assert severity == sorted(severity)


@given(memories(), POLICIES, MOMENTS)
def test_no_date_makes_a_key_look_better(known: Memory, rules: Policy, now: datetime) -> None:
    undated = replace(
        known,
        facts=replace(known.facts, expires=None, last_used=None),
        idle=None,
        held=tuple(replace(one, deletes_at=None, due_at=None) for one in known.held),
    )
    timeless = replace(rules, max_age=None)
    dated, plain = judge(known, rules, now), judge(undated, timeless, now)

    assert SEVERITY.get(dated.status, 0) >= SEVERITY.get(plain.status, 0)


@given(memories(), POLICIES, MOMENTS, st.lists(st.integers(1, 20 * 1_440), min_size=1, max_size=12))
def test_no_rung_is_told_twice_in_a_generation(known: Memory, rules: Policy, now: datetime, waits: list[int]) -> None:
    told: Counter[str] = Counter()
    for wait in [0, *waits]:
        now += wait * MINUTE
        judgement = judge(known, rules, now)
        told.update(news.dedupe_key for news in of_dates(judgement))
        known = remembered(known, judgement)

    assert set(told.values()) <= {1}


@given(memories(), POLICIES, MOMENTS)
def test_what_was_told_is_not_told_again_at_the_same_moment(known: Memory, rules: Policy, now: datetime) -> None:
    first = judge(known, rules, now)

    again = judge(remembered(known, first), rules, now)

    assert of_dates(again) == []
    assert again.status is first.status


@given(memories(), POLICIES, MOMENTS)
def test_only_the_tightest_of_several_crossed_thresholds_speaks(known: Memory, rules: Policy, now: datetime) -> None:
    spoken = Counter(news.clock for news in of_dates(judge(known, rules, now)))

    assert set(spoken.values()) <= {1}


@given(memories(), POLICIES, MOMENTS)
def test_a_date_pages_in_the_last_sixth_of_a_life_and_never_for_mere_age(
    known: Memory, rules: Policy, now: datetime
) -> None:
    lives = {reading.clock.clock: reading.clock.life for reading in clocks.read(known, rules, now)}
    judgement = judge(known, rules, now)

    for news in of_dates(judgement):
        if news.level is Level.PAGE:
            assert SEVERITY[judgement.status] >= SEVERITY[Status.EXPIRING]
            assert news.clock in (ClockName.HARD, ClockName.IDLE, ClockName.DELETION)
            assert rules.page is not None
            assert rules.production
            assert news.deadline is not None
            assert news.deadline - now <= min(rules.page, lives[news.clock] / 6)


LIVES = st.sampled_from([60, 90, 600, 1_440, 3 * 1_440, 20 * 1_440, 90 * 1_440]) | st.integers(60, 400 * 1_440)
LOOKS = st.lists(st.tuples(st.sampled_from([-1, 0, 1]) | st.floats(-1, 1), st.floats(0.5, 1)), min_size=3, max_size=20)


@given(POLICIES, LIVES, LOOKS)
def test_a_life_that_is_told_anew_in_every_answer_and_jitters_says_each_rung_once(
    rules: Policy, minutes: int, looks: list[tuple[float, float]]
) -> None:
    """A vendor that says "ends in 3599 s" gives another date each time."""
    life, told, least = minutes * MINUTE, list[str](), timedelta.max
    known = memory(facts=Facts(created=NOW, expires=NOW + life), first_seen=NOW)
    for jitter, at in [(0.0, 0.0), *sorted(looks, key=lambda look: look[1])]:
        seen = NOW + life + min(DAY, life / 10) * 0.8 * jitter
        known = replace(known, facts=Facts(created=NOW, expires=seen))
        least = min(least, seen - (NOW + life * at))
        judgement = judge(known, rules, NOW + life * at)
        told += [news.dedupe_key for news in of_dates(judgement)]
        known = remembered(known, judgement)
        (clock,) = (each for each in judgement.clocks if each.clock is ClockName.HARD)
        assert clock.generation == 0

    fitting = {one for one in rules.warn if one <= life * 2 / 3} or {life / 3, life / 6}
    page = {min(rules.page, life / 6)} if rules.page is not None and rules.production else set[timedelta]()
    assert len(told) == len(set(told)) <= sum(least <= rung for rung in fitting | page | {timedelta(0)})


@given(memories(), MOMENTS, POLICIES, MOMENTS, st.integers(2, 400))
def test_a_renewal_begins_a_new_generation_which_speaks_for_itself(
    known: Memory, ends: datetime, rules: Policy, now: datetime, days: int
) -> None:
    known = replace(known, listed_by=("list",), facts=replace(known.facts, expires=ends))
    first = judge(known, rules, now)
    renewed = replace(remembered(known, first), facts=replace(known.facts, expires=ends + days * DAY))

    second = judge(renewed, rules, now)

    assert [clock.generation for clock in second.clocks if clock.clock is ClockName.HARD] == [1]
    assert not {news.dedupe_key for news in of_dates(first) if news.clock is ClockName.HARD} & {
        news.dedupe_key for news in of_dates(second)
    }


@given(memories(), POLICIES, MOMENTS)
def test_a_judgement_is_always_followed_by_another_and_soon_enough(known: Memory, rules: Policy, now: datetime) -> None:
    judgement = judge(known, rules, now)

    assert now < judgement.judge_at <= now + DAY
