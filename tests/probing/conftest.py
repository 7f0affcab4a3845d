"""A clock that only moves when somebody waits, and issuers that say what a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from credwatch.contract import Http, Kind, Match, ProbeResult, Role, Secret
from credwatch.transport import Transport

START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class FakeClock:
    """Safe for several threads. Waiting takes no time and moves it."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._at = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return START + timedelta(seconds=self._at)

    def monotonic(self) -> float:
        return self._at

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        with self._lock:
            self.waits.append(seconds)
            self._at += seconds
        return not stop.is_set()


class FakeIssuer:
    """Asks the test what to say, by the key's value and how often it was tried before."""

    def __init__(self, says: Callable[[str, int], ProbeResult]) -> None:
        self.tried: list[str] = []
        self._says = says
        self._lock = threading.Lock()

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:  # noqa: ARG002  the contract's own
        value = values["secret"].reveal()
        with self._lock:
            before = self.tried.count(value)
            self.tried.append(value)
        return self._says(value, before)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def issuer() -> type[FakeIssuer]:
    return FakeIssuer


@pytest.fixture
def kind() -> Kind:
    return Kind("k", "vendor", "Vendor", "Vendor key", (Role("secret", ".*", secret=True),), ("api.test",))


@pytest.fixture
def transport(clock: FakeClock) -> Iterator[Transport]:
    made = Transport(clock=clock)
    yield made
    made.close()
