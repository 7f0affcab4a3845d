"""A local OpenAI: projects with keys, admin keys, and the endpoints on which a key is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.keys import Key, State, Vendor, letters
from credwatch.sandbox.server import Request, Response, Route


class OpenAI(Vendor):
    """One organization. A project key belongs to a person or to a service account."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        super().__init__(clock=clock)
        self.projects: dict[str, str] = {}
        """Project id to its name."""
        self.page = 100
        """The largest page of a list."""
        self.shows_scopes = False
        """Whether a key's scopes are shown; no document says so."""
        self.tail = 3
        """How many letters at the end of a project's key its list shows; no document promises it."""
        self.deletes = True
        """Whether a key of a service account can be deleted; one version of the document says that it cannot."""

    def issue(self, name: str, project: str, *, expires: datetime | None = None, owner: str = "") -> Key:
        """Make a project key, of a person or of a service account; the same name makes the same value."""
        prefix = "sk-proj" if owner else "sk-svcacct"
        return self._made(prefix, name, project, expires, owner)

    def issue_admin(self, name: str, *, expires: datetime | None = None, owner: str = "ana@example.com") -> Key:
        """Make an admin key."""
        made = self._made("sk-admin", name, "", expires, owner)
        made.admin = True
        return made

    def _made(self, prefix: str, name: str, account: str, expires: datetime | None, owner: str) -> Key:
        digits = letters(f"openai {name}", 116)
        made = Key(
            id=f"key_{letters(f'openai id {name}', 16)}",
            value=f"{prefix}-{digits[:58]}T3BlbkFJ{digits[58:]}",
            name=name,
            created=self.clock.now(),
            account=account,
            expires=expires,
            owner=owner,
        )
        self.keys.append(made)
        return made

    def routes(self) -> Iterable[Route]:
        """The paths of api.openai.com."""
        organization = "/v1/organization"
        yield Route("GET", "/v1/models", self._models)
        yield Route("GET", f"{organization}/admin_api_keys", self._listing(self._admin_keys))
        yield Route("GET", f"{organization}/projects", self._listing(self._projects))
        project = f"{organization}/projects/(?P<project>[^/]+)"
        yield Route("GET", f"{project}/api_keys", self._listing(self._project_keys))
        yield Route("GET", f"{project}/api_keys/(?P<key>[^/]+)", self._one(self._page_of))
        yield Route("POST", f"{project}/api_keys/(?P<key>[^/]+)", self._one(self._edit))
        yield Route("DELETE", f"{project}/api_keys/(?P<key>[^/]+)", self._one(self._delete))
        yield Route("POST", f"{project}/service_accounts/(?P<account>[^/]+)/api_keys", self._make)

    def _caller(self, request: Request) -> Key | None:
        return next((key for key in self.listed() if key.value == request.authorization("Bearer")), None)

    def _models(self, request: Request) -> Response:
        model = {"id": "gpt-sandbox", "object": "model", "created": 1, "owned_by": "sandbox"}
        return self.answer(
            self._caller(request), _refusal, lambda _: Response.json({"object": "list", "data": [model]})
        )

    def _managed(self, request: Request, reply: Callable[[], Response]) -> Response:
        """What an admin key may do."""

        def managed(caller: Key) -> Response:
            if not caller.admin or request.groups.get("project") in self.forbidden:
                return _refusal(State.LIMITED)
            return reply()

        return self.answer(self._caller(request), _refusal, managed)

    def _listing(self, rows: Callable[[Request], Sequence[dict[str, Any]]]) -> Callable[[Request], Response]:
        return lambda request: self._managed(request, lambda: self._page(request, rows(request)))

    def _one(self, reply: Callable[[Key, dict[str, Any]], Response]) -> Callable[[Request], Response]:
        """What an admin key may do with one key of a project."""

        def handler(request: Request) -> Response:
            found = (key for key in self.listed(request.groups["project"]) if key.id == request.groups["key"])
            key = next(found, None)
            if key is None:
                return self._managed(request, lambda: _error(404, "not_found", "API key not found."))
            return self._managed(request, lambda: reply(key, request.json() or {}))

        return handler

    def _page_of(self, key: Key, _: dict[str, Any]) -> Response:
        return Response.json(self._row(key))

    def _row(self, key: Key) -> dict[str, Any]:
        scopes = {"scopes": list(key.scopes)} if self.shows_scopes else {}
        owned = {"owner_project_access": "active", "owner": _owner(key)}
        ends = {"redacted_value": f"{key.value[:8]}...{key.value[-self.tail :]}"}
        return _shown(key, "organization.project.api_key") | ends | owned | scopes

    def _make(self, request: Request) -> Response:
        project, account, asked = request.groups["project"], request.groups["account"], request.json() or {}
        if account not in {_account(key) for key in self.keys if key.account == project and not key.owner}:
            return self._managed(request, lambda: _error(404, "not_found", "Service account not found."))
        return self._managed(request, lambda: self.change(lambda: self._issued(project, account, asked)))

    def _issued(self, project: str, account: str, asked: dict[str, Any]) -> Response:
        if self.full(project):
            return _error(400, "limit_exceeded", "The maximum number of keys of this project is reached.")
        seconds, digits = asked.get("expires_in_seconds"), self.fresh("value", 116)
        key = Key(
            id=f"key_{self.fresh('id', 16)}",
            value=f"sk-svcacct-{digits[:58]}T3BlbkFJ{digits[58:]}",
            name=asked.get("name", ""),
            created=self.clock.now(),
            account=project,
            expires=self.clock.now() + timedelta(seconds=seconds) if seconds else None,
            scopes=tuple(asked.get("scopes", ())),
            traits={"service_account": account, "service_name": self._named(project, account)},
        )
        self.made(key)
        shown = {
            name: value for name, value in _shown(key, "").items() if name in {"id", "name", "created_at", "expires_at"}
        }
        return Response.json({"object": "organization.project.service_account.api_key", "value": key.value, **shown})

    def _named(self, project: str, account: str) -> str:
        return next(_service(key) for key in self.keys if (key.account, _account(key)) == (project, account))

    def _edit(self, key: Key, asked: dict[str, Any]) -> Response:
        def edited() -> Response:
            if self.state_of(key) is State.EXPIRED or not asked:
                return _error(400, "invalid_request", "Expired keys cannot be updated.")
            if "expires_in_seconds" in asked:
                key.expires = self.clock.now() + timedelta(seconds=asked["expires_in_seconds"])
                self.did("date", key)
            return Response.json(self._row(key))

        return self.change(edited)

    def _delete(self, key: Key, _: dict[str, Any]) -> Response:
        def gone() -> Response:
            if not self.deletes and not key.owner:
                return _error(400, None, "API keys of service accounts cannot be deleted.")
            key.state = State.DELETED
            self.did("delete", key)
            return Response.json({"object": "organization.project.api_key.deleted", "id": key.id, "deleted": True})

        return self.change(gone)

    def _page(self, request: Request, rows: Sequence[dict[str, Any]]) -> Response:
        size = min(self.page, int(request.query.get("limit", "20")))
        after = request.query.get("after")
        start = next((place + 1 for place, row in enumerate(rows) if row["id"] == after), 0)
        data = rows[start : start + size]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
        return Response.json({"object": "list", "data": data, "has_more": start + size < len(rows)} | ends)

    def _admin_keys(self, _: Request) -> Sequence[dict[str, Any]]:
        return [
            _shown(key, "organization.admin_api_key") | {"owner": {"type": "user", "name": key.owner, "role": "owner"}}
            for key in self.listed()
            if key.admin
        ]

    def _projects(self, _: Request) -> Sequence[dict[str, Any]]:
        return [
            {"id": project, "object": "organization.project", "name": name, "created_at": 1, "status": "active"}
            for project, name in self.projects.items()
        ]

    def _project_keys(self, request: Request) -> Sequence[dict[str, Any]]:
        # Without owner_project_access=any the real list hides keys whose owner lost the project; this one hides persons'.
        everything = request.query.get("owner_project_access") == "any"
        return [self._row(key) for key in self.listed(request.groups["project"]) if everything or not key.owner]


