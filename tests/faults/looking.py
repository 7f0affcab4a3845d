"""One look at all keys at once, with the client, the prober and the issuers as they are in production."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta

from credwatch.clock import SystemClock
from credwatch.contract import ProbeResult, Reason, Validity
from credwatch.probing import Prober
from credwatch.transport import Transport
from credwatch.transport.names import Names
from tests.conformance.samples import Sample
from tests.faults.keys import PROBED, REGISTRY, configured, tries
from tests.faults.stage import Played, Stages

SOON, LATE = timedelta(seconds=0.5), timedelta(seconds=60)
"""The deadline where the fault lasts as long as that; and where a busy machine must never come near it."""


class Counted(SystemClock):
    """Leaps over every wait, and keeps how long it was."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return super().monotonic() + sum(self.waits)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.waits.append(seconds)
        return not stop.is_set()


class Run:
    """One look at all keys while a fault lasts."""

    def __init__(
        self, played: Played, samples: Mapping[str, Sample], stages: Stages, names: Names | None = None
    ) -> None:
        config = configured(lambda _: played.url)
        deadline = SOON if played.fault.hangs else LATE
        self.clock = Counted()
        transport = Transport(ca=stages.authority.ca, clock=self.clock, deadline=deadline, names=names)
        prober = Prober(transport, REGISTRY.issuers(config), self.clock, random=lambda: 0.0)
        began = time.monotonic()
        answers = list(prober.try_all(tries(samples, config), threading.Event()))
        self.seconds = time.monotonic() - began
        transport.close()
        self.results: dict[str, ProbeResult] = {tried.match.kind.name: result for tried, result, _ in answers}

    @property
    def said(self) -> dict[str, tuple[Validity, Reason]]:
        """Kind to its answer."""
        return {kind: (self.results[kind].validity, self.results[kind].reason) for kind in PROBED}
