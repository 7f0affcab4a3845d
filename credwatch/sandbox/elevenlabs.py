"""A local ElevenLabs: service accounts with their keys, and the endpoint on which a key is tried."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.keys import Key, State, Vendor, letters
from credwatch.sandbox.server import Request, Response, Route


class ElevenLabs(Vendor):
    """One workspace; a key without `user_read` answers that it lacks a permission, and so proves that it lives."""

    def __init__(self, *, clock: Clock = SYSTEM, workspace: str = "workspace-1") -> None:
        super().__init__(clock=clock)
        self.workspace = workspace
        self.accounts: dict[str, str] = {}
        """Service account id to its name."""

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

    def _caller(self, request: Request) -> Key | None:
        return next((key for key in self.listed() if key.value == request.headers.get("xi-api-key")), None)

    def _user(self, request: Request) -> Response:
        user = {
            "user_id": "user-1",
            "workspace_id": self.workspace,
            "subscription": {"tier": "scale", "status": "active", "character_count": 0, "character_limit": 1},
        }
        return self.answer(self._caller(request), _refusal, lambda _: Response.json(user))

    def _accounts(self, request: Request) -> Response:
        def reply(caller: Key) -> Response:
            if not caller.admin:
                return _missing("service_account_write")
            return Response.json({"service-accounts": [self._account(*account) for account in self.accounts.items()]})

        return self.answer(self._caller(request), _refusal, reply)

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
    }


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
