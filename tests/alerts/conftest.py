from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.alerts.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A ledger, a local Slack and a clock that is moved by hand."""
    made = World()
    with made.server:
        yield made
    made.ledger.shut()
