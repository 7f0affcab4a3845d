"""A page looked into by several threads: in order, so many at a time, and never in the way of an end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from credwatch.contract import side_by_side

HANGS = """
import threading
from credwatch.contract import side_by_side
def work(number):
    if number:
        threading.Event().wait()
    return number
print(next(side_by_side(work, [0, 1, 2, 3], workers=4)))
"""


def test_results_come_in_the_order_of_the_page() -> None:
    def late_first(number: int) -> int:
        time.sleep(0.01 * (3 - number))
        return number

    assert list(side_by_side(late_first, range(4), workers=4)) == [0, 1, 2, 3]


def test_so_many_work_at_the_same_time_and_no_more() -> None:
    meeting = threading.Barrier(3, timeout=30)
    at_work: set[int] = set()

    def meet(_: int) -> None:
        at_work.add(threading.get_ident())
        meeting.wait()

    list(side_by_side(meet, range(6), workers=3))

    assert len(at_work) == 3


def test_a_failure_stands_where_its_result_would_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 1:
            raise ValueError(number)
        return number

    results = side_by_side(work, range(100), workers=1)

    assert next(results) == 0
    with pytest.raises(ValueError, match="1"):
        list(results)
    results.close()  # type: ignore[attr-defined]  # a generator's
    assert list(side_by_side(lambda n: n, [], workers=4)) == []


def test_work_that_hangs_does_not_hold_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout) == (0, "0\n")
