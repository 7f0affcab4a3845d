"""What Prometheus is told. The labels are stable ids and the names of connections; no key's name is among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from itertools import islice

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from credwatch.ledger import Ledger
from credwatch.ledger.queries.overview import Overview, clocks, overview, statuses
from credwatch.ledger.queries.rotating import Figures, figures

_BATCH = 1_000


@dataclass(frozen=True, eq=False)
class Reading(Collector):
    """One reading of the ledger, as metrics."""

    known: Overview
    credentials: bytes
    """When each stops working and how it stands, as text."""
    rotations: Figures
    writes: bool

    @classmethod
    def of(cls, ledger: Ledger, now: datetime, *, writes: bool = True) -> Reading:
        """Read everything that is told. `writes`: whether the last sweep could write it."""
        return cls(overview(ledger, now), _of_credentials(ledger), figures(ledger, now), writes)

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry) + self.credentials

    def describe(self) -> Sequence[Metric]:
        """Nothing: registering asks for no reading."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield InfoMetricFamily("credwatch_build", "What is running.", {"version": version("credwatch")})
        yield from self._of_providers()
        yield from self._of_the_watch()
        yield from self._of_rotations()

    def _of_providers(self) -> Iterator[Metric]:
        up = _gauge("provider_up", "1 when the last look at this connection did not fail.", "provider")
        success = _gauge(
            "provider_last_success_timestamp_seconds", "When a connection was last listed to its end.", "provider"
        )
        for provider in self.known.providers:
            up.add_metric([provider.name], provider.up)
            if provider.complete_at is not None:
                success.add_metric([provider.name], provider.complete_at.timestamp())
        yield up
        yield success

    def _of_the_watch(self) -> Iterator[Metric]:
        duration = _gauge("sweep_duration_seconds", "How long the last sweep looked.")
        last = _gauge("sweep_last_timestamp_seconds", "When the last sweep was judged.")
        if sweep := self.known.sweep:
            duration.add_metric([], (sweep.looked_at - sweep.started_at).total_seconds())
            last.add_metric([], sweep.closed_at.timestamp())
        yield duration
        yield last
        incidents = _gauge("incidents_open", "What is wrong and not over, by what it is about.", "about")
        for about, many in self.known.incidents.items():
            incidents.add_metric([about], many)
        yield incidents
        yield GaugeMetricFamily(
            "credwatch_ledger_writable", "1 when the last sweep could write what it saw.", value=self.writes
        )
        yield GaugeMetricFamily(
            "credwatch_outbox_pending", "Alerts that nobody was told yet.", value=self.known.pending
        )

    def _of_rotations(self) -> Iterator[Metric]:
        states = _gauge("rotations", "Rotations in a state now, or that ended in it within 30 days.", "state")
        for state, many in self.rotations.states.items():
            states.add_metric([state], many)
        yield states
        begun = _gauge(
            "rotation_begun_timestamp_seconds", "When a rotation began that is under way.", "id", "credential", "state"
        )
        for one in self.rotations.under_way:
            begun.add_metric([one.id, one.credential, one.state], one.begun_at.timestamp())
        yield begun
        yield CounterMetricFamily(
            "credwatch_rotation_failures",
            "Effects of rotations that were refused or had no answer, and stops at which a person had to choose.",
            value=self.rotations.failures,
        )
        yield GaugeMetricFamily(
            "credwatch_rotations_paused", "1 when none is begun until a person says so.", value=self.rotations.paused
        )


def _of_credentials(ledger: Ledger) -> bytes:
    """When each credential stops working, and how it stands."""
    dates = partial(
        _gauge,
        "credential_expiry_timestamp_seconds",
        "When a credential stops working, by the clock that says so: hard, idle, deletion, due or policy (age).",
        *("id", "vendor", "kind", "clock"),
    )
    stands = partial(_gauge, "credential_status", "1 for the status that a credential has.", "id", "vendor", "status")
    ends = ((labels, at / 1000) for *labels, at in clocks(ledger))
    return b"".join([*_written(dates, ends), *_written(stands, ((row, 1) for row in statuses(ledger)))])


def _written(family: Callable[[], GaugeMetricFamily], rows: Iterator[tuple[Sequence[str], float]]) -> Iterator[bytes]:
    """Under one head, a batch at a time: of a hundred thousand at once the library's objects alone are 170 MiB."""
    yield generate_latest(_One(family()))
    while batch := list(islice(rows, _BATCH)):
        metric = family()
        for labels, value in batch:
            metric.add_metric(labels, value)
        _help, _type, lines = generate_latest(_One(metric)).split(b"\n", 2)
        yield lines


@dataclass(frozen=True)
class _One(Collector):
    metric: Metric

    def collect(self) -> Iterator[Metric]:
        yield self.metric


def _gauge(name: str, said: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"credwatch_{name}", said, labels=labels)
