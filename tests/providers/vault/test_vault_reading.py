import json
from dataclasses import replace
from pathlib import Path

import pytest

from credwatch.contract import ProviderError, Reason
from credwatch.transport import Guarded, Transport
from credwatch_providers.vault.client import Client
from credwatch_providers.vault.reading import harmless
from credwatch_providers.vault.settings import VaultSettings
from tests.servers.vault import Served, setup

APPROLE = {"role_id": "r", "secret_id": "s"}
KUBERNETES = {"role": "watch", "jwt": "j"}


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("auth/approle/login", APPROLE, True),
        ("auth/teams/voice/login", APPROLE, True),
        ("auth/kubernetes/login", KUBERNETES, True),
        ("auth/token/renew-self", {}, True),
        ("auth/approle/role/watch/secret-id/lookup", {"secret_id": "s"}, True),
        ("sys/capabilities-self", {"paths": ["kv/data/x"]}, True),
        # a role that is called login
        ("auth/approle/role/login", {"token_policies": ["root"]}, False),
        ("auth/token/roles/login", {}, False),
        ("auth/approle/login", {}, False),
        ("auth/approle/login", {**APPROLE, "token_policies": ["root"]}, False),
        ("auth/approle/login", [], False),
        ("auth/approle/role/watch/secret-id", {}, False),
        ("auth/approle/role/watch/secret-id/destroy", {"secret_id": "s"}, False),
        ("auth/token/create", {}, False),
        ("auth/token/revoke-self", {}, False),
        ("auth/token/renew-self/x", {}, False),
        ("kv/data/auth/approle/login", APPROLE, False),
        ("kv/v1/auth/token/renew-self", {}, False),
        ("kv/data/v1/auth/token/renew-self", {}, False),
        ("kv/data/x", {"data": {}}, False),
        ("kv/delete/x", {"versions": [1]}, False),
        ("sys/mounts/kv", {"type": "kv"}, False),
    ],
)
def test_only_logins_and_lookups_are_harmless(path: str, body: object, *, answer: bool) -> None:
    url = f"https://vault.example.com/v1/{path}"

    assert harmless("POST", url, {}, json.dumps(body).encode()) is answer
    assert not harmless("PUT", url, {}, json.dumps(body).encode())


def test_a_body_that_is_no_json_is_no_login() -> None:
    assert not harmless("POST", "https://vault.example.com/v1/auth/approle/login", {}, b"\xff{")


def test_the_watchs_client_cannot_write_what_its_token_could(
    sandbox: Served, transport: Transport, tmp_path: Path
) -> None:
    """The token is the root's: nothing but ourselves is in the way."""
    (tmp_path / "token").write_text(sandbox.root)
    table = {"address": sandbox.address, "auth": {"token": f"file:{tmp_path / 'token'}"}, "paths": ["kv/**"]}
    made = setup(VaultSettings.model_validate(table), sandbox.clock, transport)
    client = Client(
        replace(made, reach=lambda host: Guarded(made.reach(host), made.reach(host), harmless, writes=False))
    )

    with pytest.raises(ProviderError) as raised:
        client._ask("post", "sys/mounts/mine", json={"type": "kv"})

    assert (raised.value.reason, raised.value.permanent) == (Reason.MISCONFIGURED, True)
    assert client.whoami()["policies"] == ["root"]
    assert "mine/" not in sandbox.ask("GET", "sys/mounts")["data"]
    client.close()
