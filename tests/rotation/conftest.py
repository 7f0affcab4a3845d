"""A ledger that knows one credential."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from credwatch.ledger import Ledger
from tests.rotation.harness.ledgers import ledger


@pytest.fixture
def known() -> Iterator[Ledger]:
    """One that is kept nowhere."""
    with ledger() as made:
        yield made
