"""One store after the other, each empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.transport import Transport
from tests.conformance.grounds.ground import Hurried
from tests.servers.moto import moto_server
from tests.staging.shelf import Shelf
from tests.staging.stores import SHELVES


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """One server for every account."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="session")
def transport() -> Iterator[Transport]:
    """The way out; it never waits."""
    made = Transport(clock=Hurried())
    yield made
    made.close()


@pytest.fixture(params=SHELVES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path, transport: Transport) -> Iterator[Shelf]:
    """A store that runs."""
    made = SHELVES[request.param]
    given = [request.getfixturevalue("moto")] if made.moto else []
    with made(tmp_path, transport, *given) as store:
        yield store
