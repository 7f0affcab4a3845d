"""A project of Google's, each of whose requests is seen: service-account keys, and Secret Manager by its own messages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import grpc
from google.cloud import secretmanager_v1 as api

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.server import Request, Response, Route
from tests.kills.rotation.blobs import Blobs
from tests.kills.rotation.makers import Maker
from tests.kills.rotation.shelves import Fields
from tests.servers.gcp import SecretManager, service_account
from tests.servers.gcp_iam import Iam

PROJECT = "voice-prod-1"
PENDING = f"projects/{PROJECT}/secrets/credwatch-pending"
BITS = 1024
"""Of every private key: it is read often."""


@dataclass
class Google(Iam):
    """IAM, whose keys begin when they are made, and the token endpoint, which refuses those that are off or gone."""

    clock: Clock = SYSTEM
    values: dict[str, str] = field(default_factory=dict)
    """Key id to private key."""

    def routes(self) -> Iterable[Route]:
        yield Route("POST", "/token", self._token)
        yield Route("GET", f"/v1/projects/{PROJECT}/serviceAccounts", self._accounts)
        yield from super().routes()

    def make(self, email: str) -> dict[str, Any]:
        made = super().make(email)
        made["validAfterTime"] = f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        key_id = made["name"].rpartition("/")[2]
        self.values[key_id] = service_account(bits=BITS)["private_key"]
        self.file = {**self.file, "private_key": self.values[key_id]}
        return made

    def _token(self, request: Request) -> Response:
        head = request.form()["assertion"].partition(".")[0]
        key_id = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        key = next((keys[key_id] for keys in self.keys.values() if key_id in keys), None)
        if key is None or key.get("disabled"):
            return Response.json({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        return Response.json({"access_token": "ya29.sandbox", "expires_in": 299, "token_type": "Bearer"})

    def _accounts(self, _: Request) -> Response:
        return Response.json({"accounts": [{"email": email} for email in self.keys]})


@dataclass
class Watched(SecretManager):
    """Secret Manager behind a gate."""

    seen: Callable[[str, bool, bool], None] = lambda *_: None

    def handler(self, method: str, answer: Callable[..., Any], request: Any, response: Any) -> grpc.RpcMethodHandler:
        changes = not method.startswith(("Access", "Get", "List"))
        inner: Any = super().handler(method, answer, request, response)

        def behave(asked: Any, context: grpc.ServicerContext) -> Any:
            self.seen(method, False, changes)
            answered = inner.unary_unary(asked, context)
            self.seen(method, True, changes)
            return answered

        return grpc.unary_unary_rpc_method_handler(
            behave, request_deserializer=request.deserialize, response_serializer=response.serialize
        )


class AccountKeys(Maker):
    """Every key has a service account of its own."""

    name = "gcp"

    def __init__(self, google: Google) -> None:
        self._google = google
        self._moment = ""
        self.kept: list[Key] = []

    def every(self) -> list[Key]:
        there = [self._key(email, said) for email, keys in self._google.keys.items() for said in keys.values()]
        ids = {key.id for key in there}
        return there + [replace(key, state=State.DELETED) for key in self.kept if key.id not in ids]

    def _key(self, email: str, said: dict[str, Any]) -> Key:
        key_id = said["name"].rpartition("/")[2]
        created = datetime.fromisoformat(said["validAfterTime"])
        state = State.DISABLED if said.get("disabled") else State.ALIVE
        return Key(key_id, self._google.values[key_id], email.partition("@")[0], created, account=email, state=state)

    def issue(self, name: str) -> Key:
        email = f"{name.replace(' ', '-')}@{PROJECT}.iam.gserviceaccount.com"
        return self._key(email, self._google.make(email))

    def fields(self, key: Key) -> dict[str, str]:
        return {"private_key_id": key.id, "private_key": key.value.rstrip("\n"), "client_email": key.account}

    def keep(self) -> None:
        super().keep()
        self._moment = json.dumps(self._google.keys)

    def go_back(self) -> None:
        self._google.keys = json.loads(self._moment)
        self._google.asked.clear()

    def changed(self) -> bool:
        return bool(self._google.asked) or self.every() != self.kept


class Project(Blobs):
    """Secret Manager, and the table of the project."""

    provider = "gcp-voice"

    def __init__(self, google: Watched, url: str, credentials: str) -> None:
        self._google, self._url, self._credentials = google, url, credentials
        self.clear()

    def tables(self) -> str:
        return (
            f'[network]\nca = "{self._google.ca}"\n[issuers.gcp]\nbase_url = "{self._url}"\n'
            f'[providers.gcp-voice]\nuse = "gcp"\nprojects = ["{PROJECT}"]\nsecrets = ["**"]\n'
            f'service_account_keys = true\nendpoint = "{self._google.endpoint}"\ncredentials = "{self._credentials}"\n'
        )

    def identity(self) -> str:
        return f'{{ credentials = "{self._credentials}" }}'

    def lay(self, name: str, fields: Fields) -> None:
        self._google.put(PROJECT, name, json.dumps(dict(fields), indent=2).encode(), labels={"team": "voice"})

    def write(self, name: str, fields: Fields) -> None:
        data = json.dumps(dict(fields), indent=2).encode()
        context: Any = None
        self._google.add_version(api.AddSecretVersionRequest(parent=_path(name), payload={"data": data}), context)

    def text(self, name: str) -> str:
        return self._google.values[self._google.versions[_path(name)][-1].name].decode()

    def more(self, name: str) -> object:
        secret = self._google.secrets[_path(name)]
        return dict(secret.labels), dict(secret.annotations)

    def leftover(self) -> bool:
        enabled = any(version.state.name == "ENABLED" for version in self._google.versions[PENDING])
        return enabled or bool(self._google.secrets[PENDING].annotations)

    def clear(self) -> None:
        self._google.put(PROJECT, "credwatch-pending")


def _path(name: str) -> str:
    return f"projects/{PROJECT}/secrets/{name}"
