"""Tries keys, many at once and each vendor account at its own pace. Never raises for one key."""

from __future__ import annotations

import random as chance
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from credwatch.clock import Clock
from credwatch.contract import Issuer
from credwatch.errors import ProviderError, TransportError
from credwatch.model import Kind, Match, ProbeResult, Reason
from credwatch.probing.limits import GENEROUS, Account, Limits
from credwatch.probing.parallel import Crew
from credwatch.probing.rounds import Answer, Attempt, Job, Pace, Round, Try
from credwatch.transport import Transport

_APART = 6.0
"""Seconds between two values of one key id: AWS refuses the right secret too, soon after a wrong one."""


class Prober:
    """Paces probes by vendor account. One for each sweep: an open breaker stays open for as long as this lives."""

    def __init__(  # noqa: PLR0913  what is injected, and the limits
        self,
        transport: Transport,
        issuers: Mapping[str, tuple[Kind, Issuer]],
        clock: Clock,
        *,
        workers: int = 64,
        deadline: timedelta | None = None,
        patience: timedelta = timedelta(seconds=60),
        limits: Limits = GENEROUS,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._transport = transport
        self._issuers = issuers
        self._clock = clock
        self._deadline = deadline
        self._limits = limits
        self._pace = Pace(workers, patience.total_seconds(), clock, random)
        self._accounts: dict[tuple[str, str], Account] = {}
        self._turns: dict[int, tuple[float, str]] = {}
        """By the hash of kind and key id the last turn of one of its values, and whose it was."""
        self._taking = threading.Lock()

    def try_all(self, tries: Iterable[Try], stop: threading.Event) -> Iterator[Answer]:
        """Every try with its answer and the time of it, in any order; tries are pulled as there is room for them.

        After `stop` nothing is begun and nothing awaited: what has no answer by then is not yielded.
        """
        with Crew(self._attempt, self._pace.workers) as crew:
            yield from Round(self._pace, crew, stop).run(self._job(each) for each in tries)

    def _job(self, tried: Try) -> Job | Answer:
        match = tried.match
        if not match.kind.probed or match.missing or match.kind.name not in self._issuers:
            return tried, ProbeResult.unknown(Reason.NOT_TRIED), self._clock.now()
        return Job(tried, self._account(match), self._turn(tried))

    def _account(self, match: Match) -> Account:
        key = (match.kind.vendor, match.facts.account or "")
        known = self._accounts.get(key)
        return known if known is not None else self._accounts.setdefault(key, Account(self._limits))

    def _turn(self, tried: Try) -> float:
        """When this value's turn is: several values of one key id are half of a pair somewhere, and tried one by one."""
        kind, key_id = tried.match.kind, tried.match.facts.key_id
        now = self._clock.monotonic()
        if kind.key_id is None or key_id is None:
            return now
        name = hash((kind.name, key_id))
        with self._taking:
            last, whose = self._turns.get(name, (now, tried.fingerprint))
            turn = max(now, last if whose == tried.fingerprint else last + _APART)
            self._turns[name] = (turn, tried.fingerprint)
        return turn

    def _attempt(self, job: Job) -> Attempt:
        """One attempt, in one of the crew's threads. Whatever goes wrong in it is an answer."""
        match = job.tried.match
        _, issuer = self._issuers[match.kind.name]
        http = self._transport.to(match.kind.hosts, deadline=self._deadline)
        began = self._clock.monotonic()
        try:
            result = issuer.probe(match, job.tried.values, http)
        except TransportError as error:
            result = ProbeResult.unknown(error.reason, detail=str(error))
        except ProviderError as error:
            result = ProbeResult.unknown(error.reason)
        except Exception as error:  # noqa: BLE001  a plug-in's fault is the answer for this key, and its text may quote it
            result = ProbeResult.unknown(Reason.UNEXPECTED, detail=type(error).__name__)
        ended = self._clock.monotonic()
        result = replace(result, latency=timedelta(seconds=ended - began))
        return Attempt(job, result, began, ended, self._clock.now(), http.retry_after)
