"""What a process that stays holds of a configuration: plain values, which a child that may load pydantic hands over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from credwatch.config.addresses import Address


@dataclass(frozen=True)
class Channels:
    """Slack, where it is configured."""

    pages: str
    warnings: str
    digest: time


@dataclass(frozen=True)
class Team:
    """An owner."""

    channel: str | None = None
    mention: str | None = None


@dataclass(frozen=True)
class Terms:
    """Names, times and addresses; no reference to a secret but those in `text`, which is kept for children."""

    name: str
    """How complaints call the configuration."""
    path: Path | None
    text: str = field(repr=False)
    warnings: tuple[str, ...]
    timezone: ZoneInfo
    slack: Channels | None
    owner: str
    """Of what nobody owns."""
    teams: Mapping[str, Team]
    intervals: Mapping[str, timedelta]
    """How often each `[providers.NAME]` is looked at."""
    interval: timedelta
    """How often everything else is."""
    deadlines: int
    """How many dates are configured that no API tells."""
    data: Path
    ephemeral: bool
    window: Address
    probes: Address

    def every(self, provider: str) -> timedelta:
        """How often this provider is looked at."""
        return self.intervals.get(provider, self.interval)

    def written(self) -> str:
        """As one line, for `read`."""
        return json.dumps(asdict(self), default=_written)

    @classmethod
    def read(cls, line: str) -> Self:
        """What was written."""
        given: dict[str, Any] = json.loads(line)
        slack, path = given["slack"], given["path"]
        return cls(
            **given
            | {
                "path": None if path is None else Path(path),
                "warnings": tuple(given["warnings"]),
                "timezone": ZoneInfo(given["timezone"]),
                "slack": slack and Channels(**slack | {"digest": time.fromisoformat(slack["digest"])}),
                "teams": {name: Team(**team) for name, team in given["teams"].items()},
                "intervals": {name: _length(seconds) for name, seconds in given["intervals"].items()},
                "interval": _length(given["interval"]),
                "data": Path(given["data"]),
                "window": Address(**given["window"]),
                "probes": Address(**given["probes"]),
            }
        )


def _written(thing: object) -> str | float:
    match thing:
        case timedelta():
            return thing.total_seconds()
        case time():
            return thing.isoformat()
    return str(thing)


def _length(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
