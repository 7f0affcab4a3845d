"""OpenAI: project and admin keys tried at the list each may read, and the organization's keys with their dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel

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
    ProviderError,
    Reason,
    Reference,
    Reply,
    Role,
    Secret,
    Settings,
    Setup,
    Unlisted,
    counted,
    otherwise,
    refused,
)

__all__ = ["plugin"]

_HOSTS = ("api.openai.com",)
_ORGANIZATION = "organization"
"""What stands for the account in the place of an admin key, which belongs to no project."""
_SCOPED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
_TAIL = re.compile(r"[.*…]([A-Za-z0-9_-]+)$")
_MEND = "give `admin` an admin key of an organization owner"

# Every key carries T3BlbkFJ, which is "OpenAI" in base64.
KEY = Kind(
    name="openai-api-key",
    vendor="openai",
    vendor_name="OpenAI",
    title="OpenAI project key",
    roles=(
        Role(
            "key",
            r"sk-(?:(?:proj|svcacct|service)-[A-Za-z0-9_-]+|[A-Za-z0-9]+)T3BlbkFJ[A-Za-z0-9_-]+",
            secret=True,
            proof=True,
        ),
    ),
    hosts=_HOSTS,
    joins="hint",
)
ADMIN_KEY = Kind(
    name="openai-admin-key",
    vendor="openai",
    vendor_name="OpenAI",
    title="OpenAI admin key",
    roles=(Role("key", r"sk-admin-[A-Za-z0-9_-]+T3BlbkFJ[A-Za-z0-9_-]+", secret=True, proof=True),),
    hosts=_HOSTS,
    joins="hint",
)


class IssuerSettings(Settings):
    """`[issuers.openai]`: the host, with or without the /v1 that OpenAI's own clients write."""

    base_url: str = "https://api.openai.com"

    @property
    def root(self) -> str:
        """The address that every path follows."""
        return f"{self.base_url.rstrip('/').removesuffix('/v1')}/v1"


class ProviderSettings(Settings):
    """`[providers.NAME] use = "openai"`."""

    admin: Reference


