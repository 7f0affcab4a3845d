from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kills.rotation.cases import CASES, CLOUDS, EVERY
from tests.kills.rotation.clouds import clouds
from tests.kills.rotation.gate import Case
from tests.kills.rotation.yard import Yard
from tests.servers.disk import AVAILABLE


def furnished(folders: pytest.TempPathFactory, name: str, **more: Any) -> Yard:
    if not AVAILABLE and os.environ.get("CREDWATCH_REQUIRE") != "all":
        pytest.skip("no C compiler: the operations of a process on its disk cannot be met")
    return Yard(folder=folders.mktemp(name), **more)


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Keys in their places, looked at once for each worker; every play goes back to that moment."""
    with furnished(tmp_path_factory, "yard", cases=tuple(CASES.values())) as yard:
        yield yard


@pytest.fixture(scope="session")
def high(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """The same with the clouds in it."""
    with furnished(tmp_path_factory, "high", cases=tuple(CLOUDS.values()), more=clouds) as yard:
        yield yard


@pytest.fixture
def case(name: str) -> Case:
    """The case of this name."""
    return EVERY[name]


@pytest.fixture
def ground(name: str, request: pytest.FixtureRequest) -> Yard:
    """The yard in which this case is played."""
    found: Yard = request.getfixturevalue("high" if name in CLOUDS else "yard")
    return found
