"""What a checked configuration holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from credwatch.config.source import Source
from credwatch.config.terms import Channels, Team, Terms

if TYPE_CHECKING:
    from credwatch.config.rotating import Consumer, Renewal, Rotate
    from credwatch.config.tables import (
        Connection,
        Daemon,
        Deadline,
        Defaults,
        Identify,
        Network,
        Owner,
        Rule,
        Slack,
        Web,
    )


@dataclass(frozen=True)
class ProviderTable:
    """One `[providers.NAME]`: the core's keys, and the rest as written, which only the plug-in can judge."""

    name: str
    use: str
    every: timedelta | None = None
    read: bool | tuple[str, ...] = True
    proxy: bool = False
    """Whether a store is reached through the proxy too; a vendor's own list always is."""
    table: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, name: str, connection: Connection) -> ProviderTable:
        """The table under its name."""
        table = dict(connection.model_extra or {})
        return cls(name, connection.use, connection.every, connection.read, connection.proxy, table)

    @property
    def digest(self) -> str:
        """Changes when anything in the table changes."""
        return _digest([self.name, self.use, self.every, self.read, self.proxy, self.table])


@dataclass(frozen=True, eq=False)
class Config:
    """Everything that was configured; it holds references to secrets and no secret."""

    name: str
    """How complaints call it."""
    path: Path | None
    text: str = field(repr=False)
    source: Source = field(repr=False)
    warnings: tuple[str, ...]
    """What is not wrong and probably not meant."""
    timezone: ZoneInfo
    slack: Slack | None
    owners: Mapping[str, Owner]
    defaults: Defaults
    providers: Mapping[str, ProviderTable]
    issuers: Mapping[str, Mapping[str, Any]] = field(repr=False)
    identify: tuple[Identify, ...]
    rules: tuple[Rule, ...]
    deadlines: tuple[Deadline, ...]
    rotate: Rotate
    consumers: tuple[Consumer, ...]
    renewals: tuple[Renewal, ...]
    daemon: Daemon
    network: Network
    web: Web

    def every(self, provider: str) -> timedelta:
        """How often this provider is looked at."""
        table = self.providers.get(provider)
        return (table and table.every) or self.daemon.every

    @cached_property
    def terms(self) -> Terms:
        """What a process that stays holds of it."""
        slack = self.slack
        return Terms(
            name=self.name,
            path=self.path,
            text=self.text,
            warnings=self.warnings,
            timezone=self.timezone,
            slack=Channels(slack.pages, slack.warnings, slack.digest) if slack else None,
            owner=self.defaults.owner,
            teams={name: Team(team.channel, team.mention) for name, team in self.owners.items()},
            intervals={name: self.every(name) for name in self.providers},
            interval=self.daemon.every,
            deadlines=len(self.deadlines),
            data=self.daemon.data,
            ephemeral=self.daemon.ephemeral,
            window=self.web.window,
            probes=self.web.probes,
        )

    @cached_property
    def digest(self) -> str:
        """Changes when what is watched, or what is thought of it, changes; comments and order of tables do not count."""
        return _digest(
            [
                {name: table.digest for name, table in self.providers.items()},
                self.issuers,
                self.timezone.key,
                self.defaults.model_dump(),
                self.rotate.revoke,
                [line.model_dump() for line in self.identify],
                [rule.model_dump(exclude_unset=True) for rule in self.rules],
                [line.model_dump() for line in self.deadlines],
            ]
        )


def _digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:32]
