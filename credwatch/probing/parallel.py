"""Work done by a bounded crew of threads, on things that are pulled only when there is room for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Crew(Generic[T, R]):
    """Threads that do one kind of work. They are daemons, so that one that hangs does not hold the process."""

    def __init__(self, work: Callable[[T], R], workers: int) -> None:
        self.out = 0
        """Things given and not taken back."""
        self._work = work
        self._workers = workers
        self._started = 0
        self._over = False
        self._todo: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[R] | BaseException] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nobody waits: what is being done is left to end by itself, what was not begun is dropped."""
        self._over = True
        for _ in range(self._started):
            self._todo.put(None)

    def give(self, thing: T) -> None:
        """Have this done; a thread is started while there are fewer than there may be."""
        self.out += 1
        self._todo.put((thing,))
        if self._started < min(self._workers, self.out):
            self._started += 1
            threading.Thread(target=self._run, name=f"crew-{self._started}", daemon=True).start()

    def take(self, timeout: float | None = None) -> R:
        """One result, in any order. queue.Empty when there is none in time; raises what the work raised."""
        done = self._done.get(timeout=timeout) if timeout is None or timeout > 0 else self._done.get_nowait()
        self.out -= 1
        if isinstance(done, BaseException):
            raise done
        return done[0]

    def _run(self) -> None:
        while (todo := self._todo.get()) is not None and not self._over:
            done: tuple[R] | BaseException
            try:
                done = (self._work(todo[0]),)
            except BaseException as error:  # noqa: BLE001  handed to whoever takes
                done = error
            del todo
            self._done.put(done)
            del done


def in_parallel(work: Callable[[T], R], things: Iterable[T], *, workers: int, ahead: int) -> Iterator[R]:
    """`map`, in threads and in any order. `things` is read in the caller's thread, at most `ahead` beyond the workers."""
    with Crew(work, workers) as crew:
        for thing in things:
            crew.give(thing)
            while crew.out >= workers + ahead:
                yield crew.take()
            yield from _ready(crew)
        while crew.out:
            yield crew.take()


def _ready(crew: Crew[T, R]) -> Iterator[R]:
    while True:
        try:
            done = crew.take(timeout=0)
        except queue.Empty:
            return
        yield done
