"""A local ElevenLabs: service accounts with their keys, and the endpoint on which a key is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.keys import Key, State, Vendor, letters
from credwatch.sandbox.server import Request, Response, Route

_SERVICE = "/v1/service-accounts/(?P<account>[^/]+)/api-keys"
_SOONEST, _LATEST = timedelta(minutes=15), timedelta(days=90)
_LIMITS = {"tts": "concurrency", "dubbing": "dubbing_concurrency", "music": "music_concurrency"}
"""How a limit is called when a key is made, and how in its list."""


class ElevenLabs(Vendor):
    """One workspace; a key without `user_read` answers that it lacks a permission, and so proves that it lives."""

    def __init__(self, *, clock: Clock = SYSTEM, workspace: str = "workspace-1") -> None:
        super().__init__(clock=clock)
        self.workspace = workspace
        self.accounts: dict[str, str] = {}
        """Service account id to its name."""
        self.endless = True
        """Whether the workspace allows keys that never expire."""

    def issue(self, name: str, account: str, *, expires: datetime | None = None) -> Key:
        """Make a key of a service account; the same name makes the same value."""
        made = Key(
            id=letters(f"elevenlabs id {name}", 32),
            value=f"sk_{letters(f'elevenlabs {name}', 48)}",
            name=name,
            created=self.clock.now(),
            account=account,
            expires=expires,
            scopes=("text_to_speech", "user_read"),
        )
        self.keys.append(made)
        return made

    def routes(self) -> Iterable[Route]:
        """The paths of api.elevenlabs.io."""
        yield Route("GET", "/v1/user", self._user)
        yield Route("GET", "/v1/service-accounts", self._accounts)
        yield Route("GET", _SERVICE, self._keys)
        yield Route("POST", _SERVICE, self._make)
        yield Route("PATCH", f"{_SERVICE}/(?P<key>[^/]+)", self._one(self._edit))
        yield Route("DELETE", f"{_SERVICE}/(?P<key>[^/]+)", self._one(self._delete))
        yield Route("POST", f"{_SERVICE}/(?P<key>[^/]+)/disable", self._one(self._disable))

    def _caller(self, request: Request) -> Key | None:
        return next((key for key in self.listed() if key.value == request.headers.get("xi-api-key")), None)

    def _user(self, request: Request) -> Response:
        user = {
            "user_id": "user-1",
            "workspace_id": self.workspace,
            "subscription": {"tier": "scale", "status": "active", "character_count": 0, "character_limit": 1},
        }
        return self.answer(self._caller(request), _refusal, lambda _: Response.json(user))

    def _managed(self, request: Request, reply: Callable[[], Response]) -> Response:
        """What a workspace admin's key may do."""

        def managed(caller: Key) -> Response:
            if not caller.admin:
                return _missing("service_account_write")
            if request.groups.get("account", "") not in {"", *self.accounts}:
                return _error(404, "service_account_not_found", "Service account not found")
            return reply()

        return self.answer(self._caller(request), _refusal, managed)

    def _accounts(self, request: Request) -> Response:
        shown = [self._account(*account) for account in self.accounts.items()]
        return self._managed(request, lambda: Response.json({"service-accounts": shown}))

    def _keys(self, request: Request) -> Response:
        shown = [_shown(key) for key in self.listed(request.groups["account"])]
        return self._managed(request, lambda: Response.json({"api-keys": shown}))

    def _make(self, request: Request) -> Response:
        account, asked = request.groups["account"], request.json() or {}
        return self._managed(request, lambda: self.change(lambda: self._made(account, asked)))

    def _made(self, account: str, asked: dict[str, Any]) -> Response:
        ends = asked.get("expires_at_unix")
        if not asked.get("name") or not asked.get("permissions") or not self._in_time(ends):
            return _WRONG
        if self.full(account):
            return _error(400, "limit_reached", "The maximum number of API keys is reached.")
        traits = {name: asked.get(name) for name in ("character_limit", "allowed_ips", "third_party_disable_allowed")}
        limits = {_LIMITS[name]: {"limit": asked.get(f"{name}_concurrency_limit")} for name in _LIMITS}
        key = Key(
            id=self.fresh("id", 32),
            value=f"sk_{self.fresh('value', 48)}",
            name=asked["name"],
            created=self.clock.now(),
            account=account,
            expires=_moment(ends),
            scopes=tuple(asked["permissions"]),
            traits={**traits, "platform_limits": limits},
        )
        self.made(key)
        return Response.json({"xi-api-key": key.value, "key_id": key.id})

    def _in_time(self, ends: int | None) -> bool:
        if ends is None:
            return self.endless
        return _SOONEST <= datetime.fromtimestamp(ends, UTC) - self.clock.now() <= _LATEST

    def _one(self, reply: Callable[[Key, dict[str, Any]], Response]) -> Callable[[Request], Response]:
        def handler(request: Request) -> Response:
            found = (key for key in self.listed(request.groups["account"]) if key.id == request.groups["key"])
            key = next(found, None)
            if key is None:
                return self._managed(request, lambda: _error(404, "api_key_not_found", "API key not found"))
            return self._managed(request, lambda: self.change(lambda: reply(key, request.json() or {})))

        return handler

    def _edit(self, key: Key, asked: dict[str, Any]) -> Response:
        ends = asked.get("expires_at_unix", "no_update")
        if {"is_enabled", "name", "permissions"} - asked.keys() or (ends != "no_update" and not self._in_time(ends)):
            return _WRONG
        key.name = asked["name"]
        key.scopes = key.scopes if asked["permissions"] == "no_update" else tuple(asked["permissions"])
        if asked["is_enabled"] is not (key.state is not State.DISABLED):
            key.state = State.ALIVE if asked["is_enabled"] else State.DISABLED
            self.did("enable" if asked["is_enabled"] else "disable", key)
        if ends != "no_update":
            key.expires = _moment(ends)
            self.did("date", key)
        return Response.json("ok")

    def _disable(self, key: Key, _: dict[str, Any]) -> Response:
        key.state = State.DISABLED
        self.did("disable", key)
        return Response.json("ok")

    def _delete(self, key: Key, _: dict[str, Any]) -> Response:
        key.state = State.DELETED
        self.did("delete", key)
        return Response.json("ok")

    def _account(self, account: str, name: str) -> dict[str, Any]:
        return {
            "service_account_user_id": account,
            "name": name,
            "created_at_unix": None,
            "api-keys": [_shown(key) for key in self.listed(account)],
            "default_sharing_groups": None,
        }


