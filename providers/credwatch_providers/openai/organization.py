"""The keys of an organization and of its projects, as OpenAI lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Facts,
    Kind,
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
from credwatch_providers.openai.keys import ADMIN_KEY, KEY, IssuerSettings, authorization, judge

ORGANIZATION = "organization"
"""What stands for the account in the place of an admin key, which belongs to no project."""
ACCOUNT = "service_account"
"""The trait that says whose key it is: the id of its service account."""
_SCOPED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
_TAIL = re.compile(r"[.*…]([A-Za-z0-9_-]+)$")
_MEND = "give `admin` an admin key of an organization owner"


class ProviderSettings(Settings):
    """`[providers.NAME] use = "openai"`."""

    admin: Reference
    scopes: Mapping[str, tuple[str, ...] | Literal["all"]] = {}
    """Service account (its id or its name) to the scopes of its keys: OpenAI does not show them."""


class _Named(BaseModel):
    id: str | None = None
    name: str | None = None
    email: str | None = None


class _Owner(BaseModel):
    type: str | None = None
    name: str | None = None
    user: _Named | None = None
    service_account: _Named | None = None


class _Row(BaseModel):
    id: str


class Key(_Row):
    """`expires_at` is missing where the server is older than the field; `scopes` stand in no document."""

    name: str | None = None
    redacted_value: str = ""
    created_at: datetime | None = None
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    scopes: frozenset[str] | None = None
    owner: _Owner = _Owner()


class _Page(BaseModel):
    has_more: bool


class _Keys(_Page):
    data: list[Key]


class _Projects(_Page):
    data: list[_Row]


_P = TypeVar("_P", _Keys, _Projects)


class OpenAIOrganization:
    """The organization's own lists: admin keys, and the keys of each project."""

    def __init__(self, setup: Setup[ProviderSettings, IssuerSettings]) -> None:
        self.name = setup.name
        self._admin = setup.settings.admin
        self._scopes = setup.settings.scopes
        self._root = setup.issuer.root
        self._http = setup.http

    def check(self) -> ProbeResult:
        """Whether `admin` works."""
        return judge(self._ask("/organization/admin_api_keys?limit=1"))

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every admin key and every key of every project. What may not be listed of these is Unlisted."""
        yield from self._keys(ADMIN_KEY, ORGANIZATION, "/organization/admin_api_keys?limit=100")
        for page in self._pages(_Projects, "/organization/projects?limit=100"):
            for project in page.data:
                yield from self._keys(KEY, project.id, list_of(project.id))

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
            yield from self._listed(kind, account, path)
        except ProviderError as error:
            if error.reason not in _SCOPED:
                raise
            yield Unlisted(account, error.reason, str(error))

    def _listed(self, kind: Kind, account: str, path: str) -> Iterator[Listed]:
        for page in self._pages(_Keys, path):
            for key in page.data:
                yield Listed(kind, self._facts(account, key))

    def _facts(self, account: str, key: Key) -> Facts:
        tail = _TAIL.search(key.redacted_value)
        person, service = key.owner.type == "user", key.owner.service_account
        owner = key.owner.user or service or _Named(name=key.owner.name)
        return Facts(
            account=account,
            key_id=key.id,
            name=key.name,
            created=key.created_at,
            expires=(key.expires_at or NEVER) if "expires_at" in key.model_fields_set else None,
            last_used=key.last_used_at,
            scopes=self._may_do(key.scopes, service),
            hint=tail[1] if tail else None,
            creator=owner.email or owner.name,
            personal=person if key.owner.type else None,
            traits={ACCOUNT: service.id} if service and service.id else None,
        )

    def _may_do(self, shown: frozenset[str] | None, service: _Named | None) -> frozenset[str] | None:
        """What is shown, else what our table says; an empty set: everything. None: nobody says it."""
        if shown is not None or service is None:
            return shown
        told = self._scopes.get(service.id or "", self._scopes.get(service.name or ""))
        if told is None:
            return None
        return frozenset() if told == "all" else frozenset(told)

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
        return self._http.send("GET", f"{self._root}{path}", headers=authorization(self._admin.resolve()))


def list_of(project: str) -> str:
    """The path of a project's list. Without owner_project_access it leaves out keys that work."""
    return f"/organization/projects/{quote(project, safe='')}/api_keys?limit=100&owner_project_access=any"
