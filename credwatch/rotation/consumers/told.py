"""What a consumer is told. It holds no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """That its places hold another key."""

    key: str
    """The same when the same is told again."""
    consumer: str
    places: tuple[str, ...]
    key_id: str
    """Of the new key; empty: its vendor has none."""


Hook = Callable[[Told], None]
"""Tells it. ProviderError; a `permanent` one says that it was not told."""
