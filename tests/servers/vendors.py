"""Local vendors with a key to try and an admin key, beside the plug-ins that know them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from credwatch.contract import Http, Inventory, Kind, Match, Plugin, ProbeResult, Secret, Setup
from credwatch.sandbox.deepgram import Deepgram
from credwatch.sandbox.elevenlabs import ElevenLabs
from credwatch.sandbox.keys import Key
from credwatch.sandbox.openai import OpenAI
from credwatch.sandbox.server import Server
from credwatch.sandbox.twilio import Twilio
from credwatch.transport import Transport
from credwatch_providers import deepgram, elevenlabs, openai, twilio
from tests.servers.specs import Checked

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Still:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def wait(self, seconds: float, stop: threading.Event) -> bool:  # noqa: ARG002  it does not wait
        return not stop.is_set()


@dataclass
class Shop:
    """One local vendor, and how to go there."""

    vendor: Any
    plugin: Plugin
    kind: Kind
    key: Key
    admin: Key
    table: Mapping[str, Any]
    documents: tuple[str, ...]
    clock: Still

    @property
    def values(self) -> dict[str, Secret]:
        secret = next(role.name for role in self.kind.roles if role.secret)
        named = {"sid": self.key.id} if self.kind.key_id == "sid" else {}
        return {role: Secret(value) for role, value in {**named, secret: self.key.value}.items()}

    def http(self, server: Server, transport: Transport, deadline: timedelta | None = None) -> Checked:
        return Checked(transport.to([server.url.removeprefix("http://")], deadline=deadline), *self.documents)

    def probe(self, server: Server, http: Http, url: str | None = None) -> ProbeResult:
        assert self.plugin.issuer is not None
        issuer = self.plugin.issuer(self.plugin.issuer_settings.model_validate({"base_url": server.url}))
        return issuer.probe(Match(self.kind, {}, probe=url), self.values, http)

    def connection(self, server: Server, http: Http) -> Any:
        assert self.plugin.provider is not None
        settings = self.plugin.provider_settings.model_validate(self.table)
        issuer = self.plugin.issuer_settings.model_validate({"base_url": server.url})
        return self.plugin.provider(Setup("ours", settings, issuer, http, lambda _: http))

    def inventory(self, server: Server, http: Http) -> Inventory:
        made = self.connection(server, http)
        assert isinstance(made, Inventory)
        return made


def _reference(folder: Path, admin: Key) -> str:
    admin.admin = True
    path = folder / "admin"
    path.write_text(f"{admin.value}\n")
    return f"file:{path}"


def twilio_shop(folder: Path, clock: Still) -> Shop:
    vendor = Twilio(clock=clock)
    account = vendor.open("main").sid
    key, admin = vendor.issue("voice", account), vendor.issue("watch", account)
    table = {"account": account, "admin": {"sid": admin.id, "secret": _reference(folder, admin)}}
    documents = ("twilio_api_v2010", "twilio_iam_v1", "twilio_accounts_v1")
    return Shop(vendor, twilio.plugin, twilio.plugin.kinds[0], key, admin, table, documents, clock)


def deepgram_shop(folder: Path, clock: Still) -> Shop:
    vendor = Deepgram(clock=clock)
    vendor.projects["p-1"] = "voice"
    key, admin = vendor.issue("voice", "p-1"), vendor.issue("watch", "p-1")
    table = {"admin": _reference(folder, admin)}
    return Shop(vendor, deepgram.plugin, deepgram.KEY, key, admin, table, ("deepgram_manage",), clock)


def elevenlabs_shop(folder: Path, clock: Still) -> Shop:
    vendor = ElevenLabs(clock=clock)
    vendor.accounts["sa-1"] = "voice"
    key, admin = vendor.issue("voice", "sa-1"), vendor.issue("watch", "sa-1")
    table = {"admin": _reference(folder, admin)}
    return Shop(vendor, elevenlabs.plugin, elevenlabs.KEY, key, admin, table, ("elevenlabs_keys",), clock)


def openai_shop(folder: Path, clock: Still) -> Shop:
    vendor = OpenAI(clock=clock)
    vendor.projects["proj_1"] = "voice"
    key, admin = vendor.issue("voice", "proj_1", owner="luis@example.com"), vendor.issue_admin("watch")
    table = {"admin": _reference(folder, admin)}
    return Shop(vendor, openai.plugin, openai.KEY, key, admin, table, ("openai_admin",), clock)


SHOPS: dict[str, Callable[[Path, Still], Shop]] = {
    "twilio": twilio_shop,
    "deepgram": deepgram_shop,
    "elevenlabs": elevenlabs_shop,
    "openai": openai_shop,
}
