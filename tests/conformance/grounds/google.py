"""Google: Secret Manager over gRPC, and over REST the parts that are asked without a client library."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from credwatch.contract import Inventory, Store
from credwatch.sandbox.server import Request, Response, Route
from credwatch.transport import Transport
from tests.conformance.grounds.ground import DEFECT, NAME, Ground, table
from tests.servers.gcp import secret_manager, service_account

API_KEY = f"AIza{'Sy7f3a9c2e' * 3}Q4w8Z"
FIRST, SECOND = "voice-prod-1", "voice-prod-2"
_PAGE = 2
_MANY = 50
"""More calls than any listing makes."""


@dataclass(frozen=True)
class Account:
    """A service account; made once, because it takes a moment."""

    key: dict[str, str]
    """The JSON of its key."""
    public: RSAPublicKey

    @classmethod
    def new(cls) -> Account:
        """One more."""
        made = service_account()
        private = load_pem_private_key(made["private_key"].encode(), None)
        assert isinstance(private, RSAPrivateKey)
        return cls(made, private.public_key())


class Rest:
    """A token endpoint that verifies signatures, a list of models, and the lists of IAM on pages of two."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.accounts: dict[str, list[dict[str, Any]]] = {FIRST: [], SECOND: []}
        """Project to service accounts; what has a `keys` is listed with them."""
        self.shut: set[str] = set()
        self.status = 200
        """Any other one answers everything."""

    def routes(self) -> Iterable[Route]:
        """The paths of oauth2, generativelanguage and iam.googleapis.com, on one server."""
        accounts = "/v1/projects/(?P<project>[^/]+)/serviceAccounts"
        yield Route("POST", "/token", self._token)
        yield Route("GET", "/v1/models", self._models)
        yield Route("GET", accounts, self._accounts)
        yield Route("GET", f"{accounts}/(?P<email>[^/]+)/keys", self._keys)

    def _token(self, request: Request) -> Response:
        signed, _, signature = request.form().get("assertion", "").rpartition(".")
        try:
            self._account.public.verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return Response.json({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        issuer = json.loads(_decoded(signed.split(".")[1]))["iss"]
        if issuer != self._account.key["client_email"]:
            said = "Invalid grant: account not found"
            return Response.json({"error": "invalid_grant", "error_description": said}, 400)
        return Response.json({"access_token": "ya29.sandbox", "token_type": "Bearer", "expires_in": 3599})

    def _models(self, request: Request) -> Response:
        if request.headers.get("x-goog-api-key") == API_KEY:
            return Response.json({"models": [{"name": "models/sandbox"}]})
        details = [{"reason": "API_KEY_INVALID"}]
        error = {"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid.", "details": details}
        return Response.json({"error": error}, 400)

    def _accounts(self, request: Request) -> Response:
        project = request.groups["project"]
        if self.status != 200 or project in self.shut:
            return Response.json({"error": {"code": 403}}, 403 if project in self.shut else self.status)
        start = int(request.query.get("pageToken", "0"))
        shown = [{"email": each["email"], "displayName": each["name"]} for each in self.accounts[project]]
        more = {"nextPageToken": str(start + _PAGE)} if start + _PAGE < len(shown) else {}
        return Response.json({"accounts": shown[start : start + _PAGE]} | more)

    def _keys(self, request: Request) -> Response:
        if self.status != 200:
            return Response.json({"error": {}}, self.status)
        held = self.accounts[request.groups["project"]]
        keys = [key for each in held if each["email"] == request.groups["email"] for key in each["keys"]]
        return Response.json({"keys": keys} if keys else {})


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Projects(Ground):
    """Two projects of Google's."""

    use = "gcp"
    watched: dict[str, Any]

    def __init__(self, folder: Path, transport: Transport, account: Account) -> None:
        super().__init__(folder, transport)
        self.account = account

    def begin(self) -> None:
        self.rest = Rest(self.account)
        self.serve(self.rest)
        self.manager = self.running.enter_context(secret_manager(self.folder))
        self.ours = self.reference("our-account", json.dumps(self.account.key))
        self.canaries["our-account"] = self.account.key["private_key"]

    def tables(self) -> str:
        ours = {"projects": [FIRST, SECOND], "endpoint": self.manager.endpoint, "credentials": self.ours}
        return (
            table(f"providers.{NAME}", use="gcp", **ours, **self.watched)
            + table("issuers.gcp", base_url=self.server.url)
            + table("network", ca=str(self.manager.ca))
        )

    def break_off(self, answer: Response = DEFECT) -> None:
        super().break_off(answer)
        self._each(grpc.StatusCode.INTERNAL)

    def refuse(self) -> None:
        self.rest.status = 401
        self._each(grpc.StatusCode.UNAUTHENTICATED)

    def _each(self, code: grpc.StatusCode) -> None:
        for method in ("ListSecrets", "ListSecretVersions", "AccessSecretVersion"):
            self.manager.refuse(method, *[code] * _MANY)


class Secrets(_Projects):
    """101 secrets on pages of 100 in one project, and one in the other."""

    power = Store
    labels = True
    speaks_http = False
    first_page = 100
    watched = {"secrets": ["**"]}  # noqa: RUF012  read only

    def fill(self) -> None:
        for number in range(self.first_page + 1):
            self.put(f"n{number:03}", {"KEY": f"canary of {number}"})
        self._put(SECOND, "other", {"KEY": "canary of the other"})

    def take(self) -> str:
        path = f"projects/{FIRST}/secrets/n100"
        del self.manager.secrets[path], self.manager.versions[path]
        return f"{FIRST}/n100"

    def shut(self) -> None:
        self.manager.shut.add(SECOND)

    def takes(self, name: str) -> bool:
        """Letters, digits, - and _, as Google documents it."""
        return re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name) is not None

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        self._put(FIRST, name, fields, note)

    def _put(self, project: str, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        self.manager.put(project, name, json.dumps(fields).encode(), labels={"note": note})
        self.canaries |= {f"{project} {name} {field}": value for field, value in fields.items()}


class ServiceAccountKeys(_Projects):
    """Three accounts with a key each on pages of two, and one account in the other project."""

    power = Inventory
    watched = {"service_account_keys": True}  # noqa: RUF012  read only

    def fill(self) -> None:
        for name in ("one", "two", "three"):
            self._made(FIRST, name)
        self._made(SECOND, "four")

    def take(self) -> str:
        gone = self.rest.accounts[FIRST].pop()
        return f"{gone['email']}/{gone['keys'][0]['name'].rpartition('/')[2]}"

    def shut(self) -> None:
        self.rest.shut.add(SECOND)

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del fields, note
        self._made(FIRST, name)

    def _made(self, project: str, name: str) -> None:
        """The name is what an account is shown as; its address holds nothing strange."""
        accounts = self.rest.accounts[project]
        email = f"sa{len(accounts)}@{project}.iam.gserviceaccount.com"
        path = f"projects/{project}/serviceAccounts/{email}/keys/{len(accounts):040x}"
        made = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
        accounts.append({"email": email, "name": name, "keys": [{"name": path, "validAfterTime": made}]})
