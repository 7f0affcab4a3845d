"""The probe history, folded."""

from __future__ import annotations

import pytest

from credwatch.ledger.times import moment
from credwatch.model import ProbeResult, Reason, Validity
from tests.ledger.world import DAY, HOUR, INVALID, MINUTE, START, SUSPENDED, UNKNOWN, VALID, World, judged, seen

A = "vault:kv/a#KEY"
NAMES = ("valid_at", "refused_since", "refused_last", "suspended_since", "unknown_since")


@pytest.mark.parametrize(
    ("answers", "folded"),
    [
        # minute of: valid_at, refused_since, refused_last, suspended_since, unknown_since
        ([VALID], (0, None, None, None, None)),
        ([VALID, INVALID], (0, 1, 1, None, None)),
        ([VALID, INVALID, INVALID], (0, 1, 2, None, None)),
        ([INVALID, UNKNOWN, INVALID], (None, 0, 2, None, None)),
        ([INVALID, UNKNOWN, UNKNOWN], (None, 0, 0, None, 1)),
        ([INVALID, VALID], (1, None, None, None, None)),
        ([INVALID, SUSPENDED], (None, None, None, 1, None)),
        ([INVALID, SUSPENDED, INVALID], (None, 2, 2, None, None)),
        ([INVALID, SUSPENDED, UNKNOWN, INVALID], (None, 3, 3, None, None)),
        ([INVALID, UNKNOWN, SUSPENDED, VALID], (3, None, None, None, None)),
        ([SUSPENDED, SUSPENDED], (None, None, None, 0, None)),
        ([SUSPENDED, UNKNOWN], (None, None, None, 0, 1)),
        ([SUSPENDED, INVALID], (None, 1, 1, None, None)),
        ([SUSPENDED, VALID], (1, None, None, None, None)),
        ([UNKNOWN, VALID], (1, None, None, None, None)),
        ([VALID, UNKNOWN, UNKNOWN], (0, None, None, None, 1)),
    ],
)
def test_a_working_answer_and_a_suspension_clear_a_refusal_and_unknown_clears_nothing(
    world: World, answers: list[ProbeResult], folded: tuple[int | None, ...]
) -> None:
    for minute, answer in enumerate(answers):
        world.sweep(seen(A, "f1", tried=answer, at=START + minute * MINUTE))

    (tried,) = world.memories()[A].tried
    minutes = tuple(None if at is None else (at - START) // MINUTE for at in (getattr(tried, name) for name in NAMES))
    assert (tried.validity, minutes) == (answers[-1].validity, folded)


def test_an_answer_that_comes_late_changes_nothing_but_the_history(world: World) -> None:
    world.now = START + HOUR
    world.sweep(seen(A, "f1", tried=VALID, at=START + MINUTE))

    world.sweep(seen(A, "f1", tried=INVALID, at=START))

    assert world.memories()[A].tried[0].validity is Validity.VALID
    assert world.column("select validity from probe order by at") == ["invalid", "valid"]


def test_a_run_of_equal_answers_is_one_line_of_the_history(world: World) -> None:
    limited = ProbeResult.valid(reason=Reason.LIMITED)
    answers = [VALID, VALID, VALID, INVALID, INVALID, VALID, limited, limited]
    for minute, answer in enumerate(answers):
        world.sweep(seen(A, "f1", tried=answer, at=START + minute * MINUTE))

    runs = world.rows("select validity, reason, at, until, times from probe order by at")
    assert [(r["validity"], r["reason"], _minute(r["at"]), _minute(r["until"]), r["times"]) for r in runs] == [
        ("valid", "ok", 0, 2, 3),
        ("invalid", "refused", 3, 4, 2),
        ("valid", "ok", 5, 5, 1),
        ("valid", "limited", 6, 7, 2),
    ]


def _minute(at: int) -> int:
    return (moment(at) - START) // MINUTE


def test_an_answer_from_when_our_clock_was_ahead_holds_nothing_back(world: World) -> None:
    world.sweep(seen(A, "f1", tried=VALID, at=START + 30 * DAY))

    world.sweep(seen(A, "f1", tried=INVALID, at=START + MINUTE))

    assert world.memories()[A].tried[0].validity is Validity.INVALID


def test_each_value_of_a_key_has_its_own_history(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1", tried=VALID), seen("vault:kv/b#KEY", "f2", key="SK1", tried=INVALID))

    assert {one.fingerprint: one.validity for one in world.memories()[A].tried} == {"f1": "valid", "f2": "invalid"}


def test_not_tried_is_not_unknown(world: World) -> None:
    world.sweep(seen(A, "f1"))

    assert world.memories()[A].tried == ()


@pytest.mark.parametrize(
    ("answer", "minutes_ago", "known"),
    [
        (VALID, 5, True),
        (INVALID, 5, True),
        (SUSPENDED, 5, True),
        (UNKNOWN, 5, False),
        (VALID, 9, False),
        (VALID, -1, False),
    ],
)
def test_what_was_answered_lately_is_not_tried_again(
    world: World,
    answer: ProbeResult,
    minutes_ago: int,
    known: bool,  # noqa: FBT001  a table
) -> None:
    world.sweep(seen(A, "f1", tried=answer, at=START - minutes_ago * MINUTE))

    found = world.ledger.answered([("twilio-api-key", "f1"), ("other", "f1")], START - 7 * MINUTE, START)

    assert found == ({"f1"} if known else frozenset())


def test_an_unknown_after_an_answer_leaves_it_answered(world: World) -> None:
    world.sweep(seen(A, "f1", tried=VALID, at=START))

    world.sweep(seen(A, "f1", tried=UNKNOWN, at=START + MINUTE))

    assert world.ledger.answered([("twilio-api-key", "f1")], START) == {"f1"}


def test_a_secret_that_stands_with_two_ids_is_tried_with_each(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1", tried=VALID), seen("vault:kv/b#KEY", "f1", key="SK2"))

    assert world.ledger.answered([("twilio-api-key", "f1")], START) == frozenset()


def test_times_survive_to_the_millisecond(world: World) -> None:
    world.now = START + HOUR
    world.sweep(seen(A, "f1", tried=VALID, at=START + 1.5 * MINUTE))

    assert moment(world.one("select valid_at from tried")) == START + 1.5 * MINUTE


def test_a_suspect_is_tried_again_whenever_it_was_answered(world: World) -> None:
    world.sweep(seen(A, "f1", tried=INVALID, at=START), judge=lambda _memory, _now: judged(suspect=True))

    assert world.ledger.answered([("twilio-api-key", "f1")], START) == frozenset()
