from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.sandbox.scene import Scene
from tests.end_to_end.world import Moved, World
from tests.servers.wallclock import AVAILABLE, Wallclock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A stack with a Vault, four vendors and a Slack."""
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the wall clock of a child process cannot be moved")
    clock = Moved()
    with Scene(clock) as scene:
        yield World(tmp_path, scene, clock, Wallclock(tmp_path))