def judge(reply: Reply) -> ProbeResult:
    """OpenAI's answers. Missing scopes were seen as 401 and as 403: the words decide, then the code, then the status."""
    body = reply.json() or {}
    error = body.get("error")
    code = str(error.get("code") or "") if isinstance(error, dict) else ""
    said = str(error.get("message") or "").lower() if isinstance(error, dict) else ""
    match (code, reply.status):
        case (_, 401 | 403) if "insufficient permissions" in said or "missing scopes" in said:
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail=f"{reply.status} insufficient permissions")
        case (_, 401 | 403) if "ip not authorized" in said or "ip_not_authorized" in code:
            verdict = ProbeResult.unknown(Reason.ADDRESS_NOT_ALLOWED, f"{reply.status} IP not authorized")
        case (_, 401 | 403) if "member of an organization" in said:
            verdict = ProbeResult.unknown(Reason.WRONG_ACCOUNT, f"{reply.status} not a member of an organization")
        case (_, 403) if code.startswith("unsupported_country") or "country" in said:
            verdict = ProbeResult.unknown(Reason.ADDRESS_NOT_ALLOWED, "403 country not supported")
        case ("invalid_api_key", 401):
            verdict = ProbeResult.invalid(detail="401 invalid_api_key")
        case ("insufficient_quota" | "credit_balance_exhausted", 402 | 403 | 429):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, f"{reply.status} {code}")
        case (_, 402 | 403 | 429) if code.startswith("billing"):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, f"{reply.status} billing")
        case (_, 404):
            verdict = ProbeResult.unknown(Reason.NOT_FOUND, "HTTP 404")
        case (_, 200) if body.get("object") == "list" and isinstance(body.get("data"), list):
            verdict = ProbeResult.valid(detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


class OpenAIIssuer:
    """Tries a project key at the list of models, an admin key at the list of admin keys; neither costs anything."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._root = settings.root

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """One GET."""
        path = "/organization/admin_api_keys?limit=1" if match.kind.name == ADMIN_KEY.name else "/models"
        return judge(http.send("GET", f"{self._root}{path}", headers=_authorization(values["key"])))


def _authorization(key: Secret) -> dict[str, str]:
    return {"authorization": f"Bearer {key.reveal()}", "accept": "application/json"}


class _Named(BaseModel):
    name: str | None = None
    email: str | None = None


class _Owner(BaseModel):
    type: str | None = None
    name: str | None = None
    user: _Named | None = None
    service_account: _Named | None = None


class _Row(BaseModel):
    id: str


class _Key(_Row):
    """`expires_at` is missing where the server is older than the field."""

    name: str | None = None
    redacted_value: str = ""
    created_at: datetime | None = None
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    owner: _Owner = _Owner()


class _Page(BaseModel):
    has_more: bool


class _Keys(_Page):
    data: list[_Key]


class _Projects(_Page):
    data: list[_Row]


_P = TypeVar("_P", _Keys, _Projects)


class OpenAIOrganization:
    """The organization's own lists: admin keys, and the keys of each project."""

    def __init__(self, setup: Setup[ProviderSettings, IssuerSettings]) -> None:
        self.name = setup.name
        self._admin = setup.settings.admin
        self._root = setup.issuer.root
        self._http = setup.http

    def check(self) -> ProbeResult:
        """Whether `admin` works."""
        return judge(self._ask("/organization/admin_api_keys?limit=1"))

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every admin key and every key of every project. What may not be listed of these is Unlisted."""
        yield from self._keys(ADMIN_KEY, _ORGANIZATION, "/organization/admin_api_keys?limit=100")
        for page in self._pages(_Projects, "/organization/projects?limit=100"):
            for project in page.data:
                # Without owner_project_access the list leaves out keys that work.
                path = f"/organization/projects/{quote(project.id, safe='')}/api_keys"
                yield from self._keys(KEY, project.id, f"{path}?limit=100&owner_project_access=any")

    def least_privilege(self) -> str:
        """The key to make."""
        return (
            "At platform.openai.com, as an owner of the organization: Settings > Admin keys > Create, with an expiry.\n"
            "OpenAI documents no admin key that may only read: keep it apart from every key that it watches.\n"
        )

    def diagnose(self) -> Iterator[Diagnosis]:
        """Whether the lists can be read, and how many keys stand in them."""
        yield from counted("keys", self.keys(), _MEND)

    def _keys(self, kind: Kind, account: str, path: str) -> Iterator[Listed | Unlisted]:
        try:
            for page in self._pages(_Keys, path):
                for key in page.data:
                    yield Listed(kind, _facts(account, key))
        except ProviderError as error:
            if error.reason not in _SCOPED:
                raise
            yield Unlisted(account, error.reason, str(error))

    def _pages(self, model: type[_P], path: str) -> Iterator[_P]:
        """Page after page. ProviderError(BROKEN) when the vendor says that there is more and shows nothing new."""
        after, seen = "", set()
        while True:
            page = self._get(model, f"{path}{after}")
            yield page
            if not page.has_more:
                return
            last = page.data[-1].id if page.data else ""
            if last in seen or not last:
                raise ProviderError(Reason.BROKEN, f"{path}: the list runs in a circle")
            seen.add(last)
            after = f"&after={quote(last, safe='')}"

    def _get(self, model: type[_P], path: str) -> _P:
        reply = self._ask(path)
        verdict = judge(reply)
        if verdict.reason is not Reason.OK:
            raise refused(verdict, path)
        return reply.parsed(model)

    def _ask(self, path: str) -> Reply:
        return self._http.send("GET", f"{self._root}{path}", headers=_authorization(self._admin.resolve()))


def _facts(account: str, key: _Key) -> Facts:
    tail = _TAIL.search(key.redacted_value)
    person = key.owner.type == "user"
    owner = key.owner.user or key.owner.service_account or _Named(name=key.owner.name)
    return Facts(
        account=account,
        key_id=key.id,
        name=key.name,
        created=key.created_at,
        expires=(key.expires_at or NEVER) if "expires_at" in key.model_fields_set else None,
        last_used=key.last_used_at,
        hint=tail[1] if tail else None,
        creator=owner.email or owner.name,
        personal=person if key.owner.type else None,
    )


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """OPENAI_ADMIN_KEY is the name that OpenAI's own clients read; a project key is tried without a table."""
    if environ.get("OPENAI_ADMIN_KEY"):
        yield Found("openai", {"use": "openai", "admin": "env:OPENAI_ADMIN_KEY"}, "OPENAI_ADMIN_KEY")


plugin = Plugin(
    kinds=(KEY, ADMIN_KEY),
    issuer=OpenAIIssuer,
    provider=OpenAIOrganization,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
    identity=frozenset({"admin"}),
)
