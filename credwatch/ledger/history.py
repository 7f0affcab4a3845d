"""The steps by which the schema came to be, in their order. It applies none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from credwatch.ledger.lighter import SECOND, prepare
from credwatch.ledger.rotating import THIRD
from credwatch.ledger.schema import FIRST


@dataclass(frozen=True)
class Step:
    """One change of the schema."""

    script: str
    """SQL."""
    before: Callable[[sqlite3.Connection], object] = lambda _: None
    """What the script finds ready."""


STEPS: Mapping[str, Step] = {
    "0001_first": Step(FIRST),
    "0002_lighter": Step(SECOND, prepare),
    "0003_rotation": Step(THIRD),
}
"""By the names under which a ledger remembers them."""
