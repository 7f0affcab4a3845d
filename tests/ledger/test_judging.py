"""Who is judged at a close, and what becomes of the news of a sweep that died."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from credwatch.ledger.outbox import Outbox
from credwatch.model import About, Judgement, Level, Memory, News, ProbeResult, Reason, Status, SweepMemory
from tests.ledger.news import REFUSED, says
from tests.ledger.world import BY_ID, DAY, INVALID, START, UNKNOWN, VALID, World, judged, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"


def test_what_a_sweep_that_died_had_to_say_is_told_by_the_next_one(world: World) -> None:
    """Its pages are judged, and kept; then it dies."""

    def dies(_memory: SweepMemory, _now: datetime) -> tuple[News, ...]:
        raise KeyboardInterrupt

    outbox_of = Outbox(world.ledger)
    world.sweep(seen(A, "f1"))
    with pytest.raises(KeyboardInterrupt):
        world.close(world.look(seen(A, "f1")), says(REFUSED), dies)
    before = outbox_of.waiting()
    world.anew = False
    closed = [world.sweep(seen(A, "f1"), judge=says(REFUSED)) for _ in range(2)]

    assert (before, [row.step for row in outbox_of.waiting()]) == ((), ["refused"])
    assert [one.opened for one in closed] == [0, 0]


def test_a_key_that_works_on_is_not_judged_again_before_its_time(world: World) -> None:
    world.anew = False
    piece = seen(A, "f1", key="SK1", tried=VALID)

    judged_in = [world.sweep(piece, judge=says(status=Status.OK)).judged for _ in range(3)]

    assert judged_in == [1, 0, 0]
    assert world.one("select times from tried") == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "other"},
        {"tried": INVALID},
        {"tried": UNKNOWN},
        {"tried": ProbeResult.valid(reason=Reason.LIMITED)},
        {"written_at": START - DAY},
        {"missing": ["id"]},
        {"kind": replace(BY_ID, title="another title")},
        {"fingerprint": "f2"},
    ],
    ids=["a fact", "a refusal", "no answer", "another reason", "its item", "a half", "its kind", "its value"],
)
def test_whatever_changes_of_a_key_is_judged(world: World, changed: dict[str, Any]) -> None:
    world.anew = False
    before: dict[str, Any] = {"fingerprint": "f1", "key": "SK1", "tried": VALID}
    world.sweep(seen(A, **before))

    assert world.sweep(seen(A, **{**before, **changed})).judged == 1


def test_other_rules_judge_everything_anew_and_the_same_rules_do_not(world: World) -> None:
    world.anew = False
    world.sweep(seen(A, "f1", tried=VALID), seen(B, "f2", tried=VALID))
    world.rules = "other"

    assert [world.sweep(broken=["vault"]).judged for _ in range(2)] == [2, 0]


@pytest.mark.parametrize(
    ("about", "subject", "judged_again"),
    [
        (About.ACCOUNT, "twilio/AC1", {A, B}),
        (About.PLACE, A, {A}),
        (About.CREDENTIAL, "self", {A}),
        (About.PROVIDER, "vault", set()),
    ],
)
def test_whoever_an_open_incident_is_about_is_judged_at_each_close(
    world: World, about: About, subject: str, judged_again: set[str]
) -> None:
    """What ends it may have happened to another key."""
    world.anew = False
    news = News(about, subject, "suspended", Level.PAGE)
    pieces = [seen(A, "f1", account="AC1", tried=VALID), seen(B, "f2", account="AC1", tried=VALID)]
    asked: set[str] = set()

    def judge(memory: Memory, now: datetime) -> Judgement:
        asked.add(memory.held[0].place)
        return says(news)(memory, now) if memory.held[0].place == A else judged()

    world.sweep(*pieces, seen("vault:kv/c#KEY", "f3", account="AC2", tried=VALID), judge=judge)
    asked.clear()
    world.sweep(broken=["vault"], judge=judge)

    assert asked == judged_again
