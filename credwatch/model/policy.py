"""What the rules say for one credential. No I/O, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal


class Revoke(StrEnum):
    """When the old key may go."""

    ASK = "ask"  # when a person says so
    PROVED = "proved"  # when it is seen to be unused; else it asks
    GRACE = "grace"  # when the time has passed


@dataclass(frozen=True)
class Policy:
    """What the rules say for one credential, and which line of the configuration said it."""

    warn: tuple[timedelta, ...]
    mention: timedelta | None
    page: timedelta | None
    """None: never."""
    max_age: timedelta | None
    owner: str
    environment: str = "production"
    rotate: Literal["off", "manual", "auto"] = "off"
    rotate_at: timedelta | None = None
    """Days left when a rotation begins by itself."""
    expires: timedelta | None = None
    """Of a new key; None: as the old one had it."""
    revoke: Revoke = Revoke.ASK
    impact: str = ""
    runbook: str = ""
    ignore: str = ""
    """Why it is silent; empty: it is not."""
    unowned: bool = False
    others: Mapping[str, str] = field(default_factory=dict)
    """Place to owner, where another copy belongs to somebody else."""
    said_by: Mapping[str, str] = field(default_factory=dict)
    """Field to what set it: "rule, line 157", "label", "default"."""

    @property
    def production(self) -> bool:
        """Whether what this key feeds is production."""
        return self.environment == "production"