def _shown(key: Key, kind: str) -> dict[str, Any]:
    return {
        "object": kind,
        "id": key.id,
        "name": key.name,
        "redacted_value": f"{key.value[:8]}...{key.value[-3:]}",
        "created_at": int(key.created.timestamp()),
        "last_used_at": int(key.last_used.timestamp()) if key.last_used else None,
        "expires_at": int(key.expires.timestamp()) if key.expires else None,
    }


def _owner(key: Key) -> dict[str, Any]:
    if key.owner:
        user = {"id": "user_1", "email": key.owner, "name": key.owner, "created_at": 1, "role": "member"}
        return {"type": "user", "user": user}
    return {
        "type": "service_account",
        "service_account": {"id": _account(key), "name": _service(key), "created_at": 1, "role": "member"},
    }


def _service(key: Key) -> str:
    return str(key.traits.get("service_name", f"{key.name} (service)"))


def _account(key: Key) -> str:
    return str(key.traits.get("service_account", "sa_1"))


def _error(status: int, code: str | None, message: str, kind: str = "invalid_request_error") -> Response:
    return Response.json({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


def _refusal(state: State) -> Response:
    match state:
        case State.LIMITED:
            return _error(403, None, "You have insufficient permissions for this operation. Missing scopes: api.read.")
        case State.OUT_OF_CREDIT:
            return _error(429, "insufficient_quota", "You exceeded your current quota.", "insufficient_quota")
        case State.SUSPENDED:
            return _error(429, "billing_not_active", "Your account is not active.", "billing_not_active")
        case State.RATE_LIMITED:
            return _error(429, "rate_limit_exceeded", "Rate limit reached.", "requests")
        case State.DOWN:
            return _error(503, "server_is_overloaded", "The server is overloaded.", "server_error")
        case _:
            return _error(401, "invalid_api_key", "Incorrect API key provided.")
