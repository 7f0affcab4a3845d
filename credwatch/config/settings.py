"""The whole file as one model: what stands in the environment wins over what stands in the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from credwatch.config.rotating import Consumer, Renewal, Rotate
from credwatch.config.tables import (
    Connection,
    Daemon,
    Deadline,
    Defaults,
    Identify,
    Name,
    Network,
    Owner,
    Rule,
    Slack,
    Web,
)
from credwatch.config.values import Zone


class Document(BaseModel):
    """Every table of a configuration."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
    )

    timezone: Zone = ZoneInfo("UTC")
    slack: Slack | None = None
    owners: Mapping[str, Owner] = Field(default_factory=dict)
    defaults: Defaults = Defaults()
    providers: dict[Name, Connection] = Field(default_factory=dict)
    issuers: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    identify: tuple[Identify, ...] = ()
    rules: tuple[Rule, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    rotate: Rotate = Rotate()
    consumers: tuple[Consumer, ...] = ()
    renewals: tuple[Renewal, ...] = ()
    daemon: Daemon = Daemon()
    network: Network = Network()
    web: Web = Web()


def document(read: Mapping[str, Any], environ: Mapping[str, str]) -> Document:
    """Check everything at once: `read` as TOML reads it, `environ` (`daemon__data` to text) over it.

    pydantic's ValidationError names every mistake.
    """
    if not environ:
        return Document.model_validate(dict(read))
    from credwatch.config.overriding import Overridden  # noqa: PLC0415  it takes 50 ms, and few have such variables

    given: dict[str, Any] = {"document": dict(read), "environ": dict(environ)}
    return Overridden(**given)
