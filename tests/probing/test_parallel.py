"""A bounded parallel map."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from credwatch.probing import in_parallel


def test_every_thing_comes_back_worked_on() -> None:
    assert sorted(in_parallel(lambda n: n * n, range(100), workers=4, ahead=8)) == [n * n for n in range(100)]


def test_as_many_threads_as_workers_and_no_more() -> None:
    together = threading.Barrier(4, timeout=5)

    def meet(_: int) -> str:
        together.wait()
        return threading.current_thread().name

    assert len(set(in_parallel(meet, range(16), workers=4, ahead=0))) == 4


def test_things_are_pulled_in_the_callers_thread_and_only_so_far_ahead() -> None:
    pulled: list[threading.Thread] = []

    def things() -> Iterator[int]:
        for number in range(100):
            pulled.append(threading.current_thread())
            yield number

    results = in_parallel(lambda n: n, things(), workers=2, ahead=3)
    next(results)

    assert len(pulled) <= 5
    assert len(list(results)) == 99
    assert set(pulled) == {threading.current_thread()}


def test_a_result_does_not_wait_for_a_source_that_is_slow() -> None:
    worked, yielded = threading.Event(), threading.Event()

    def work(number: int) -> int:
        worked.set()
        return number

    def things() -> Iterator[int]:
        yield 0
        assert worked.wait(5)
        for number in range(1, 50):
            if yielded.wait(0.02):
                return
            yield number

    for _ in in_parallel(work, things(), workers=64, ahead=64):
        yielded.set()

    assert yielded.is_set()


def test_what_the_work_raises_reaches_the_caller() -> None:
    def fail(number: int) -> int:
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        list(in_parallel(fail, [0], workers=2, ahead=2))


def test_what_the_source_raises_reaches_the_caller() -> None:
    def things() -> Iterator[int]:
        yield 0
        raise LookupError

    with pytest.raises(LookupError):
        list(in_parallel(lambda n: n, things(), workers=2, ahead=2))


def test_nothing_more_is_begun_when_the_caller_goes_away() -> None:
    begun: list[int] = []
    go_on = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number:
            go_on.wait(5)
        return number

    results = in_parallel(work, range(100), workers=1, ahead=10)
    next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    go_on.set()

    assert len(begun) <= 2
