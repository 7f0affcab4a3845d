from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from tests.ledger.journal.world import journal_of
from tests.ledger.world import START, World, dice


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.ledger.shut()


@pytest.fixture
def journal(world: World) -> Journal:
    return journal_of(world)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[World]:
    """A world whose ledger is a file."""
    made = World(Ledger.open(tmp_path / "data", now=START, random=dice(), mounts=""))
    yield made
    made.ledger.shut()
