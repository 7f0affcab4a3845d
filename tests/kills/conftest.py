from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kills.world import Stack
from tests.servers.disk import AVAILABLE


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The story, rehearsed once for each worker; every test goes back to a moment of it."""
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the operations of a process on its disk cannot be met")
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        stack.rehearse()
        yield stack
