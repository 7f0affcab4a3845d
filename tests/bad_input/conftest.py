from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.sandbox.deepgram import Deepgram
from credwatch.sandbox.server import Server
from tests.bad_input.hand import Hand
from tests.bad_input.shelf import Shelf


@pytest.fixture
def hand(tmp_path: Path) -> Hand:
    """An empty folder."""
    return Hand(tmp_path)


@pytest.fixture
def shelf(hand: Hand) -> Iterator[Shelf]:
    """A folder of files, with a key in it that works."""
    with Server(vendor := Deepgram()) as server:
        vendor.projects["p-1"] = "voice"
        made = Shelf(hand, server.url, vendor.issue("voice", "p-1").value)
        made.configure()
        yield made
