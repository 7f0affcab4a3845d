"""One run of everything, looked through by every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Server
from tests.end_to_end.world import Moved
from tests.leaks.canaries import Gateway, mount, sow, tables
from tests.leaks.stack import Stack, run
from tests.servers.wallclock import AVAILABLE, Wallclock


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of canaries over which everything was run."""
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the wall clock of a child process cannot be moved")
    folder, clock = tmp_path_factory.mktemp("leaks"), Moved()
    with Scene(clock) as scene, Server(Gateway()) as gateway:
        made = Stack(folder, scene, clock, Wallclock(folder))
        sow(scene, made.canaries)
        mount(made.canaries, folder)
        made.more = "".join(tables(scene, made.canaries, folder, gateway))
        run(made)
        yield made
