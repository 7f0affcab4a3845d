"""What a rotation makes, and how it lies in a store before and after. No I/O, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credwatch.model.found import Facts, Payload
from credwatch.secrets import Secret


@dataclass(frozen=True)
class Minted:
    """A key that was made just now: its value is shown this once."""

    facts: Facts
    values: Mapping[str, Secret]
    """Role to value; every role of the kind that is not shared with the key before it."""


@dataclass(frozen=True)
class Staged:
    """What lies in the pending slot of an item."""

    version: str
    mark: str
    """Whose it is: `cw-<id>-<attempt>`; empty: somebody's who is not us."""
    at: datetime | None = None

    def ours(self, mark: str) -> bool:
        """Whether it is of the rotation that bears this mark, in whichever attempt."""
        return bool(self.mark) and self.mark.rpartition("-")[0] == mark.rpartition("-")[0]


@dataclass(frozen=True)
class Versioned:
    """What an item held, and under which version, from one answer."""

    version: str
    payload: Payload


@dataclass(frozen=True)
class Carried:
    """What becomes of the old key's properties: sentences for a person."""

    same: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
