"""Decides what is tried next. One thread decides; the crew only does. Knows attempts and accounts, not HTTP."""

from __future__ import annotations

import heapq
import itertools
import math
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from credwatch.clock import Clock
from credwatch.model import Match, ProbeResult, Reason, Validity
from credwatch.probing.limits import Account
from credwatch.probing.parallel import Crew
from credwatch.secrets import Secret
from credwatch.transport import TRANSIENT, backoff

_ATTEMPTS = 3
_GLANCE = 0.1
"""How often, in seconds, a stop is looked for while an answer is awaited."""


@dataclass(frozen=True, eq=False)
class Try:
    """One key to be tried; `context` comes back with the answer."""

    match: Match
    values: Mapping[str, Secret]
    place: str
    fingerprint: str
    context: Any = None


Answer = tuple[Try, ProbeResult, datetime]


@dataclass
class Job:
    """A try that has no answer yet."""

    tried: Try
    account: Account
    begins: float = 0.0
    """Not before then, by the monotonic clock."""
    attempts: int = 0
    last: Attempt | None = None


@dataclass(frozen=True)
class Attempt:
    """What one attempt at a job came to."""

    job: Job
    result: ProbeResult
    began: float
    ended: float
    at: datetime
    retry_after: float | None = None

    @property
    def transient(self) -> bool:
        """Whether it may come to something else a moment later."""
        return self.result.validity is Validity.UNKNOWN and self.result.reason in TRANSIENT


@dataclass
class _Lane:
    """What waits for one account: never tried, and to be tried later, or again, soonest first."""

    account: Account
    fresh: deque[Job] = field(default_factory=deque)
    again: list[tuple[float, int, Job]] = field(default_factory=list)

    def next(self, now: float) -> tuple[Job | None, float]:
        """A job that begins now, or the seconds until one may; infinite when an answer must come first."""
        due = self.again[0][0] - now if self.again else math.inf
        if due > 0 and not self.fresh:
            return None, due
        wait = self.account.start(now)
        if wait:
            return None, wait
        return (heapq.heappop(self.again)[2] if due <= 0 else self.fresh.popleft()), 0.0


@dataclass(frozen=True)
class Pace:
    """How one round goes."""

    workers: int
    patience: float
    """The longest pause, in seconds, that is waited for when a vendor asks for one."""
    clock: Clock
    random: Callable[[], float]


class Round:
    """One pass over some tries."""

    def __init__(self, pace: Pace, crew: Crew[Job, Attempt], stop: threading.Event) -> None:
        self._pace = pace
        self._crew = crew
        self._stop = stop
        self._lanes: dict[Account, _Lane] = {}
        self._waiting = 0
        self._numbers = itertools.count()
        self._answers: deque[Answer] = deque()

    def run(self, jobs: Iterator[Job | Answer]) -> Iterator[Answer]:
        """Every answer, in any order. Jobs are pulled one by one, while fewer than four to a worker wait."""
        more = True
        while not self._stop.is_set():
            room = more and self._waiting < 4 * self._pace.workers
            if room:
                job = next(jobs, None)
                more = job is not None
                if job:
                    self._add(job)
            wait = self._begin()
            while self._answers:
                yield self._answers.popleft()
            if not (more or self._waiting or self._crew.out):
                return
            self._await(0.0 if room else wait)

    def _add(self, job: Job | Answer) -> None:
        if not isinstance(job, Job):
            self._answers.append(job)
            return
        lane = self._lanes.setdefault(job.account, _Lane(job.account))
        if job.begins > self._pace.clock.monotonic():
            heapq.heappush(lane.again, (job.begins, next(self._numbers), job))
        else:
            lane.fresh.append(job)
        self._waiting += 1

    def _begin(self) -> float:
        """Begin what may begin. The seconds until something else may, as far as is known."""
        for lane in [lane for lane in self._lanes.values() if lane.account.open]:
            self._shut(lane)
        soonest = math.inf
        now = self._pace.clock.monotonic()
        turns = deque(self._lanes.values())
        while turns and self._crew.out < self._pace.workers:
            lane = turns.popleft()
            job, wait = lane.next(now)
            if job is None:
                soonest = min(soonest, wait)
                continue
            self._waiting -= 1
            self._crew.give(job)
            del self._lanes[lane.account]
            if lane.fresh or lane.again:
                self._lanes[lane.account] = lane  # at the end: the others come first
                turns.append(lane)
        return soonest

    def _shut(self, lane: _Lane) -> None:
        """The breaker is open: what was tried keeps its answer, the rest is left alone."""
        self._waiting -= len(lane.again) + len(lane.fresh)
        waiting = [*(job for _, _, job in lane.again), *lane.fresh]
        for job in waiting:
            self._answer(job.last)
        untouched = ProbeResult.unknown(Reason.BREAKER_OPEN)
        now = self._pace.clock.now()
        self._answers.extend((job.tried, untouched, now) for job in waiting if job.last is None)
        del self._lanes[lane.account]

    def _await(self, seconds: float) -> None:
        """Wait for an answer, for the time when something may begin, or for the stop."""
        if not self._crew.out:
            if seconds:
                self._pace.clock.wait(_GLANCE if math.isinf(seconds) else seconds, self._stop)
            return
        try:
            attempt = self._crew.take(min(seconds, _GLANCE))
        except queue.Empty:
            return
        self._weigh(attempt)

    def _weigh(self, attempt: Attempt) -> None:
        """Whether this attempt is the answer, or the job is tried again."""
        job, account, asked = attempt.job, attempt.job.account, attempt.retry_after or 0.0
        account.end(attempt.began, attempt.ended, transient=attempt.transient)
        job.attempts += 1
        job.last = attempt
        if not attempt.transient:
            self._answer(attempt)
            return
        too_long = asked > self._pace.patience
        if too_long and job.tried.match.facts.account:
            account.trip()
        elif asked and not too_long:
            account.pause(attempt.ended + asked)
        if too_long or account.open or job.attempts == _ATTEMPTS:
            account.give_up()
            self._answer(attempt)
            return
        when = attempt.ended + max(asked, backoff(job.attempts, self._pace.random))
        lane = self._lanes.setdefault(account, _Lane(account))
        heapq.heappush(lane.again, (when, next(self._numbers), job))
        self._waiting += 1

    def _answer(self, attempt: Attempt | None) -> None:
        if attempt:
            self._answers.append((attempt.job.tried, attempt.result, attempt.at))
