"""Model readers of a key: each uses what it loaded last, until it is told to load again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from tests.rotation.harness.faults import Faults


class Shows(StrEnum):
    """Whether it can be seen which key a reader uses."""

    NOTHING = "nothing"
    KEY = "its key"
    OLD = "the old key, whatever it is told"


@dataclass
class Service:
    """A `Reader`."""

    faults: Faults
    loads: Callable[[], str]
    """The id of the key that its place holds at this moment."""
    shows: Shows = Shows.NOTHING
    name: str = "voice-agent"
    reads: tuple[str, ...] = ()
    settles: timedelta = timedelta(hours=2)
    holds: str = ""
    """The id of the key that it uses."""
    tokens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.proves = self.shows is not Shows.NOTHING
        self.holds = self.loads()

    def reload(self, key: str, key_id: str) -> None:
        """Load it."""
        del key_id
        self.tokens.append(key)
        self.faults.effect(f"RELOAD {self.name}", self._load)

    def uses(self, key_id: str) -> bool | None:
        """Whether it is this key."""
        if self.shows is Shows.NOTHING:
            return None
        self.faults.read("shows")
        return self.holds == key_id

    def _load(self) -> None:
        if self.shows is not Shows.OLD:
            self.holds = self.loads()
