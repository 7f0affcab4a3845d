"""A local Deepgram: its key management and the endpoint on which a key is tried."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.keys import Key, State, Vendor, letters
from credwatch.sandbox.server import Request, Response, Route

_PROJECT = "/v1/projects/(?P<project>[^/]+)"


class Deepgram(Vendor):
    """Projects with keys; a key's date stands only in its own page, not in the list."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        super().__init__(clock=clock)
        self.projects: dict[str, str] = {}
        """Project id to its name."""
        self.tells_ids = True
        """Whether the answer to a key names its id; no document promises it."""
        self.tells_use = True
        """Whether an admin key may see what a key was used for."""
        self.newest_first = True
        """Whether requests are listed so; no document promises it. The other way round a key has an earlier one, too."""

    def issue(self, name: str, project: str, *, expires: datetime | None = None, owner: str = "ana@example.com") -> Key:
        """Make a key; the same name makes the same value."""
        made = Key(
            id=str(uuid.UUID(letters(f"deepgram id {name}", 32))),
            value=letters(f"deepgram {name}", 40),
            name=name,
            created=self.clock.now(),
            account=project,
            expires=expires,
            owner=owner,
            scopes=("usage:write",),
        )
        self.keys.append(made)
        return made

    def routes(self) -> Iterable[Route]:
        """The paths of api.deepgram.com."""
        yield Route("GET", "/v1/auth/token", self._token)
        yield Route("GET", "/v1/projects", self._projects)
        yield Route("GET", f"{_PROJECT}/keys", self._keys)
        yield Route("POST", f"{_PROJECT}/keys", self._make)
        yield Route("GET", f"{_PROJECT}/keys/(?P<key>[^/]+)", self._key)
        yield Route("DELETE", f"{_PROJECT}/keys/(?P<key>[^/]+)", self._delete)
        yield Route("GET", f"{_PROJECT}/requests", self._requests)

    def _caller(self, request: Request) -> Key | None:
        return next((key for key in self.listed() if key.value == request.authorization("Token")), None)

    def _token(self, request: Request) -> Response:
        return self.answer(self._caller(request), _refusal, self._details)

    def _details(self, key: Key) -> Response:
        told = {"api_key_id": key.id} if self.tells_ids else {}
        return Response.json({**told, "scopes": key.scopes})

    def _projects(self, request: Request) -> Response:
        listed = [{"project_id": sid, "name": name} for sid, name in self.projects.items()]
        return self.answer(self._caller(request), _refusal, lambda _: Response.json({"projects": listed}))

    def _managed(self, request: Request, reply: Callable[[str, Key], Response]) -> Response:
        """What an admin key may do in a project."""

        def managed(caller: Key) -> Response:
            project = request.groups["project"]
            if project not in self.projects:
                return _error(404, "PROJECT_NOT_FOUND", "Project not found.")
            if not caller.admin or project in self.forbidden:
                return _refusal(State.LIMITED)
            return reply(project, caller)

        return self.answer(self._caller(request), _refusal, managed)

    def _one(self, request: Request, reply: Callable[[Key], Response]) -> Response:
        """What an admin key may do with one key."""

        def one(project: str, _: Key) -> Response:
            found = (key for key in self.listed(project) if key.id == request.groups["key"])
            key = next(found, None)
            return _error(404, "NOT_FOUND", "Key not found.") if key is None else reply(key)

        return self._managed(request, one)

    def _keys(self, request: Request) -> Response:
        def reply(project: str, _: Key) -> Response:
            past = request.query.get("status", "active") == "expired"
            shown = [key for key in self.listed(project) if (self.state_of(key) is State.EXPIRED) is past]
            return Response.json({"api_keys": [{"member": _member(key), "api_key": _shown(key)} for key in shown]})

        return self._managed(request, reply)

    def _key(self, request: Request) -> Response:
        def reply(key: Key) -> Response:
            more = {"tags": key.traits.get("tags", []), **_date(key)}
            return Response.json({"item": {"member": _member(key) | {"api_key": _shown(key) | more}}})

        return self._one(request, reply)

    def _make(self, request: Request) -> Response:
        def reply(project: str, caller: Key) -> Response:
            return self.change(lambda: self._made(project, caller, request.json() or {}))

        return self._managed(request, reply)

    def _made(self, project: str, caller: Key, asked: dict[str, Any]) -> Response:
        seconds, date = asked.get("time_to_live_in_seconds"), asked.get("expiration_date")
        if not asked.get("comment") or not asked.get("scopes") or (seconds and date):
            return _error(400, "BAD_REQUEST", "The request is not valid.")
        if self.full(project):
            return _error(400, "BAD_REQUEST", "The maximum number of keys is reached.")
        now = self.clock.now()
        key = Key(
            id=str(uuid.UUID(self.fresh("id", 32))),
            value=self.fresh("value", 40),
            name=asked["comment"],
            created=now,
            account=project,
            expires=now + timedelta(seconds=seconds) if seconds else datetime.fromisoformat(date) if date else None,
            scopes=tuple(asked["scopes"]),
            owner=caller.owner,
            traits={"tags": asked.get("tags", [])},
        )
        self.made(key)
        shown = {"api_key_id": key.id, "key": key.value, "comment": key.name, "scopes": asked["scopes"]}
        return Response.json(shown | key.traits | _date(key))

    def _delete(self, request: Request) -> Response:
        def gone(key: Key) -> Response:
            key.state = State.DELETED
            self.did("delete", key)
            return Response.json({"message": "Successfully deleted API Key!"})

        return self._one(request, lambda key: self.change(lambda: gone(key)))

    def _requests(self, request: Request) -> Response:
        def reply(project: str, _: Key) -> Response:
            if not self.tells_use:
                return _refusal(State.LIMITED)
            since = datetime.fromisoformat(request.query.get("start", "2000-01-01T00:00:00+00:00"))
            asked = request.query.get("accessor")
            used = next((key.last_used for key in self.listed(project) if key.id == asked), None)
            first = used if used is None or self.newest_first else used - timedelta(hours=1)
            shown = [
                {"request_id": str(uuid.UUID(letters(f"request {asked} {at}", 32))), "created": at.isoformat()}
                for at in (first, used)
                if at is not None and at >= since
            ]
            limit = int(request.query.get("limit", "10"))
            return Response.json({"page": 0, "limit": limit, "requests": shown[:limit]})

        return self._managed(request, reply)


def _member(key: Key) -> dict[str, Any]:
    return {"member_id": str(uuid.UUID(letters(f"member {key.owner}", 32))), "email": key.owner}


def _date(key: Key) -> dict[str, str]:
    return {} if key.expires is None else {"expiration_date": key.expires.isoformat()}


def _shown(key: Key) -> dict[str, Any]:
    return {
        "api_key_id": key.id,
        "comment": key.name,
        "scopes": list(key.scopes),
        "created": key.created.isoformat(),
    }


def _error(status: int, code: str, message: str) -> Response:
    return Response.json({"err_code": code, "err_msg": message, "request_id": "sandbox"}, status)


def _refusal(state: State) -> Response:
    match state:
        case State.LIMITED:
            return _error(403, "INSUFFICIENT_PERMISSIONS", "User does not have sufficient permissions.")
        case State.OUT_OF_CREDIT | State.SUSPENDED:
            return _error(402, "ASR_PAYMENT_REQUIRED", "Project does not have enough credits.")
        case State.RATE_LIMITED:
            return _error(429, "TOO_MANY_REQUESTS", "Too many requests.")
        case State.DOWN:
            return Response.text("upstream connect error", 503)
        case _:
            return _error(401, "INVALID_AUTH", "Invalid credentials.")
