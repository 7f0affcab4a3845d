"""The vendors of the sandbox as grounds, each request and answer held against the vendor's own document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from credwatch.contract import Facts, Kind, Listed, Match, Reply, Secret, Setup, Validity
from credwatch.sandbox.keys import Fault, Key, State
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers import deepgram, elevenlabs, openai
from credwatch_providers.twilio.keys import API_KEY, AUTH_TOKEN
from tests.minting.ground import Ground, Recording
from tests.servers.specs import Checked
from tests.servers.vendors import NOON, SHOPS, Shop, Still


class Sandboxed(Ground):
    """A local vendor behind a server."""

    shop_name: ClassVar[str]
    secret: ClassVar[str] = "key"

    def __init__(self, folder: Path, transport: Transport) -> None:
        self.shop: Shop = SHOPS[self.shop_name](folder, Still())
        self.vendor = self.shop.vendor
        self._transport = transport
        self.server = Server(self.vendor)
        self.checked: Checked = self.shop.http(self.server, transport)
        self.http = Recording(self.checked, self.shop.clock.now)
        self.key: Key = self.shop.key
        self.key.name, self.key.created = "voice-prod", NOON - timedelta(days=30)
        self.prepare()
        self.minter = self.opened()
        self._issuer: Any = self.shop.plugin.issuer and self.shop.plugin.issuer(self._issuers)

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def prepare(self) -> None:
        """What the old key is like."""

    @property
    def _issuers(self) -> Any:
        return self.shop.plugin.issuer_settings.model_validate({"base_url": self.server.url})

    def opened(self, **table: Any) -> Any:
        """The connection, with these in its table."""
        assert self.shop.plugin.provider is not None
        settings = self.shop.plugin.provider_settings.model_validate({**self.shop.table, **table})
        return self.shop.plugin.provider(
            Setup("ours", settings, self._issuers, self.http, lambda _: self.http, writes=True)
        )

    def shown(self, key: Key) -> Facts:
        """A key as the list shows it."""
        rows = (one for one in self.minter.keys() if isinstance(one, Listed))  # noqa: SIM118  it is no mapping
        return next(one.facts for one in rows if one.facts.key_id == key.id)

    @property
    def old(self) -> Facts:
        return self.shown(self.key)

    @property
    def mine(self) -> Facts:
        return self.shown(self.shop.admin)

    @property
    def secrets(self) -> Mapping[str, str]:
        return {f"{number} {key.name:.10}": key.value for number, key in enumerate(self.vendor.keys)}

    def alive(self) -> frozenset[str]:
        return frozenset(key.value for key in self.vendor.keys if key.state is not State.DELETED)

    def identity(self, values: Mapping[str, Secret]) -> str:
        return values[self.secret].reveal()

    def of_old(self) -> str:
        return self.key.value

    def probe(self, values: Mapping[str, Secret]) -> Validity:
        validity: Validity = self._issuer.probe(Match(self.kind, {}), values, self.http).validity
        return validity

    def crowd(self) -> None:
        self.vendor.limit = 1

    def fault(self, fault: Fault) -> None:
        if fault is Fault.GARBLED:  # which is as no document has it
            self.http.way = self._transport.to([self.server.url.removeprefix("http://")])
        self.vendor.faults.append(fault)

    def pass_time(self, seconds: float) -> None:
        self.shop.clock.at += timedelta(seconds=seconds)

    def rename(self, name: str) -> bool:
        self.key.name = name
        return True


def said(status: int, body: object) -> Reply:
    """An answer in JSON."""
    return Reply(status, {"content-type": "application/json"}, json.dumps(body).encode())


class DeepgramGround(Sandboxed):
    """A key with an end, of a member who is not the one that makes the new one."""

    shop_name = "deepgram"
    kind: ClassVar[Kind] = deepgram.KEY
    roles = frozenset({"key"})

    def prepare(self) -> None:
        self.key.expires = NOON + timedelta(days=60)
        self.key.scopes, self.key.traits["tags"] = ("usage:write", "usage:read"), ["voice", "prod"]
        self.shop.admin.owner = "rotator@example.com"

    def refusals(self) -> Mapping[str, Reply]:
        words = {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": "r"}
        new = {"category": "INVALID_JSON", "message": "no", "details": "no", "request_id": "r"}
        return {"login": said(401, words), "words": said(400, new)}


class ElevenLabsGround(Sandboxed):
    """A key of a service account with every limit that there is."""

    shop_name = "elevenlabs"
    kind: ClassVar[Kind] = elevenlabs.KEY
    roles = frozenset({"key"})
    fades = True

    def prepare(self) -> None:
        self.key.expires = NOON + timedelta(days=45)
        limits = {"concurrency": {"limit": 5}, "dubbing_concurrency": {"limit": 2}, "music_concurrency": None}
        self.key.traits = {
            "character_limit": 100_000,
            "allowed_ips": ["10.0.0.0/24"],
            "third_party_disable_allowed": True,
            "platform_limits": limits,
        }

    def of(self, account: str | None) -> Facts:
        return replace(self.old, traits={} if account is None else {"service_account": account})

    def refusals(self) -> Mapping[str, Reply]:
        missing = {"detail": {"status": "missing_permissions", "message": "no"}}
        wrong = {"detail": [{"loc": ["body", "name"], "msg": "no", "type": "value_error"}]}
        return {"login": said(401, missing), "words": said(422, wrong)}


class OpenAIGround(Sandboxed):
    """A key of a service account, whose scopes our table says."""

    shop_name = "openai"
    kind: ClassVar[Kind] = openai.KEY
    roles = frozenset({"key"})
    fades = True

    def prepare(self) -> None:
        self.key.owner, self.key.scopes = "", ("api.model.request", "api.files.read")
        self.key.expires = NOON + timedelta(days=60)
        self.shop.table = {**self.shop.table, "scopes": {"sa_1": ["api.model.request", "api.files.read"]}}

    def refusals(self) -> Mapping[str, Reply]:
        forbidden = {"error": {"message": "insufficient permissions", "type": "invalid_request_error", "code": None}}
        wrong = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": "invalid_value"}}
        return {"login": said(403, forbidden), "words": said(400, wrong)}


class TwilioGround(Sandboxed):
    """A Restricted key."""

    shop_name = "twilio"
    kind: ClassVar[Kind] = API_KEY
    roles = frozenset({"sid", "secret"})
    secret = "secret"
    longest = 64
    dated = False

    def prepare(self) -> None:
        self.key.traits["policy"] = {"allow": ["/twilio/messaging/messages/read"]}

    def refusals(self) -> Mapping[str, Reply]:
        words = {"message": "no", "more_info": "https://www.twilio.com/docs/errors"}
        return {
            "login": said(401, {"code": 20003, "status": 401, **words}),
            "words": said(400, {"code": 20001, "status": 400, **words}),
        }


class StandardGround(TwilioGround):
    """A Standard key, where the list tells it from a Main key."""

    def prepare(self) -> None:
        self.vendor.tells_main = True


class AuthTokenGround(TwilioGround):
    """The Auth Token of the account, exchanged with a Main key."""

    kind: ClassVar[Kind] = AUTH_TOKEN
    roles = frozenset({"token"})
    secret = "token"
    listed = False

    def prepare(self) -> None:
        self.key = self.vendor.issue_token(self.shop.table["account"])

    @property
    def old(self) -> Facts:
        return Facts(account=self.key.account)

    def secret_of_old(self) -> Secret:
        return Secret(self.key.value)

    def crowd(self) -> None:
        self.minter.mint(self.old, "", None)
        self.http.changes.clear()

    def rename(self, name: str) -> bool:
        del name
        return False

    def probe(self, values: Mapping[str, Secret]) -> Validity:
        return super().probe({"account": Secret(self.key.account), **values})


GROUNDS: dict[str, type[Sandboxed]] = {
    "deepgram": DeepgramGround,
    "elevenlabs": ElevenLabsGround,
    "openai": OpenAIGround,
    "twilio-restricted": TwilioGround,
    "twilio-standard": StandardGround,
    "twilio-auth-token": AuthTokenGround,
}
