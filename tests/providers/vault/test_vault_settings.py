from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from credwatch_providers.vault import plugin
from credwatch_providers.vault.settings import VaultIssuerSettings, VaultSettings

TOKEN = {"token": "file:/run/secrets/vault"}


def table(**changed: Any) -> dict[str, Any]:
    return {"address": "https://vault.example.com", "auth": TOKEN, "paths": ["kv/voice/**"]} | changed


@pytest.mark.parametrize(
    "given",
    [
        table(),
        table(address="https://vault.example.com:8200/", namespace="team-a/", skip=["kv/voice/x/**"]),
        table(address="http://127.0.0.1:8200"),
        table(address="http://[::1]:8200"),
        table(address="http://localhost:8200"),
        table(auth={"kubernetes": "credwatch-watch"}),
        table(auth={"kubernetes": {"role": "credwatch-watch", "mount": "k8s/eu", "token": "/var/token"}}),
        table(auth={"approle": {"role_id": "d4102f3e", "secret_id": "env:SECRET_ID"}}),
        table(auth={"approle": {"role_id": "env:ROLE_ID", "secret_id": "env:SECRET_ID", "mount": "approle"}}),
    ],
)
def test_a_table_that_can_be_opened_is_taken(given: dict[str, Any]) -> None:
    assert VaultSettings.model_validate(given).address == given["address"].rstrip("/")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (table(address="http://vault.example.com"), "https only"),
        (table(address="http://10.0.0.1:8200"), "https only"),
        (table(address="http://127.0.0.1.example.com"), "https only"),
        (table(address="https://user:pw@vault.example.com"), "scheme, host and port"),
        (table(address="vault.example.com"), "scheme, host and port"),
        (table(auth={}), "one of"),
        (table(auth=TOKEN | {"kubernetes": "watch"}), "one of"),
        (table(auth={"token": "hvs.literal"}), "a secret is a reference"),
        (table(auth={"approle": {"role_id": "r", "secret_id": "literal"}}), "a secret is a reference"),
        (table(auth={"kubernetes": {"role": "watch", "mount": "../sys"}}), "a mount"),
        (table(paths=["kv"]), "mount/path"),
        (table(paths=["/kv/voice"]), "mount/path"),
        (table(adress="x"), "Extra inputs"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_the_fix(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint) as caught:
        VaultSettings.model_validate(given)
    assert not any(literal in str(caught.value) for literal in ("hvs.literal", "user:pw"))


def test_the_address_for_probes_must_be_as_safe() -> None:
    with pytest.raises(ValidationError, match="https only"):
        VaultIssuerSettings.model_validate({"base_url": "http://vault.example.com"})


@pytest.mark.parametrize(
    ("environ", "auth"),
    [
        ({"VAULT_TOKEN": "hvs.canary"}, {"token": "env:VAULT_TOKEN"}),
        (
            {"VAULT_ROLE_ID": "canary", "VAULT_SECRET_ID": "canary"},
            {"approle": {"role_id": "env:VAULT_ROLE_ID", "secret_id": "env:VAULT_SECRET_ID"}},
        ),
        ({}, {"kubernetes": "credwatch-watch"}),
    ],
)
def test_the_environment_gives_a_table_that_can_be_opened(environ: Mapping[str, str], auth: dict[str, Any]) -> None:
    assert plugin.discover
    address = {"VAULT_ADDR": "https://vault.example.com", "VAULT_NAMESPACE": "team-a"}
    [found] = plugin.discover({**environ, **address})
    without_use = {name: value for name, value in found.table.items() if name != "use"}

    assert VaultSettings.model_validate(without_use).namespace == "team-a"
    assert (found.table["use"], found.table["auth"], "canary" in repr(found)) == ("vault", auth, False)


@pytest.mark.parametrize("environ", [{}, {"VAULT_ADDR": ""}, {"VAULT_ADDR": "nonsense"}, {"VAULT_TOKEN": "hvs.x"}])
def test_without_an_address_nothing_is_found(environ: Mapping[str, str]) -> None:
    assert plugin.discover
    assert list(plugin.discover(environ)) == []


@pytest.mark.parametrize(
    "way",
    [{"kubernetes": "rotate"}, {"token": "env:X"}, {"approle": {"role_id": "r", "secret_id": "env:X"}}],
)
def test_a_way_in_may_stand_in_the_table_itself(way: dict[str, Any]) -> None:
    address = {"address": "https://vault.example.com"}

    assert VaultSettings.model_validate(address | way) == VaultSettings.model_validate(address | {"auth": way})


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        ({"kubernetes": "a", "token": "env:X"}, "one of"),
        ({"auth": {"kubernetes": "a"}, "kubernetes": "b"}, "Extra inputs"),
        ({}, "Field required"),
    ],
)
def test_there_is_exactly_one_way_in_wherever_it_stands(ways: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        VaultSettings.model_validate({"address": "https://vault.example.com"} | ways)
