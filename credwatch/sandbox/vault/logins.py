"""The ways in: AppRole, and a Kubernetes service account's token."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from credwatch.sandbox.vault.answers import (
    DENIED,
    NEVER_EXPIRES,
    NOTHING,
    Answer,
    Ask,
    Refused,
    Source,
    after,
    seconds_of,
    text_of,
    wrapped,
)
from credwatch.sandbox.vault.tokens import Tokens

_TTL = 32 * 86400


@dataclass
class _SecretId:
    value: str = field(repr=False)
    accessor: str
    created: datetime
    ttl: int
    uses: int
    metadata: dict[str, str]

    def shown(self) -> dict[str, Any]:
        return {
            "cidr_list": [],
            "creation_time": text_of(self.created),
            "expiration_time": text_of(after(self.created, self.ttl)) or NEVER_EXPIRES,
            "last_updated_time": text_of(self.created),
            "metadata": self.metadata,
            "secret_id_accessor": self.accessor,
            "secret_id_num_uses": self.uses,
            "secret_id_ttl": self.ttl,
            "token_bound_cidrs": [],
        }


@dataclass
class _Role:
    role_id: str
    entity: str
    settings: Mapping[str, Any]
    secret_ids: list[_SecretId] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        given = self.settings
        numbers = ("token_explicit_max_ttl", "token_max_ttl", "token_period", "token_ttl", "secret_id_ttl")
        return {
            "bind_secret_id": True,
            "local_secret_ids": False,
            "secret_id_bound_cidrs": None,
            "secret_id_num_uses": int(given.get("secret_id_num_uses", 0)),
            "token_bound_cidrs": [],
            "token_no_default_policy": False,
            "token_num_uses": int(given.get("token_num_uses", 0)),
            "token_policies": list(given.get("token_policies", ())),
            "token_strictly_bind_ip": False,
            "token_type": "default",
        } | {name: seconds_of(given.get(name)) for name in numbers}


class AppRole:
    """One mount of AppRole."""

    def __init__(self, source: Source, tokens: Tokens, mount: str, namespace: str) -> None:
        self._source = source
        self._tokens = tokens
        self._where = (f"auth/{mount}/login", namespace)
        self._roles: dict[str, _Role] = {}

    def exists(self, path: str) -> bool:
        """Every write but a role's first is an update."""
        return not path.startswith("role/") or path.removeprefix("role/").partition("/")[0] in self._roles

    def handle(self, ask: Ask) -> Answer:  # noqa: PLR0911  one line an endpoint
        """Everything under `auth/approle`."""
        parts = [part for part in ask.path.split("/") if part]
        match ask.operation, parts:
            case "update", ["login"]:
                return self._login(ask.body)
            case "list", ["role"]:
                return self._source.keys(sorted(self._roles))
            case "update", ["role", name]:
                known = self._roles.get(name) or _Role(self._source.uuid(), self._source.uuid(), {})
                known.settings = {**known.settings, **ask.body}
                self._roles[name] = known
                return NOTHING
            case "read", ["role", name]:
                return self._source.answer(self._role(name, 404).shown())
            case "read", ["role", name, "role-id"]:
                return self._source.answer({"role_id": self._role(name, 404).role_id})
            case "list", ["role", name, "secret-id"]:
                return self._source.keys([each.accessor for each in self._role(name).secret_ids])
            case "update", ["role", name, "secret-id"]:
                return self._make(self._role(name), ask.body)
            case "update", ["role", name, "secret-id", "lookup"]:
                value = ask.body.get("secret_id")
                found = next((each for each in self._role(name).secret_ids if each.value == value), None)
                return self._source.answer(found.shown()) if found else NOTHING
            case "update", ["role", name, "secret-id-accessor", verb]:
                return self._by_accessor(self._role(name), verb, ask.body.get("secret_id_accessor"))
            case _:
                raise wrapped(404, "unsupported path")

    def _role(self, name: str, status: int = 400) -> _Role:
        if name not in self._roles:
            raise Refused(404) if status == 404 else Refused(400, f'role "{name}" does not exist')
        return self._roles[name]

    def _make(self, role: _Role, body: Mapping[str, Any]) -> Answer:
        made = _SecretId(
            value=self._source.uuid(),
            accessor=self._source.uuid(),
            created=self._source.now(),
            ttl=seconds_of(body.get("ttl", role.settings.get("secret_id_ttl"))),
            uses=int(body.get("num_uses", role.settings.get("secret_id_num_uses", 0))),
            metadata=json.loads(body.get("metadata") or "{}"),
        )
        role.secret_ids.append(made)
        row = {"secret_id": made.value, "secret_id_accessor": made.accessor}
        return self._source.answer(row | {"secret_id_num_uses": made.uses, "secret_id_ttl": made.ttl})

    def _by_accessor(self, role: _Role, verb: str, accessor: object) -> Answer:
        found = next((each for each in role.secret_ids if each.accessor == accessor), None)
        complaint = f'failed to find accessor entry for secret_id_accessor: "{accessor}"'
        if verb == "lookup":
            if found is None:
                return self._source.answer({"error": complaint}, missing=True)
            return self._source.answer(found.shown())
        if found is None:
            raise wrapped(500, complaint)
        role.secret_ids.remove(found)
        return NOTHING

    def _login(self, body: Mapping[str, Any]) -> Answer:
        # A secret id past its date still works, as it does on the real server until that tidies up.
        for name, role in self._roles.items():
            for each in role.secret_ids:
                if role.role_id == body.get("role_id") and each.value == body.get("secret_id"):
                    self._spend(role, each)
                    return self._admit(name, role, each.metadata)
        raise Refused(400, "invalid role or secret ID")

    def _spend(self, role: _Role, used: _SecretId) -> None:
        if used.uses == 1:
            role.secret_ids.remove(used)
        used.uses = max(0, used.uses - 1)

    def _admit(self, name: str, role: _Role, metadata: Mapping[str, str]) -> Answer:
        shown = role.shown()
        path, namespace = self._where
        token = self._tokens.issue(
            ("default", *shown["token_policies"]),
            shown["token_period"] or shown["token_ttl"] or _TTL,
            namespace=namespace,
            path=path,
            display_name="approle",
            meta={**metadata, "role_name": name},
            explicit_max=shown["token_explicit_max_ttl"],
            period=shown["token_period"],
            uses=shown["token_num_uses"],
            orphan=True,
            entity=role.entity,
        )
        return self._source.answer(auth=token.granted(token.ttl))


