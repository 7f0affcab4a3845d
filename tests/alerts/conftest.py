from __future__ import annotations

from collections.abc import Iterator

import pytest

from credwatch.ledger.journal import Journal
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


@pytest.fixture
def journal(world: World) -> Journal:
    """Of that ledger, which knows one credential."""
    world.credential()
    return Journal(world.ledger)
