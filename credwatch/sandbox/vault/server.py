"""The server: namespaces, tokens and policies in front of the mounts."""

from __future__ import annotations

import json
import random
import secrets
import threading
from collections.abc import Iterable
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.server import Request, Response, Route
from credwatch.sandbox.vault.answers import Answer, Ask, Refused, Source
from credwatch.sandbox.vault.database import Database
from credwatch.sandbox.vault.kv1 import Kv1
from credwatch.sandbox.vault.kv2 import Kv2
from credwatch.sandbox.vault.logins import AppRole, Kubernetes
from credwatch.sandbox.vault.system import Engine, Namespace, System, Unserved
from credwatch.sandbox.vault.tokens import Token, Tokens, denied, unknown

_OPEN_WHILE_SEALED = frozenset({"sys/health", "sys/seal-status", "sys/unseal"})
_OPEN = _OPEN_WHILE_SEALED | {"sys/internal/ui/mounts"}
_SUDO = ("auth/token/accessors", "sys/seal", "sys/auth/", "sys/leases/lookup/")
_OPERATIONS = {"GET": "read", "POST": "update", "PUT": "update"}


class Vault:
    """An app for the sandbox's server. Everything is in memory; tokens and ids are random.

    `root` is the root token. `ask` does, without HTTP, what a request with it would do.
    """

    def __init__(self, *, clock: Clock = SYSTEM, root: str = "", chance: random.Random | None = None) -> None:
        self._source = Source(clock.now, chance or secrets.SystemRandom())
        self.root = root or f"s.{self._source.letters()}"
        self._lock = threading.Lock()
        self._tokens = Tokens(self._source, self.root)
        self._system = System(self._source, self._engine)
        first = {"type": "kv", "description": "key/value secret storage", "options": {"version": "2"}}
        self._system.mount(self._system.namespaces[""], "secret", first)

    def routes(self) -> Iterable[Route]:
        """Every method on everything below `/v1/`."""
        methods = ("GET", "LIST", "SCAN", "POST", "PUT", "PATCH", "DELETE")
        return [Route(method, "/v1/(?P<path>.*)", self.respond) for method in methods]

    def respond(self, request: Request) -> Response:
        """One request over HTTP."""
        body = request.json() if request.body else {}
        if not isinstance(body, dict):
            return _response(Refused(400, "failed to parse JSON input: invalid object").answer)
        operation = _OPERATIONS.get(request.method, request.method.lower())
        if operation == "read" and request.query.get("list") == "true":
            operation = "list"
        path = request.groups["path"]
        if operation in {"list", "scan"} and not path.endswith("/"):
            path += "/"
        ask = Ask(operation, path, request.query, body)
        token = request.headers.get("x-vault-token") or request.authorization("Bearer")
        return _response(self._answer(ask, token, request.headers.get("x-vault-namespace", "")))

    def ask(self, operation: str, path: str, body: dict[str, Any] | None = None, namespace: str = "") -> dict[str, Any]:
        """What a request with the root token gets; ValueError, with Vault's words, when it is refused."""
        answer = self._answer(Ask(operation, path, {}, body or {}), self.root, namespace)
        if answer.status >= 400:
            raise ValueError(f"{operation} {path}: {answer.status} {answer.body}")
        return dict(answer.body or {})

    def _answer(self, ask: Ask, token: str, namespace: str) -> Answer:
        with self._lock:
            try:
                return self._decide(ask, token, namespace)
            except Refused as refused:
                return refused.answer

    def _decide(self, ask: Ask, value: str, header: str) -> Answer:
        if self._system.sealed and ask.path not in _OPEN_WHILE_SEALED:
            raise Refused(503, "Vault is sealed")
        place, path = self._system.place(header, ask.path)
        ask = Ask(ask.operation, path, ask.query, ask.body)
        if path in _OPEN or (path.startswith("auth/") and path.endswith("/login") and ask.operation == "update"):
            holder = self._tokens.use(value) if value and path == "sys/internal/ui/mounts" else None
            if value and holder is None and path == "sys/internal/ui/mounts":
                raise unknown()
            return self._dispatch(ask, place, holder)
        holder = self._tokens.use(value)
        if holder is None or not f"{place.path}/".startswith(f"{holder.namespace}/" if holder.namespace else ""):
            raise unknown()
        self._authorise(ask, place, holder)
        return self._dispatch(ask, place, holder)

    def _authorise(self, ask: Ask, place: Namespace, holder: Token) -> None:
        if "root" in holder.policies:
            return
        needed = ask.operation
        if needed == "update" and not self._exists(ask, place):
            needed = "create"
        granted = self._system.capabilities(holder, place, ask.path, listing=needed in {"list", "scan"})
        if needed not in granted or (ask.path.startswith(_SUDO) and "sudo" not in granted):
            raise denied()

    def _exists(self, ask: Ask, place: Namespace) -> bool:
        mount = place.mount_of(ask.path)
        return mount is None or mount.engine.exists(ask.path.removeprefix(mount.path))

    def _dispatch(self, ask: Ask, place: Namespace, holder: Token | None) -> Answer:
        if ask.path.startswith("auth/token/") and holder is not None:
            below = Ask(ask.operation, ask.path.removeprefix("auth/token/"), ask.query, ask.body)
            return self._tokens.handle(below, holder, place.policies)
        if ask.path.startswith("sys/"):
            return self._system.handle(ask, place, holder)
        mount = place.mount_of(ask.path)
        if mount is None:
            raise Refused(404, f'no handler for route "{ask.path}". route entry not found.')
        return mount.engine.handle(Ask(ask.operation, ask.path.removeprefix(mount.path), ask.query, ask.body))

    def _engine(self, kind: str, version: str, path: str, namespace: str) -> Engine:
        match kind, version:
            case "kv", "2":
                return Kv2(self._source)
            case "kv", _:
                return Kv1(self._source)
            case "approle", _:
                return AppRole(self._source, self._tokens, path, namespace)
            case "database", _:
                return Database(self._source)
            case "kubernetes", _:
                return Kubernetes(self._source, self._tokens, path, namespace)
            case _:
                return Unserved()


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(answer.status, b"", {"cache-control": "no-store"})
    return Response(
        answer.status,
        json.dumps(answer.body).encode(),
        {"content-type": "application/json", "cache-control": "no-store"},
    )
