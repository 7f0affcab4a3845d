"""A ground for each test, and one way out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.transport import Transport
from tests.minting.ground import Ground
from tests.minting.sandboxes import GROUNDS


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5))
    yield made
    made.close()


@pytest.fixture(params=GROUNDS)
def ground(request: pytest.FixtureRequest, tmp_path: Path, transport: Transport) -> Iterator[Ground]:
    with GROUNDS[request.param](tmp_path, transport) as made:
        yield made
