"""A Google Cloud project: Secret Manager by its own protobufs over TLS, the token endpoint and IAM's list beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from credwatch.sandbox.server import Request, Response, Route, Server
from tests.end_to_end.world import World
from tests.servers.gcp import SecretManager, secret_manager, service_account, written

PROJECT = "voice-prod-1"


@dataclass
class Google:
    """The token endpoint and IAM. Every service account has one key."""

    accounts: list[dict[str, str]] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    """Ids of keys that were deleted."""

    def routes(self) -> Iterable[Route]:
        """As at oauth2.googleapis.com and iam.googleapis.com, on one server."""
        accounts = f"/v1/projects/{PROJECT}/serviceAccounts"
        yield Route("POST", "/token", self._token)
        yield Route("GET", accounts, self._accounts)
        yield Route("GET", f"{accounts}/(?P<email>[^/]+)/keys", self._keys)

    def _token(self, request: Request) -> Response:
        head = request.form()["assertion"].partition(".")[0]
        key_id = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        if key_id in self.dead:
            return Response.json({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        return Response.json({"access_token": "ya29.sandbox", "expires_in": 299, "token_type": "Bearer"})

    def _accounts(self, _: Request) -> Response:
        return Response.json({"accounts": [{"email": account["client_email"]} for account in self.accounts]})

    def _keys(self, request: Request) -> Response:
        email = request.groups["email"]
        path = f"projects/{PROJECT}/serviceAccounts/{email}/keys"
        ids = [account["private_key_id"] for account in self.accounts if account["client_email"] == email]
        shown = [
            {
                "name": f"{path}/{each}",
                "validAfterTime": "2026-01-01T00:00:00Z",
                "validBeforeTime": "9999-12-31T23:59:59Z",
            }
            for each in ids
            if each not in self.dead
        ]
        return Response.json({"keys": shown})


@dataclass
class Project:
    """What a test changes."""

    secrets: SecretManager
    app: Google
    stored: dict[str, str]
    """The JSON of a key that may be kept in a secret."""


@contextmanager
def project(world: World) -> Iterator[Project]:
    """A project that the world's configuration leads to."""
    ours = service_account()
    stored = service_account("tts@voice-prod-1.iam.gserviceaccount.com") | {"private_key_id": "ab" * 20}
    app = Google([ours, stored])
    with secret_manager(world.folder) as secrets, Server(app) as server:
        world.more += (
            f'[network]\nca = "{secrets.ca}"\n[issuers.gcp]\nbase_url = "{server.url}"\n'
            f'[providers.gcp-voice]\nuse = "gcp"\nprojects = ["{PROJECT}"]\nsecrets = ["**"]\n'
            f'service_account_keys = true\nendpoint = "{secrets.endpoint}"\n'
            f'credentials = "{written(world.folder, ours)}"\n'
        )
        yield Project(secrets, app, stored)
