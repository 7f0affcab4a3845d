"""The tables that say how keys are rotated, and who has to load a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from credwatch.config.addresses import plain_host_of
from credwatch.config.places import checked
from credwatch.config.values import Duration, Https, Positive, Text, one_or_many
from credwatch.config.windows import Window, windows
from credwatch.contract import Settings
from credwatch.model import Revoke
from credwatch.references import Reference

_WORKLOAD = re.compile(r"([a-z0-9-]{1,63})/(deployment|statefulset|daemonset)/([a-z0-9][a-z0-9.-]{0,252})")
_WAYS = ("kubernetes", "webhook", "command")


def _workload(text: str) -> str:
    if not _WORKLOAD.fullmatch(text):
        raise ValueError('a workload is namespace/kind/name: "voice/deployment/voice-agent", or statefulset, daemonset')
    return text


def _proof(text: object) -> str:
    """An address or a file. It shows ids of keys and no secret, so plain http will do."""
    if not isinstance(text, str) or "\0" in text:
        raise ValueError('an address or a file: "http://voice-agent.voice.svc:9090/credentials", "/run/voice/keys"')
    if not text.startswith("/"):
        plain_host_of(text)
    return text


def _argument(text: str) -> str:
    if "\0" in text:
        raise ValueError("no argument has a NUL in it")
    return text


Identities = Mapping[str, dict[str, Any]]
Places = Annotated[
    tuple[Annotated[str, PlainValidator(checked)], ...], BeforeValidator(one_or_many), Field(min_length=1)
]
Argv = Annotated[tuple[Annotated[Text, AfterValidator(_argument)], ...], Field(min_length=1)]


class Rotate(Settings):
    """What holds of every rotation."""

    freeze: Annotated[tuple[Window, ...], PlainValidator(windows)] = ()
    max_per_day: Annotated[int, Field(ge=0)] = 4
    """How many begin by themselves within a day; 0: none."""
    revoke: Revoke = Revoke.ASK
    identities: Identities = Field(default_factory=dict)
    """Provider to those of its keys that say who we are when we write; the references in them stay unread in the watch."""


class Reload(Settings):
    """How a consumer is told to load what its places hold: exactly one way."""

    kubernetes: Annotated[str, AfterValidator(_workload)] | None = None
    server: Https | None = None
    """Of the cluster; left out: the one that we run in."""
    token: Reference | None = None
    """Left out: that of our own service account."""
    ca: Path | None = None
    """Left out: that of the cluster we run in, or with a `server` the authorities of the system."""
    webhook: Https | None = None
    secret: Reference | None = None
    command: Argv | None = None

    @property
    def said(self) -> str:
        """As a plan says it: `restart voice/deployment/voice-agent`."""
        if self.command is not None:
            return f"run {self.command[0]}"
        return f"restart {self.kubernetes}" if self.kubernetes else f"POST {plain_host_of(str(self.webhook))}"

    @model_validator(mode="after")
    def _one_way(self) -> Reload:
        if len([way for way in _WAYS if getattr(self, way) is not None]) != 1:
            raise ValueError('one of { kubernetes = "ns/deployment/name" }, { webhook = "…" }, { command = ["…"] }')
        if (self.webhook is None) != (self.secret is None):
            raise ValueError('a webhook is signed: { webhook = "https://…", secret = "file:…" }')
        if self.kubernetes is None and (self.server or self.token or self.ca):
            raise ValueError("server, token and ca are for { kubernetes = … }")
        if self.server is not None and self.token is None:
            raise ValueError("another cluster is reached with a token of its own, not with that of the one we run in")
        return self


class Consumer(Settings):
    """Who reads keys from places, and has to load a new one before the old one may go."""

    name: Text = Field(examples=['"voice-agent"'])
    reads: Places = Field(examples=['["vault-prod:kv/voice/prod"]'])
    reload: Reload | None = None
    """None: it loads what its places hold by itself."""
    settles: Duration = timedelta(0)
    """How long work under the old key may go on: the longest call and its drain."""
    proof: Annotated[str, PlainValidator(_proof)] | None = None
    """An address or a file that shows which key id it uses."""


class Renewal(Settings):
    """The program that renews what lies in some places: it is given the chain, and prints the new one."""

    place: Places = Field(examples=['"vault-prod:kv/sip/tls#cert"'])
    command: Argv = Field(examples=['["/usr/local/bin/renew", "sip"]'])
    timeout: Positive = timedelta(minutes=5)
