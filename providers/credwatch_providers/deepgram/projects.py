"""The keys of Deepgram's projects, as Deepgram lists them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Facts,
    Listed,
    ProbeResult,
    ProviderError,
    Reason,
    Reference,
    Reply,
    Settings,
    Setup,
    Unlisted,
    counted,
    refused,
)
from credwatch_providers.deepgram.keys import KEY, IssuerSettings, authorization, judge

_SCOPED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
"""A refusal of one project, or of one key's page, that says nothing of the others."""
_MEND = "give `admin` a key with project:read and keys:read, made by an Admin of these projects"


class ProviderSettings(Settings):
    """`[providers.NAME] use = "deepgram"`."""

    admin: Reference
    projects: tuple[str, ...] = ()
    """Project ids; none: every project that `admin` can see."""


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_utc)]
_M = TypeVar("_M", bound=BaseModel)


class _Key(BaseModel):
    api_key_id: str
    comment: str | None = None
    scopes: frozenset[str] | None = None
    tags: list[str] | None = None
    created: Moment | None = None
    expiration_date: Moment | None = None


class _Member(BaseModel):
    email: str | None = None
    api_key: _Key | None = None


class Entry(BaseModel):
    """A key beside its member, as in the list, or inside of it, as on the key's own page."""

    member: _Member | None = None
    api_key: _Key | None = None

    @property
    def key(self) -> _Key | None:
        """Wherever it stands."""
        return self.api_key or (self.member.api_key if self.member else None)


class _Keys(BaseModel):
    api_keys: list[Entry]


class Page(BaseModel):
    """A key's own page."""

    item: Entry


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
        self._writes = setup.writes

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
        role, scopes, why = (
            "Admin",
            "project:read keys:read",
            "A Member's key sees only the keys that this member made.",
        )
        if self._writes:
            role, scopes = "Owner", f"{scopes} keys:write usage:read"
            why = "An Admin's key deletes only the keys that this admin made."
        return (
            f"In the console of Deepgram, as an {role} of {projects}:\n"
            "Settings > API Keys > Create, with exactly these scopes and an expiration date:\n"
            f"  {scopes}\n{why}\n"
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
                yield Listed(KEY, facts(project, entry, self._page(f"{path}/{quote(entry.key.api_key_id, safe='')}")))

    def _page(self, path: str) -> Entry | None:
        """A key's own page, on which its date and its tags stand; None when we may not see it, or the key went meanwhile."""
        try:
            return self._get(Page, path).item
        except ProviderError as error:
            if error.reason not in _SCOPED:
                raise
            return None

    def _get(self, model: type[_M], path: str) -> _M:
        reply = self._ask(path)
        verdict = judge(reply)
        if verdict.reason is not Reason.OK:
            raise refused(verdict, path)
        return reply.parsed(model)

    def _ask(self, path: str) -> Reply:
        return self._http.send("GET", f"{self._base}{path}", headers=authorization(self._settings.admin.resolve()))


def facts(project: str, entry: Entry, page: Entry | None) -> Facts:
    """What the list and the key's own page say together."""
    key, member = entry.key, entry.member
    own = page.key if page else None
    email = member.email if member else None
    return Facts(
        account=project,
        key_id=key.api_key_id if key else None,
        name=key.comment if key else None,
        created=key.created if key else None,
        expires=(own.expiration_date or NEVER) if own else None,
        scopes=key.scopes if key else None,
        creator=email,
        personal=True if email else None,
        traits={"tags": json.dumps(own.tags)} if own and own.tags else None,
    )
