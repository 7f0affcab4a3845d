"""A clock that was a month ahead, or behind, and is right again: nothing is lost, nothing is told twice, no key is judged by it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from credwatch import assess
from credwatch.ledger import Ledger
from credwatch.ledger.queries.health import health as health_of
from credwatch.ledger.times import moment, stored
from credwatch.model import About, Facts, Judgement, Memory, News, ProbeResult, Reason, Status, SweepMemory
from tests.ledger.news import REFUSED, outbox, says
from tests.ledger.world import DAY, HOUR, INVALID, MINUTE, POLICY, START, VALID, World, judged, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"
MONTH = 30 * DAY
TIMES = {
    "credential": ("first_seen", "last_seen", "status_since", "judged_at"),
    "copy": ("since", "seen_at", "ended_at"),
    "tried": (
        "at",
        "began",
        "valid_at",
        "answered_at",
        "refused_since",
        "refused_last",
        "suspended_since",
        "unknown_since",
    ),
    "event": ("at",),
    "answer": ("at", "until"),
    "sweep": ("started_at", "looked_at", "closed_at", "settled_at"),
    "sweep_provider": ("started_at", "ended_at"),
    "provider": ("swept_at", "complete_at", "first_complete_at", "failed_since"),
    "incident": ("opened_at", "moved_at", "closed_at", "acked_at"),
    "message": ("created_at", "sending_at", "sent_at", "next_try_at"),
    "outbox": ("created_at", "told_at"),
}


def really(memory: Memory, now: datetime) -> Judgement:
    return assess.judge(memory, POLICY, now)


def refused_in(world: World, minute: int, *others: ProbeResult, judge: object = really) -> None:
    """A sweep at that minute after START in which A is refused; others are what else was answered."""
    world.now = START + minute * MINUTE
    rest = (seen(f"vault:kv/{n}#K", f"o{n}", tried=one) for n, one in enumerate(others))
    world.sweep(seen(A, "f1", tried=INVALID), *rest, judge=judge)  # type: ignore[arg-type]


def status(world: World, place: str = A) -> str:
    return str(
        world.one("select status from credential c join copy h on h.credential_id = c.id where h.place = ?", place)
    )


def test_nothing_that_was_stored_as_past_stays_in_the_future(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(seen(A, "f1", tried=VALID), seen(B, "f2", tried=VALID))
    world.now += MONTH
    for answers in ((VALID, INVALID), (INVALID, VALID), (INVALID, INVALID)):
        shown = zip((A, B), answers, strict=True)
        world.sweep(*(seen(place, place, tried=one) for place, one in shown), judge=says(REFUSED), broken=["aws"])
    world.sweep(seen(A, A), broken=["aws"])
    world.ledger.acknowledge(world.one("select min(id) from incident where closed_at is null"), "ana", None, world.now)
    with world.ledger.transaction() as db:
        db.execute(
            "insert into message (id, kind, channel, state, created_at, sending_at, next_try_at) values ('m', 'post', '#a', 'sending', ?1, ?1, ?1)",
            (stored(world.now),),
        )

    world.now = START + HOUR
    world.begin()

    future = {
        f"{table}.{column}"
        for table, columns in TIMES.items()
        for column in columns
        if world.one(f"select count(*) from {table} where {column} > ?", stored(world.now))  # noqa: S608  the tests' own names
    }
    assert future == set()


@pytest.mark.parametrize("how", ["begin", "open"])
def test_it_is_mended_when_a_sweep_begins_and_when_the_ledger_is_opened(kept: World, how: str) -> None:
    kept.now += MONTH
    kept.sweep(seen(A, "f1", tried=VALID))
    kept.now = START

    if how == "begin":
        kept.begin()
    else:
        assert kept.ledger.directory is not None
        Ledger.open(kept.ledger.directory, now=START, mounts="").shut()

    assert moment(kept.one("select max(started_at) from sweep")) == START


def test_an_answer_from_the_future_makes_no_key_fine_and_none_dead(world: World) -> None:
    world.now += MONTH
    for _ in range(2):
        world.sweep(seen(A, "f1", tried=INVALID), seen(B, "f2", tried=VALID), judge=really)
    before = status(world), status(world, B)

    world.now = START
    world.sweep(seen(A, "f1"), seen(B, "f2"), judge=really)

    assert before == ("invalid", "ok")
    assert (status(world), status(world, B)) == ("unverified", "unverified")
    assert world.column("select distinct reason from tried") == [Reason.CLOCK_SKEW]


def test_a_key_that_is_really_dead_is_believed_dead_again_and_told_once(world: World) -> None:
    for minute in (43200, 43206, 0, 6):
        refused_in(world, minute, VALID)

    assert status(world) == "invalid"
    assert outbox(world) == [("refused", "queued")]


def test_a_refusal_of_before_counts_with_one_of_after(world: World) -> None:
    """The clock was ahead in between: neither is taken away, and what was answered meanwhile is."""
    refused_in(world, 0)
    refused_in(world, 600)
    refused_in(world, 6)

    (tried,) = world.memories()[A].tried
    assert (tried.refused_since, tried.refused_last) == (START, START + 6 * MINUTE)


def test_two_refusals_by_a_clock_that_was_set_forward_between_them_are_one(world: World) -> None:
    """It was a month behind. A minute passed, and not a month."""
    refused_in(world, -43200)
    refused_in(world, 1)
    early = status(world)
    refused_in(world, 7)

    assert (early, status(world)) == ("unverified", "invalid")


def test_blindness_by_a_clock_that_was_set_forward_begins_anew(world: World) -> None:
    world.now = START - MONTH
    world.sweep(broken=["vault"])
    world.now = START
    world.sweep(broken=["vault"])

    assert moment(world.one("select failed_since from provider where name = 'vault'")) == START


def test_blindness_since_the_future_is_blindness_since_now(world: World) -> None:
    world.now = START + MONTH
    world.sweep(broken=["vault"])
    world.now = START
    world.sweep(broken=["vault"])
    world.now = START + 7 * HOUR

    said: list[News] = []

    def listen(memory: SweepMemory, now: datetime) -> tuple[News, ...]:
        said.extend(assess.judge_sweep(memory, now))
        return ()

    world.sweep(broken=["vault"], judge_sweep=listen)

    assert [news.step for news in said if news.about is About.PROVIDER] == ["blind_long"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        # Ahead, page level; right again: nothing, then thirty days, then nothing, then page level, then nothing.
        ([28, 0, 0.1, 0.2, 27.5, 28.1], [1, 0, 1, 0, 1, 0]),
        # Right; behind, where nothing is near; right again: what was said was said.
        ([0.1, -30, -29, 0.2, 1], [1, 0, 0, 0, 0]),
        # A page is over when a clock that is behind sees nothing near, and is a page again when that is not so.
        ([28, -2, 28.1, 28.2], [1, 0, 1, 0]),
        # Set back by a quarter of an hour: of days it said nothing that was wrong.
        ([0.1, 0.09, 0.2, 28, 27.99, 28.1], [1, 0, 0, 1, 0, 0]),
    ],
    ids=["a clock that was ahead", "a clock that was behind", "a page", "a clock that was minutes ahead"],
)
def test_each_rung_is_said_once_in_its_time(world: World, days: list[float], told: list[int]) -> None:
    made, ends = START - 335 * DAY, START + 30 * DAY + HOUR
    said = []
    for day in days:
        world.now = START + day * DAY
        world.sweep(seen(A, "f1", tried=VALID, created=made, expires=ends), judge=really)
        said.append(world.one("select count(*) from outbox where state = 'queued' and level <> 'resolved'"))
        with world.ledger.transaction() as db:
            db.execute("update outbox set state = 'told', told_at = created_at where state = 'queued'")

    assert said == told


def test_who_waits_for_his_account_to_work_sees_it_work(world: World) -> None:
    """The incident was opened a month ahead: an answer of today is later than that."""
    keys = [(f"vault:kv/{n}#K", f"f{n}", f"SK{n}") for n in range(2)]

    def look(minute: int, answer: ProbeResult) -> None:
        world.now = START + minute * MINUTE
        pieces = [seen(place, value, key=key, account="AC1", tried=answer) for place, value, key in keys]
        world.sweep(*pieces, judge=really)

    for minute, answer in ((43200, INVALID), (43206, INVALID), (0, VALID), (15, VALID)):
        look(minute, answer)

    assert world.column("select closed_why from incident where about = 'account'") == ["well"]


def test_a_snooze_is_as_long_as_it_was_meant_to_be(world: World) -> None:
    world.now = START + MONTH
    world.sweep(seen(A, "f1"), judge=says(REFUSED))
    incident = world.one("select id from incident")
    world.ledger.acknowledge(incident, "ana", world.now + 3 * HOUR, world.now)

    world.now = START
    world.begin()

    assert moment(world.one("select snoozed_until from incident")) == START + 3 * HOUR


def test_what_may_have_been_posted_is_looked_for_since_the_last_time_that_can_be_believed(world: World) -> None:
    world.sweep(seen(A, "f1"))
    late = stored(START + MONTH)
    with world.ledger.transaction() as db:
        db.executemany(
            "insert into message (id, kind, channel, state, digest_owner, digest_date, created_at, sending_at, next_try_at)"
            " values (?, 'post', '#a', ?, ?, '2026-12-20', ?, ?, ?)",
            [("lost", "sending", "ana", late, late, late), ("told", "sent", "ben", late, late, None)],
        )

    world.now = START + HOUR
    world.begin()

    assert world.rows("select id, created_at, sending_at, next_try_at, digest_date from message order by id") == [
        {
            "id": "lost",
            "created_at": stored(START),
            "sending_at": stored(START),
            "next_try_at": None,
            "digest_date": "2026-12-20",
        },
        {
            "id": "told",
            "created_at": stored(START + HOUR),
            "sending_at": stored(START + HOUR),
            "next_try_at": None,
            "digest_date": None,
        },
    ]


def test_what_nobody_has_seen_since_is_judged_though_its_day_was_thought_far(world: World) -> None:
    world.now = START + MONTH
    world.sweep(seen(A, "f1"), judge=lambda _memory, now: judged(judge_at=now + DAY))
    world.now = START

    assert world.sweep(broken=["vault"]).judged == 1


def test_a_look_of_the_future_is_no_look(world: World) -> None:
    world.now = START + MONTH
    world.sweep(seen(A, "f1"))

    health = health_of(world.ledger, START)

    assert (health.sweep, health.seen_since) == (None, None)


def test_a_clock_that_is_set_back_a_little_while_we_work_changes_nothing(world: World) -> None:
    sweep = world.look(seen(A, "f1", tried=VALID, at=START))
    world.now = START - timedelta(seconds=2)

    world.close(sweep, really)

    assert (status(world), world.one("select validity from tried")) == (Status.OK, "valid")


def test_facts_of_others_are_not_ours_to_mend(world: World) -> None:
    """A vendor may plan ahead: its dates are its own."""
    world.now = START + MONTH
    world.sweep(seen(A, "f1", created=START + DAY, expires=START + 90 * DAY, last_used=START + DAY))
    world.now = START
    world.sweep(seen(A, "f1"))

    facts = world.memories()[A].facts
    assert facts == Facts(created=START + DAY, expires=START + 90 * DAY, last_used=START + DAY)
