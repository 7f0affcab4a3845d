"""The tables that a person writes, as they are checked. Providers' and issuers' own keys stay raw here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from credwatch.config.addresses import PROBES, WINDOW, Address
from credwatch.config.places import DEADLINES, checked
from credwatch.config.values import (
    Day,
    Environment,
    Https,
    Limit,
    Listen,
    Positive,
    Proxy,
    Text,
    Thresholds,
    TimeOfDay,
    one_or_many,
)
from credwatch.contract import Settings
from credwatch.model import Revoke
from credwatch.references import Reference

_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


def _name(name: Any) -> str:
    if name == DEADLINES:
        raise ValueError(f'"{DEADLINES}" is the name of the [[deadlines]] themselves; take another one')
    return str(name)


def _readable(given: object) -> bool | tuple[str, ...]:
    match given:
        case bool():
            return given
        case "true" | "false":
            return given == "true"
        case list() | tuple() if given and all(isinstance(pattern, str) and pattern for pattern in given):
            return tuple(given)
    raise ValueError('true, false, or a list of patterns of what may be read: ["kv/voice/**"]')


def _reason(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError('say in words why, they are shown beside it: ignore = "being retired, PLAT-812"')
    return given.strip()


def _possible(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("no path has a NUL in it")
    return path


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def _window(address: Address) -> Address:
    if not address.loopback:
        raise ValueError(
            "this version listens on loopback only, without TLS and a token for others. "
            'Write "127.0.0.1:8080" and reach it by `kubectl port-forward`, ssh or a proxy that asks who is there'
        )
    return address


Pattern = Annotated[str, PlainValidator(checked)]
Rotation = Literal["off", "manual", "auto"]
Name = Annotated[str, Field(pattern=_NAME), AfterValidator(_name)]


class Slack(Settings):
    """Who is told, and where."""

    token: Reference = Field(examples=['"file:/run/secrets/credwatch/slack-bot-token"'])
    warnings: Text = Field(examples=['"#credentials"'])
    pages: Text = ""
    """Left out: the channel of the warnings."""
    digest: TimeOfDay = time(9)
    base_url: Https | None = None
    """Another Slack than slack.com: GovSlack's `https://slack-gov.com/api/`."""

    @model_validator(mode="before")
    @classmethod
    def _pages_go_somewhere(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "warnings" in given:
            return {"pages": given["warnings"], **given}
        return given


class Owner(Settings):
    """A team: its channel, if it has one of its own, and its user group."""

    channel: Text | None = None
    mention: Text | None = None


class Defaults(Settings):
    """What holds unless a rule says otherwise."""

    owner: Text = "nobody"
    environment: Environment = "production"
    warn: Thresholds = tuple(timedelta(days=days) for days in (30, 14, 7, 3, 1))
    mention: Limit = timedelta(days=7)
    page: Limit = timedelta(days=3)
    max_age: Limit = timedelta(days=365)
    rotate: Rotation = "off"
    rotate_at: Positive = timedelta(days=21)
    """Days left when a rotation begins by itself."""
    expires: Positive | None = None
    """Of the new key; None: as the old one had it."""
    revoke: Revoke | None = None
    """None: as [rotate] says."""


class Identify(Settings):
    """What a name does not tell: the kind of the key in a place."""

    place: Pattern = Field(examples=['"vault-prod:kv/voice/prod#FIELD"'])
    kind: Text = Field(alias="is", examples=['"twilio-api-key"'])
    fields: Mapping[str, Text] = Field(default_factory=dict)
    """Role to the name of its field."""
    probe: Https | None = None
    key_id: Text | None = None
    """Of the key in the vendor's list, where that shows too little of its end to tell it: it joins only what ends so."""


class Match(Settings):
    """What a rule is about."""

    place: Annotated[tuple[Pattern, ...], BeforeValidator(one_or_many)] = ()
    kind: Annotated[tuple[Text, ...], BeforeValidator(one_or_many)] = ()

    @model_validator(mode="after")
    def _names_something(self) -> Match:
        if not self.place and not self.kind:
            raise ValueError('name a place or a kind: match = { place = "**" } is everything')
        return self


class Rule(Settings):
    """What somebody says of some credentials. It sets only what it names."""

    match: Match = Field(examples=['{ place = "vault-prod:kv/voice/**" }'])
    owner: Text = ""
    environment: Environment = ""
    warn: Thresholds = ()
    mention: Limit = None
    page: Limit = None
    max_age: Limit = None
    rotate: Rotation = "off"
    rotate_at: Positive | None = None
    expires: Positive | None = None
    revoke: Revoke | None = None
    impact: Text = ""
    runbook: Text = ""
    ignore: Annotated[str, PlainValidator(_reason)] = ""
    until: Day | None = None
    """The day on which the rule no longer holds."""

    @property
    def sets(self) -> Mapping[str, Any]:
        """What it names, and nothing else."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"match", "until"}}

    @model_validator(mode="after")
    def _sets_something(self) -> Rule:
        if not self.model_fields_set - {"match", "until"}:
            raise ValueError("it sets nothing; name an owner, a page, …, or take the rule out")
        return self


class Deadline(Settings):
    """A date that no API tells."""

    name: Text = Field(examples=['"SIP carrier contract ends"'])
    date: Day = Field(examples=["2027-01-31"])
    owner: Text | None = None
    warn: Thresholds | None = None
    note: str = ""
    link: str = ""

    @property
    def place(self) -> str:
        """Where it stands among the places."""
        return f"{DEADLINES}:{self.name}"


class Daemon(Settings):
    """How often, and where it is remembered."""

    data: Annotated[Path, AfterValidator(_possible)] = Path("/var/lib/credwatch")
    every: Positive = timedelta(minutes=15)
    blind: Positive = timedelta(hours=6)
    keep: Positive = timedelta(days=400)
    ephemeral: bool = False
    fingerprint_key: Reference | None = None


class Network(Settings):
    """The way to the vendors."""

    proxy: Proxy | None = None
    ca: Annotated[Path, AfterValidator(_file)] | None = None


class Web(Settings):
    """Where it is seen."""

    window: Annotated[Listen, AfterValidator(_window)] = WINDOW
    probes: Listen = PROBES


class Connection(Settings):
    """A provider's table: the core's keys, and the rest as written, for the plug-in's own model."""

    model_config = ConfigDict(extra="allow")

    use: Text = Field(examples=['"vault"'])
    every: Positive | None = None
    read: Annotated[bool | tuple[str, ...], PlainValidator(_readable)] = True
    proxy: bool = False
