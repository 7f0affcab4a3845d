from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kills.rotation.cases import CASES
from tests.kills.rotation.yard import Yard
from tests.servers.disk import AVAILABLE


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Keys in their places, looked at once for each worker; every play goes back to that moment."""
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the operations of a process on its disk cannot be met")
    with Yard(tmp_path_factory.mktemp("yard"), tuple(CASES.values())) as yard:
        yield yard