class Kubernetes:
    """One mount of the Kubernetes login.

    The claims of the service account's token decide; its signature is not checked, as there is no cluster to ask.
    """

    def __init__(self, source: Source, tokens: Tokens, mount: str, namespace: str) -> None:
        self._source = source
        self._tokens = tokens
        self._where = (f"auth/{mount}/login", namespace)
        self._roles: dict[str, Mapping[str, Any]] = {}

    def exists(self, path: str) -> bool:
        """Every write but a role's first is an update."""
        return not path.startswith("role/") or path.removeprefix("role/") in self._roles

    def handle(self, ask: Ask) -> Answer:
        """The configuration, the roles and the login."""
        match ask.operation, [part for part in ask.path.split("/") if part]:
            case "update", ["config"]:
                return NOTHING
            case "update", ["role", name]:
                self._roles[name] = ask.body
                return NOTHING
            case "list", ["role"]:
                return self._source.keys(sorted(self._roles))
            case "update", ["login"]:
                return self._login(str(ask.body.get("role") or ""), str(ask.body.get("jwt") or ""))
            case _:
                raise wrapped(404, "unsupported path")

    def _login(self, name: str, jwt: str) -> Answer:
        if not jwt:
            raise Refused(400, "missing jwt")
        if name not in self._roles:
            raise Refused(400, f'invalid role name "{name}"')
        role = self._roles[name]
        account, namespace = self._account(jwt)
        if not _bound(role, "bound_service_account_names", account):
            raise Refused(403, "service account name not authorized")
        if not _bound(role, "bound_service_account_namespaces", namespace):
            raise Refused(403, "namespace not authorized")
        path, place = self._where
        token = self._tokens.issue(
            ("default", *role.get("token_policies", ())),
            seconds_of(role.get("token_ttl")) or _TTL,
            namespace=place,
            path=path,
            display_name=f"kubernetes-{namespace}-{account}",
            meta={"role": name, "service_account_name": account, "service_account_namespace": namespace},
            orphan=True,
            entity=self._source.uuid(),
        )
        return self._source.answer(auth=token.granted(token.ttl))

    def _account(self, jwt: str) -> tuple[str, str]:
        try:
            middle = jwt.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
            _, _, namespace, account = str(claims["sub"]).split(":")
            ends = float(claims["exp"])
        except (ValueError, IndexError, KeyError, TypeError):
            raise Refused(403, DENIED) from None
        if ends <= self._source.now().timestamp():
            raise Refused(403, DENIED)
        return account, namespace


def _bound(role: Mapping[str, Any], name: str, value: str) -> bool:
    allowed = role.get(name) or ()
    return value in allowed or "*" in allowed
