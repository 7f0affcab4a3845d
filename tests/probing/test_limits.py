"""What one account is asked to bear."""

from __future__ import annotations

import math

import pytest

from credwatch.probing.limits import Account, Bucket, Limits


def started(account: Account, now: float) -> int:
    """How many may begin now."""
    count = 0
    while not account.start(now):
        count += 1
    return count


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=2.0, burst=3.0)

    assert [bucket.take(10.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert [bucket.take(10.5), bucket.take(10.5)] == [0.0, 0.5]
    assert [bucket.take(99.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


@pytest.mark.parametrize("rate", [0.3, 7.0, 10_000.0])
def test_whoever_has_waited_as_long_as_was_said_gets_a_token(rate: float) -> None:
    bucket, now = Bucket(rate, burst=1.0), 12345.678
    bucket.take(now)

    for _ in range(1000):
        now += bucket.take(now)
        assert bucket.take(now) == 0.0


def test_failures_on_their_way_together_halve_the_concurrency_once() -> None:
    account = Account(Limits(concurrency=8))
    assert started(account, 0.0) == 8

    for _ in range(8):
        account.end(0.0, 1.0, transient=True)
    assert started(account, 2.0) == 4

    for _ in range(4):
        account.end(2.0, 3.0, transient=True)
    assert started(account, 4.0) == 2


def test_a_full_round_of_answers_allows_one_more_up_to_the_limit() -> None:
    account = Account(Limits(concurrency=4))
    account.start(0.0)
    account.end(0.0, 1.0, transient=True)
    seen = []

    for now in range(2, 6):
        count = started(account, now)
        seen.append(count)
        for _ in range(count):
            account.end(now, now + 0.5, transient=False)

    assert seen[0] == 2
    assert seen[-1] == 4
    assert seen == sorted(seen)


def test_one_probe_is_always_allowed() -> None:
    account = Account(Limits(concurrency=2))

    for now in range(9):
        assert account.start(now) == 0.0
        account.end(now, now + 0.5, transient=True)


def test_a_pause_is_kept_and_never_shortened() -> None:
    account = Account(Limits())
    account.pause(30.0)
    account.pause(10.0)

    assert (account.start(10.0), account.start(30.0)) == (20.0, 0.0)


def test_a_full_account_waits_for_an_answer() -> None:
    account = Account(Limits(concurrency=1))
    account.start(0.0)

    assert account.start(0.0) == math.inf


@pytest.mark.parametrize(("between", "opened"), [(False, True), (True, False)])
def test_five_in_a_row_open_it(between: bool, opened: bool) -> None:  # noqa: FBT001  a row of the table
    account = Account(Limits())
    for number in range(5):
        account.give_up()
        if between and number == 3:
            account.start(0.0)
            account.end(0.0, 1.0, transient=False)

    assert account.open is opened
