"""The pages of a list, looked into by several threads that hold nobody up. It knows neither the lists nor the network."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], things: Sequence[T], *, workers: int) -> Iterator[R]:
    """`map` over one page, so many at a time, in its order; raises what the work raised where it would have stood.

    The threads are daemons and are waited for only by whoever wants their result: an executor's would hold the end of
    the whole process for as long as one call hangs.
    """
    results: list[Future[R]] = [Future() for _ in things]
    waiting = deque(zip(things, results, strict=True))

    def run() -> None:
        while waiting:
            try:
                thing, result = waiting.popleft()
            except IndexError:
                return
            try:
                result.set_result(work(thing))
            except BaseException as error:  # noqa: BLE001  handed to whoever wants the result
                result.set_exception(error)

    for number in range(min(workers, len(things))):
        threading.Thread(target=run, name=f"page-{number + 1}", daemon=True).start()
    try:
        for result in results:
            yield result.result()
    finally:
        waiting.clear()
