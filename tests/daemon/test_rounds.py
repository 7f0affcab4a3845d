"""Whose turn it is: pure, but for the turns that are out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from credwatch.daemon.rounds import EVERYTHING, Rounds, due, phase, slot

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUARTER, HOUR, MINUTE = timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=1)
NONE = timedelta(0)


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, NOON, True),
        (NOON, NOON, False),
        (NOON, NOON + 14 * MINUTE, False),
        (NOON, NOON + QUARTER, True),
        (NOON - MINUTE, NOON, True),
        (NOON + 14 * MINUTE, NOON + QUARTER, True),
        (NOON, NOON + timedelta(days=90), True),
        (NOON + MINUTE, NOON, True),  # later than now: the clock was set back
    ],
)
def test_a_look_is_due_once_in_each_interval(last: datetime | None, now: datetime, *, expected: bool) -> None:
    assert due(last, now, QUARTER, NONE) is expected


def test_looks_that_take_long_do_not_make_the_interval_longer() -> None:
    now, last, looks = NOON, NOON, 0
    while now < NOON + timedelta(days=10):
        if due(last, now, QUARTER, phase("stack-a")):
            now += 6 * MINUTE
            looks, last = looks + 1, now
        now += MINUTE

    assert looks == 10 * 24 * 4


def test_many_watches_have_their_turns_at_different_times_and_one_watch_has_them_together() -> None:
    begins = {slot(NOON, QUARTER, phase(f"stack-{number}")) for number in range(50)}

    assert len(begins) == 50
    assert all(NOON - QUARTER < began <= NOON for began in begins)
    own = phase("stack-1")
    assert slot(slot(NOON, HOUR, own), QUARTER, own) == slot(NOON, HOUR, own)


def rounds() -> Rounds:
    made = Rounds(NONE)
    made.configure({"vault": QUARTER, "aws": HOUR, "crm": QUARTER})
    return made


def test_what_was_never_looked_at_makes_a_turn_of_everything_and_nothing_beside_it() -> None:
    made = rounds()

    assert made.take({"vault": NOON}, NOON, 0) == EVERYTHING
    assert made.take({}, NOON, 0) is None


def test_those_that_are_due_have_one_turn_and_none_is_in_two() -> None:
    made, looked = rounds(), dict.fromkeys(("vault", "aws", "crm"), NOON)

    assert made.take(looked, NOON + QUARTER, 0) == ("vault", "crm")
    assert made.take(looked, NOON + QUARTER, 0) is None
    assert made.take(looked, NOON + HOUR, 0) == ("aws",)


def test_a_table_that_a_turn_of_everything_leaves_unseen_is_no_connection() -> None:
    made, after = rounds(), {"vault": NOON, "aws": NOON}
    made.take({}, NOON, 0)
    made.give_back(EVERYTHING, after, 60, ended=True)

    assert made.take(after, NOON, 10_000) is None
    assert made.take(after, NOON + QUARTER, 10_000) == ("vault",)


def test_a_turn_of_everything_that_broke_says_nothing_and_is_repeated_later() -> None:
    made = rounds()
    made.take({}, NOON, 0)
    made.give_back(EVERYTHING, {"vault": NOON}, 60, ended=False)

    assert made.take({"vault": NOON}, NOON, 60 + 299) is None
    assert made.take({"vault": NOON}, NOON, 60 + 300) == EVERYTHING


def test_a_new_configuration_is_looked_at_as_a_whole_again() -> None:
    made = rounds()
    made.take({}, NOON, 0)
    made.give_back(EVERYTHING, {"vault": NOON, "aws": NOON}, 0, ended=True)
    made.configure({"vault": QUARTER, "crm": QUARTER})

    assert made.take({"vault": NOON}, NOON, 1) == EVERYTHING


def test_a_turn_that_looked_at_nothing_is_given_again_after_five_minutes() -> None:
    made, looked = rounds(), dict.fromkeys(("vault", "aws", "crm"), NOON)
    turn = made.take(looked, NOON + QUARTER, 0)
    assert turn is not None
    made.give_back(turn, {**looked, "vault": NOON + QUARTER}, 10, ended=False)

    assert made.take(looked, NOON + 2 * QUARTER, 10) == ("vault",)
    assert made.take(looked, NOON + 2 * QUARTER, 310) == ("crm",)


def test_the_longest_interval_of_a_turn_counts_for_a_child_that_hangs() -> None:
    assert rounds().longest(("vault", "crm")) == QUARTER
    assert rounds().longest(EVERYTHING) == HOUR
