"""Deepgram: keys tried at /v1/auth/token, and the keys of its projects with their dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel

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

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SCOPED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
"""A refusal of one project, or of one key's page, that says nothing of the others."""
_MEND = "give `admin` a key with project:read and keys:read, made by an Admin of these projects"

KEY = Kind(
    name="deepgram-api-key",
    vendor="deepgram",
    vendor_name="Deepgram",
    title="Deepgram key",
    roles=(Role("key", r"[0-9a-f]{40}", context=r"deepgram|dg[_-]?api[_-]?key", secret=True),),
    hosts=("api.deepgram.com",),
    joins="never",  # the list shows UUIDs, stores show values: they meet only where a probe told the UUID
)


class IssuerSettings(Settings):
    """`[issuers.deepgram]`: where its keys are tried and its lists are read."""

    base_url: str = "https://api.deepgram.com"


class ProviderSettings(Settings):
    """`[providers.NAME] use = "deepgram"`."""

    admin: Reference
    projects: tuple[str, ...] = ()
    """Project ids; none: every project that `admin` can see."""


def judge(reply: Reply) -> ProbeResult:
    """Deepgram's answers, in its old ({err_code, err_msg}) and its new ({category, message}) form.

    The same 401 says "dead" and "alive, but may not do this": its words decide, and only beside its code. A gateway on
    the way may well say {"message": "Invalid credentials"}, and means its own.
    """
    body = reply.json() or {}
    code = str(body.get("err_code") or body.get("category") or "").upper()
    said = str(body.get("err_msg") or body.get("message") or "").lower() if code else ""
    match (code, reply.status):
        case ("INVALID_AUTH", 400 | 401 | 403):
            verdict = ProbeResult.invalid(detail=f"{reply.status} INVALID_AUTH")
        case (_, status) if 400 <= status < 429 and said.startswith("invalid credentials"):
            verdict = ProbeResult.invalid(detail=f"{status} Invalid credentials")
        case ("INSUFFICIENT_PERMISSIONS" | "FORBIDDEN", 401 | 403):
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail=f"{reply.status} {code}")
        case ("ASR_PAYMENT_REQUIRED", 402):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, "402 ASR_PAYMENT_REQUIRED")
        case ("TOO_MANY_REQUESTS", 429):
            verdict = ProbeResult.unknown(Reason.RATE_LIMITED, "429 TOO_MANY_REQUESTS")
        case (_, 404):
            verdict = ProbeResult.unknown(Reason.NOT_FOUND, "HTTP 404")
        case ("", 200) if body:
            key_id = body.get("api_key_id")
            known = isinstance(key_id, str) and _UUID.fullmatch(key_id) is not None
            verdict = ProbeResult.valid(Facts(key_id=key_id if known else None), detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


class DeepgramIssuer:
    """Tries a key at the endpoint that Deepgram documents for this; every scope may, and it costs nothing."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._url = f"{settings.base_url.rstrip('/')}/v1/auth/token"

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:  # noqa: ARG002  one URL for all
        """One GET. Whether the key may transcribe is not asked."""
        return judge(http.send("GET", self._url, headers=_authorization(values["key"])))


def _authorization(key: Secret) -> dict[str, str]:
    return {"authorization": f"Token {key.reveal()}", "accept": "application/json"}


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_Moment = Annotated[datetime, AfterValidator(_utc)]
_M = TypeVar("_M", bound=BaseModel)


class _Key(BaseModel):
    api_key_id: str
    comment: str | None = None
    scopes: frozenset[str] | None = None
    created: _Moment | None = None
    expiration_date: _Moment | None = None


class _Member(BaseModel):
    email: str | None = None
    api_key: _Key | None = None


class _Entry(BaseModel):
    """A key beside its member, as in the list, or inside of it, as on the key's own page."""

    member: _Member | None = None
    api_key: _Key | None = None

    @property
    def key(self) -> _Key | None:
        return self.api_key or (self.member.api_key if self.member else None)


class _Keys(BaseModel):
    api_keys: list[_Entry]


class _One(BaseModel):
    item: _Entry


class _Project(BaseModel):
    project_id: str


class _Projects(BaseModel):
    projects: list[_Project]


class DeepgramProjects:
    """Deepgram's own list of keys, project by project; a key's date costs one request more."""

    def __init__(self, setup: Setup[ProviderSettings, IssuerSettings]) -> None:
        self.name = setup.name
        self._settings = setup.settings
        self._base = setup.issuer.base_url.rstrip("/")
        self._http = setup.http

    def check(self) -> ProbeResult:
        """Whether `admin` works. What it may list is seen in `keys`."""
        return judge(self._ask("/v1/auth/token"))

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every key, active or expired, of every project. A project that may not be listed is Unlisted."""
        for project in self._projects():
            try:
                yield from self._keys(project)
            except ProviderError as error:
                if error.reason not in _SCOPED:
                    raise
                yield Unlisted(project, error.reason, str(error))

    def least_privilege(self) -> str:
        """The key to make."""
        projects = ", ".join(self._settings.projects) or "each project to be watched"
        return (
            f"In the console of Deepgram, as an Admin of {projects}:\n"
            "Settings > API Keys > Create, with exactly these scopes and an expiration date:\n"
            "  project:read keys:read\n"
            "A Member's key sees only the keys that this member made.\n"
        )

    def diagnose(self) -> Iterator[Diagnosis]:
        """Whether `admin` works, and how many keys it sees."""
        yield from counted("keys", self.keys(), _MEND)

    def _projects(self) -> list[str]:
        if self._settings.projects:
            return list(self._settings.projects)
        return [project.project_id for project in self._get(_Projects, "/v1/projects").projects]

    def _keys(self, project: str) -> Iterator[Listed]:
        path = f"/v1/projects/{quote(project, safe='')}/keys"
        for status in ("active", "expired"):
            for entry in self._get(_Keys, f"{path}?status={status}").api_keys:
                if entry.key is None:
                    raise ProviderError(Reason.UNREADABLE, f"{path}: an entry without a key")
                yield Listed(KEY, self._facts(project, path, entry.key, entry.member))

    def _facts(self, project: str, path: str, key: _Key, member: _Member | None) -> Facts:
        email = member.email if member else None
        return Facts(
            account=project,
            key_id=key.api_key_id,
            name=key.comment,
            created=key.created,
            expires=self._expires(path, key),
            scopes=key.scopes,
            creator=email,
            personal=True if email else None,
        )

    def _expires(self, path: str, key: _Key) -> datetime | None:
        """The date on the key's own page; None when we may not see that page, or the key went meanwhile."""
        try:
            page = self._get(_One, f"{path}/{quote(key.api_key_id, safe='')}").item.key
        except ProviderError as error:
            if error.reason not in _SCOPED:
                raise
            return None
        return (page.expiration_date or NEVER) if page else None

    def _get(self, model: type[_M], path: str) -> _M:
        reply = self._ask(path)
        verdict = judge(reply)
        if verdict.reason is not Reason.OK:
            raise refused(verdict, path)
        return reply.parsed(model)

    def _ask(self, path: str) -> Reply:
        return self._http.send("GET", f"{self._base}{path}", headers=_authorization(self._settings.admin.resolve()))


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """A key in the environment is tried without a table; one whose name says what it is for can read the list."""
    for name in ("DEEPGRAM_ADMIN_KEY", "DEEPGRAM_API_KEY"):
        if environ.get(name):
            said = f"{name} (its list is read if the key has project:read and keys:read)"
            yield Found("deepgram", {"use": "deepgram", "admin": f"env:{name}"}, said)
            return


plugin = Plugin(
    kinds=(KEY,),
    issuer=DeepgramIssuer,
    provider=DeepgramProjects,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
)
