from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from credwatch.sandbox.vault import Vault
from tests.servers.vault import Served, sandbox_vault


@pytest.fixture
def vault() -> Iterator[Served]:
    with sandbox_vault() as served:
        yield served


def test_root_may_ask_without_http_and_a_refusal_is_an_error() -> None:
    vault = Vault()
    vault.ask("update", "secret/data/voice", {"data": {"KEY": "x"}})

    assert vault.ask("read", "secret/data/voice")["data"]["data"] == {"KEY": "x"}
    with pytest.raises(ValueError, match="404"):
        vault.ask("read", "nothing/here")


def test_the_same_chance_makes_the_same_tokens() -> None:
    roots = [Vault(chance=random.Random(7)).root for _ in range(2)]  # noqa: S311  a sandbox keeps no secret

    assert roots[0] == roots[1]


def test_revoking_a_token_revokes_what_it_made(vault: Served) -> None:
    hcl = 'path "auth/token/create" { capabilities = ["update"] }'
    parent = vault.token(hcl)
    child = vault.ask("POST", "auth/token/create", {}, token=parent)["auth"]["client_token"]
    vault.ask("POST", "auth/token/revoke", {"token": parent})

    with pytest.raises(AssertionError, match="403"):
        vault.ask("GET", "auth/token/lookup-self", token=child)


def test_a_write_may_be_allowed_to_create_and_not_to_change(vault: Served) -> None:
    token = vault.token('path "kv/data/credwatch-pending/*" { capabilities = ["create"] }')
    vault.ask("POST", "kv/data/credwatch-pending/a", {"data": {}}, token=token)

    with pytest.raises(AssertionError, match="403"):
        vault.ask("POST", "kv/data/credwatch-pending/a", {"data": {}}, token=token)


def test_a_token_of_a_namespace_is_unknown_outside(vault: Served) -> None:
    vault.ask("POST", "sys/namespaces/team-a", {})
    vault.ask("PUT", "sys/policies/acl/p", {"policy": 'path "x" { capabilities = ["read"] }'}, namespace="team-a")
    vault.ask("POST", "sys/auth/approle", {"type": "approle"}, namespace="team-a")
    vault.ask("POST", "auth/approle/role/bot", {"token_policies": ["p"]}, namespace="team-a")
    role_id = vault.ask("GET", "auth/approle/role/bot/role-id", namespace="team-a")["data"]["role_id"]
    made = vault.ask("POST", "auth/approle/role/bot/secret-id", {}, namespace="team-a")["data"]
    body = {"role_id": role_id, "secret_id": made["secret_id"]}
    token = vault.ask("POST", "auth/approle/login", body, namespace="team-a")["auth"]["client_token"]
    inside = vault.ask("GET", "team-a/auth/token/lookup-self", token=token)["data"]["policies"]

    with pytest.raises(AssertionError, match="403"):
        vault.ask("GET", "auth/token/lookup-self", token=token)
    assert inside == ["default", "p"]


def test_only_ten_versions_are_kept(vault: Served) -> None:
    for number in range(12):
        vault.put("voice", KEY=str(number))
    shown = vault.ask("GET", "kv/metadata/voice")["data"]

    assert (shown["current_version"], shown["oldest_version"], len(shown["versions"])) == (12, 3, 10)


def test_a_deleted_version_can_be_had_back(vault: Served) -> None:
    vault.put("voice", KEY="x")
    vault.ask("POST", "kv/delete/voice", {"versions": [1]})
    vault.ask("POST", "kv/undelete/voice", {"versions": [1]})

    assert vault.ask("GET", "kv/data/voice")["data"]["data"] == {"KEY": "x"}


def test_a_secret_id_is_spent_by_logging_in(vault: Served) -> None:
    mount = vault.login("approle")
    vault.ask("POST", f"auth/{mount}/role/bot", {"secret_id_num_uses": 1})
    role_id = vault.ask("GET", f"auth/{mount}/role/bot/role-id")["data"]["role_id"]
    secret_id = vault.ask("POST", f"auth/{mount}/role/bot/secret-id", {})["data"]["secret_id"]
    body = {"role_id": role_id, "secret_id": secret_id}
    vault.ask("POST", f"auth/{mount}/login", body)

    with pytest.raises(AssertionError, match="invalid role or secret ID"):
        vault.ask("POST", f"auth/{mount}/login", body)


def test_a_sealed_vault_opens_again(vault: Served) -> None:
    vault.ask("PUT", "sys/seal", {})
    vault.ask("PUT", "sys/unseal", {"key": "x"})

    assert vault.ask("GET", "sys/health")["sealed"] is False
