"""Every local system, started when the first test wants it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.transport import Transport
from tests.conformance.grounds.google import Account
from tests.conformance.grounds.ground import Ground, Hurried
from tests.conformance.samples import Lab
from tests.conformance.systems import GROUNDS
from tests.servers.moto import moto_server


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """AWS; it takes a moment to start."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="session")
def account() -> Account:
    """A service account of Google's."""
    return Account.new()


@pytest.fixture(scope="session")
def transport() -> Iterator[Transport]:
    """The way out; it never waits."""
    made = Transport(clock=Hurried())
    yield made
    made.close()


@pytest.fixture
def ground(request: pytest.FixtureRequest, tmp_path: Path, transport: Transport) -> Iterator[Ground]:
    """The local system that the test's parameter names, filled."""
    made = GROUNDS[request.param]
    needed = {"amazon": "moto", "google": "account"}.get(made.__module__.rpartition(".")[2])
    given = [request.getfixturevalue(needed)] if needed else []
    with made(tmp_path, transport, *given) as running:
        running.fill()
        yield running


@pytest.fixture(scope="session")
def lab(moto: str, account: Account) -> Iterator[Lab]:
    """A key of every kind, and its vendor."""
    with Lab(moto, account) as made:
        yield made
