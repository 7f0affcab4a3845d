"""The keys of a workspace's service accounts, as ElevenLabs lists them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Facts,
    Listed,
    ProbeResult,
    Reason,
    Reference,
    Reply,
    Settings,
    Setup,
    Unlisted,
    Validity,
    counted,
    refused,
)
from credwatch_providers.elevenlabs.keys import KEY, IssuerSettings, headers, judge

_MEND = "give `admin` a workspace admin's key with service_account_write"
ACCOUNT = "service_account"
"""The trait that says whose key it is: the id of its service account."""
ASKED = ("character_limit", "allowed_ips", "third_party_disable_allowed")
"""Traits that the list names as they are asked for."""
LIMITS = {
    "tts_concurrency_limit": "concurrency",
    "dubbing_concurrency_limit": "dubbing_concurrency",
    "music_concurrency_limit": "music_concurrency",
    "credit_limit": "credits",
    "professional_voice_clone_limit": "pvc",
}
"""Traits that the list has among the limits of the platform, under a name of its own; the last two cannot be asked for."""


class ProviderSettings(Settings):
    """`[providers.NAME] use = "elevenlabs"`."""

    admin: Reference


class _Key(BaseModel):
    """Older servers leave out the dates and the switch."""

    name: str
    hint: str
    key_id: str
    created_at_unix: datetime | None = None
    expires_at_unix: datetime | None = None
    is_disabled: bool | None = None
    permissions: frozenset[str] | None = None
    character_limit: Any = None
    allowed_ips: Any = None
    third_party_disable_allowed: Any = None
    platform_limits: Any = None

    def traits(self, account: str | None) -> Mapping[str, str]:
        """What a new key is asked for with, as JSON under the name that it has there; the hash of its value is not read."""
        found = {name: getattr(self, name) for name in ASKED}
        found |= {name: _limit(self.platform_limits, shown) for name, shown in LIMITS.items()}
        whose = {ACCOUNT: account} if account else {}
        return whose | {name: json.dumps(value) for name, value in found.items() if value is not None}


def _limit(limits: Any, name: str) -> Any:
    one = limits.get(name) if isinstance(limits, dict) else None
    return one.get("limit") if isinstance(one, dict) else None


class _Account(BaseModel):
    name: str
    service_account_user_id: str | None = None
    keys: list[_Key] = Field(alias="api-keys")


class _Accounts(BaseModel):
    accounts: list[_Account] = Field(alias="service-accounts")


class ElevenLabsWorkspace:
    """The keys of service accounts; a person's own keys stand in no list that ElevenLabs offers."""

    def __init__(self, setup: Setup[ProviderSettings, IssuerSettings]) -> None:
        self.name = setup.name
        self._admin = setup.settings.admin
        self._base = setup.issuer.base_url.rstrip("/")
        self._http = setup.http

    def check(self) -> ProbeResult:
        """Whether `admin` works. What it may list is seen in `keys`."""
        return judge(self._ask("/v1/user"))

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every key of every service account, in one request. ProviderError when the list may not be read."""
        yield from self._keys()

    def least_privilege(self) -> str:
        """The key to make."""
        return (
            "In ElevenLabs, as an admin of the workspace: Developers > Service Accounts > a new account > Create key,\n"
            "with exactly these permissions:\n"
            "  service_account_write   to list keys; ElevenLabs has no permission that only reads them\n"
            "  user_read               to see which workspace this is\n"
        )

    def diagnose(self) -> Iterator[Diagnosis]:
        """Whether the list can be read, and how many keys stand in it."""
        yield from counted("keys", self.keys(), _MEND)

    def _keys(self) -> Iterator[Listed]:
        workspace = self._workspace()
        path = "/v1/service-accounts"
        reply = self._ask(path)
        verdict = judge(reply)
        if verdict.reason is not Reason.OK:
            raise refused(verdict, path)
        for account in reply.parsed(_Accounts).accounts:
            for key in account.keys:
                yield Listed(KEY, _facts(workspace, account, key))

    def _workspace(self) -> str | None:
        """The id under which probes know this workspace; None when `admin` may not see it."""
        verdict = self.check()
        if verdict.validity is not Validity.VALID:
            raise refused(verdict, "/v1/user")
        return verdict.facts.account

    def _ask(self, path: str) -> Reply:
        return self._http.send("GET", f"{self._base}{path}", headers=headers(self._admin.resolve()))


def _facts(workspace: str | None, account: _Account, key: _Key) -> Facts:
    dated = "expires_at_unix" in key.model_fields_set
    return Facts(
        account=workspace,
        key_id=key.key_id,
        name=key.name,
        created=key.created_at_unix,
        expires=(key.expires_at_unix or NEVER) if dated else None,
        disabled=key.is_disabled,
        scopes=key.permissions,
        hint=key.hint,
        creator=account.name,
        personal=False,
        traits=key.traits(account.service_account_user_id),
    )