def _shown(key: Key) -> dict[str, Any]:
    return {
        "name": key.name,
        "hint": key.value[-4:],
        "key_id": key.id,
        "service_account_user_id": key.account,
        "created_at_unix": int(key.created.timestamp()),
        "is_disabled": key.state is State.DISABLED,
        "disable_reason": "self_disabled" if key.state is State.DISABLED else None,
        "permissions": list(key.scopes),
        "hashed_xi_api_key": letters(f"hash {key.id}", 64),
        "expires_at_unix": int(key.expires.timestamp()) if key.expires else None,
        **key.traits,
    }


def _moment(unix: int | None) -> datetime | None:
    return None if unix is None else datetime.fromtimestamp(unix, UTC)


def _error(status: int, word: str, message: str) -> Response:
    kind = {"type": "authentication_error", "code": "unauthorized"} if status == 401 else {}
    return Response.json({"detail": kind | {"status": word, "message": message}}, status)


def _missing(permission: str) -> Response:
    message = f"The API key you used is missing the permission {permission} to execute this operation."
    return _error(401, "missing_permissions", message)


def _refusal(state: State) -> Response:
    match state:
        case State.LIMITED:
            answer = _missing("user_read")
        case State.OUT_OF_CREDIT:
            answer = _error(401, "quota_exceeded", "This request exceeds your quota.")
        case State.SUSPENDED:
            answer = _error(401, "detected_unusual_activity", "Unusual activity detected.")
        case State.EXPIRED | State.DISABLED:
            answer = _error(401, f"api_key_{state}", f"This API key is {state}.")
        case State.RATE_LIMITED:
            answer = _error(429, "too_many_concurrent_requests", "Too many concurrent requests.")
        case State.DOWN:
            answer = Response.text("service unavailable", 503)
        case _:
            answer = _error(401, "invalid_api_key", "Invalid API key")
    return answer


_WRONG = Response.json({"detail": [{"loc": ["body"], "msg": "The request is not valid.", "type": "value_error"}]}, 422)
