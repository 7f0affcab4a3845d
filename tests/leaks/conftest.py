"""One run of everything, looked through by every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.leaks.everything import stack_of
from tests.leaks.stack import Stack
from tests.servers.wallclock import AVAILABLE


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of canaries over which everything was run."""
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the wall clock of a child process cannot be moved")
    with stack_of(tmp_path_factory.mktemp("leaks")) as made:
        yield made
