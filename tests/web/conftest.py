from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.world import Stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Stack() as made:
        yield made
