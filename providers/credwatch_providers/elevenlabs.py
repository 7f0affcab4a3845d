"""ElevenLabs: keys tried at /v1/user, and the keys of a workspace's service accounts with their dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Facts,
    Found,
    Http,
    Kind,
    Listed,
    Match,
    Plugin,
    ProbeResult,
    Reason,
    Reference,
    Reply,
    Role,
    Secret,
    Settings,
    Setup,
    Unlisted,
    Validity,
    counted,
    otherwise,
    refused,
)

__all__ = ["plugin"]

_MEND = "give `admin` a workspace admin's key with service_account_write"

KEY = Kind(
    name="elevenlabs-api-key",
    vendor="elevenlabs",
    vendor_name="ElevenLabs",
    title="ElevenLabs key",
    # sk_ and hexadecimal digits is what many a house makes for itself, so the shape alone proves nothing.
    roles=(
        Role("key", r"sk_[a-f0-9]{48}|[a-f0-9]{32}", context=r"eleven[_-]?labs|11[_-]?labs|xi[_-]api", secret=True),
    ),
    hosts=(
        "api.elevenlabs.io",
        "api.us.elevenlabs.io",
        "api.eu.residency.elevenlabs.io",
        "api.in.residency.elevenlabs.io",
    ),
    joins="hint",
    disables=True,
)


class IssuerSettings(Settings):
    """`[issuers.elevenlabs]`: the host of the region; a residency key works on its own host only."""

    base_url: str = "https://api.elevenlabs.io"


class ProviderSettings(Settings):
    """`[providers.NAME] use = "elevenlabs"`."""

    admin: Reference


def judge(reply: Reply) -> ProbeResult:
    """ElevenLabs's answers. A key without the permission that was asked for says 401 too: detail.status decides.

    How an expired or disabled key, or one used from an address off its list, is answered is not documented: such a 401
    is UNKNOWN, and the vendor's list tells.
    """
    body = reply.json() or {}
    detail = body.get("detail")
    word = detail.get("status") if isinstance(detail, dict) else None
    match (word, reply.status):
        case ("missing_permissions", 401 | 403):
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail=f"{reply.status} missing_permissions")
        case ("invalid_api_key", 400 | 401):
            verdict = ProbeResult.invalid(detail=f"{reply.status} invalid_api_key")
        case ("quota_exceeded", 401 | 402 | 403 | 429):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, f"{reply.status} quota_exceeded")
        case ("detected_unusual_activity", 401 | 403):
            verdict = ProbeResult.suspended(detail=f"{reply.status} detected_unusual_activity")
        case ("system_busy", _):
            verdict = ProbeResult.unknown(Reason.SERVER_ERROR, f"{reply.status} system_busy")
        case (_, 403) if word:  # the plan or the resource; a 403 in another form is somebody else's on the way
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail="HTTP 403")
        case (_, 200) if isinstance(body.get("user_id"), str) or isinstance(body.get("service-accounts"), list):
            workspace = body.get("workspace_id")
            facts = Facts(account=workspace if isinstance(workspace, str) else None)
            verdict = ProbeResult.valid(facts, detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


class ElevenLabsIssuer:
    """Tries a key at /v1/user; one that may not read it proves by its refusal that it lives."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._url = f"{settings.base_url.rstrip('/')}/v1/user"

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:  # noqa: ARG002  one URL for all
        """One GET. Of the person who may stand in the answer nothing is kept."""
        return judge(http.send("GET", self._url, headers=_headers(values["key"])))


def _headers(key: Secret) -> dict[str, str]:
    return {"xi-api-key": key.reveal(), "accept": "application/json"}


class _Key(BaseModel):
    """Older servers leave out the dates and the switch."""

    name: str
    hint: str
    key_id: str
    created_at_unix: datetime | None = None
    expires_at_unix: datetime | None = None
    is_disabled: bool | None = None
    permissions: frozenset[str] | None = None


class _Account(BaseModel):
    name: str
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
        workspace = self._workspace()
        path = "/v1/service-accounts"
        reply = self._ask(path)
        verdict = judge(reply)
        if verdict.reason is not Reason.OK:
            raise refused(verdict, path)
        for account in reply.parsed(_Accounts).accounts:
            for key in account.keys:
                yield Listed(KEY, _facts(workspace, account, key))

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

    def _workspace(self) -> str | None:
        """The id under which probes know this workspace; None when `admin` may not see it."""
        verdict = self.check()
        if verdict.validity is not Validity.VALID:
            raise refused(verdict, "/v1/user")
        return verdict.facts.account

    def _ask(self, path: str) -> Reply:
        return self._http.send("GET", f"{self._base}{path}", headers=_headers(self._admin.resolve()))


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
    )


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """A key in the environment is tried without a table; an admin's can read the list."""
    for name in ("ELEVENLABS_ADMIN_KEY", "ELEVENLABS_API_KEY"):
        if environ.get(name):
            said = f"{name} (the list is read if the key has service_account_write)"
            yield Found("elevenlabs", {"use": "elevenlabs", "admin": f"env:{name}"}, said)
            return


plugin = Plugin(
    kinds=(KEY,),
    issuer=ElevenLabsIssuer,
    provider=ElevenLabsWorkspace,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
)
