"""Google's IAM as it makes and unmakes service-account keys, by its discovery document, on one server."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from credwatch.sandbox.server import Request, Response, Route

LIMIT = 10
_KEYS = "/v1/projects/(?P<project>[^/]+)/serviceAccounts/(?P<email>[^/:]+)"


@dataclass
class Iam:
    """Accounts of one project. Every key that it makes is a file like this one, under an id of its own."""

    file: Mapping[str, str]
    keys: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """E-mail to key ids to keys."""
    granted: list[str] | None = None
    """The rights that the caller has; None: all that are asked for."""
    policy: str = ""
    """A constraint that forbids new keys."""
    lost: set[str] = field(default_factory=set)
    """What is done and never answered: create, disable, enable, delete."""
    asked: list[str] = field(default_factory=list)
    _number: Any = field(default_factory=lambda: itertools.count(1))

    def routes(self) -> Iterable[Route]:
        """As at iam.googleapis.com."""
        yield Route("GET", f"{_KEYS}/keys", self._list)
        yield Route("POST", f"{_KEYS}/keys", self._create)
        yield Route("POST", f"{_KEYS}/keys/(?P<key>[0-9a-f]+):(?P<verb>disable|enable)", self._switch)
        yield Route("DELETE", f"{_KEYS}/keys/(?P<key>[0-9a-f]+)", self._delete)
        yield Route("POST", f"{_KEYS}:testIamPermissions", self._test)

    def make(self, email: str) -> dict[str, Any]:
        """One more key of an account, as its list shows it."""
        key_id = f"{next(self._number):040x}"
        made = {
            "name": f"projects/voice-prod-1/serviceAccounts/{email}/keys/{key_id}",
            "validAfterTime": "2026-11-21T12:00:00Z",
            "validBeforeTime": "9999-12-31T23:59:59Z",
            "keyType": "USER_MANAGED",
        }
        self.keys.setdefault(email, {})[key_id] = made
        return made

    def _list(self, request: Request) -> Response:
        email = request.groups["email"]
        if email not in self.keys:
            return refusal(404, "NOT_FOUND", "Service account does not exist.")
        shown = list(self.keys[email].values())
        return Response.json({"keys": shown} if shown else {})

    def _create(self, request: Request) -> Response:
        self.asked.append("create")
        email = request.groups["email"]
        if request.json() != {"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyAlgorithm": "KEY_ALG_RSA_2048"}:
            return refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
        if email not in self.keys:
            return refusal(404, "NOT_FOUND", "Service account does not exist.")
        if self.policy:
            words = "Key creation is not allowed on this service account."
            violation = {"type": f"constraints/{self.policy}", "subject": "projects/voice-prod-1", "description": words}
            return refusal(400, "FAILED_PRECONDITION", words, [{"violations": [violation]}])
        if len(self.keys[email]) >= LIMIT:
            return refusal(400, "FAILED_PRECONDITION", "Precondition check failed.")
        made = self.make(email)
        file = dict(self.file) | {"client_email": email, "private_key_id": made["name"].rpartition("/")[2]}
        data = base64.b64encode(json.dumps(file, indent=2).encode()).decode()
        return self._told("create", made | {"privateKeyData": data})

    def _switch(self, request: Request) -> Response:
        verb = request.groups["verb"]
        key = self.keys.get(request.groups["email"], {}).get(request.groups["key"])
        if key is None:
            return refusal(404, "NOT_FOUND", "Unknown service account key.")
        key["disabled"] = verb == "disable"
        return self._told(verb, {})

    def _delete(self, request: Request) -> Response:
        if self.keys.get(request.groups["email"], {}).pop(request.groups["key"], None) is None:
            return refusal(404, "NOT_FOUND", "Unknown service account key.")
        return self._told("delete", {})

    def _test(self, request: Request) -> Response:
        wanted = request.json()["permissions"]
        return Response.json({"permissions": [one for one in wanted if self.granted is None or one in self.granted]})

    def _told(self, verb: str, said: object) -> Response:
        return Response(lost=True) if verb in self.lost else Response.json(said)


def refusal(code: int, status: str, message: str, details: list[Any] | None = None) -> Response:
    """A refusal in Google's words."""
    error = {"code": code, "status": status, "message": message} | ({"details": details} if details else {})
    return Response.json({"error": error}, code)
