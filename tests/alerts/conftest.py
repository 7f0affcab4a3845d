from __future__ import annotations

from collections.abc import Iterator

import pytest

from credwatch.sandbox.server import Server
from tests.alerts.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A ledger, a local Slack and a clock that is moved by hand."""
    made = World()
    with Server(made.slack) as server:
        made.url = server.url
        yield made
    made.ledger.shut()
