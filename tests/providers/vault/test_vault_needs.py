from __future__ import annotations

from typing import Any

import pytest

from credwatch.contract import Diagnose, Item, Needs, ProviderError
from tests.providers.vault.conftest import closed, places
from tests.servers.vault import Served


def test_the_policy_names_the_configured_paths_and_nothing_beyond(sandbox: Served, opened: Any) -> None:
    sandbox.mount("old", version=1)
    paths = ["kv/voice/**", "kv/*/prod", "kv/ivr/key", "old/**"]
    store: Needs = opened(sandbox, paths=paths, skip=["kv/voice/sandbox/**"])

    assert store.least_privilege().splitlines() == [
        'path "auth/token/lookup-self" { capabilities = ["read"] }',
        'path "auth/token/renew-self" { capabilities = ["update"] }',
        'path "kv/metadata/voice/*" { capabilities = ["read", "list"] }',
        'path "kv/data/voice/*" { capabilities = ["read"] }',
        'path "kv/metadata/" { capabilities = ["list"] }',
        'path "kv/metadata/+/" { capabilities = ["list"] }',
        'path "kv/metadata/+/prod" { capabilities = ["read"] }',
        'path "kv/data/+/prod" { capabilities = ["read"] }',
        'path "kv/metadata/ivr/key" { capabilities = ["read"] }',
        'path "kv/data/ivr/key" { capabilities = ["read"] }',
        'path "old/*" { capabilities = ["read", "list"] }',
        'path "kv/data/voice/sandbox/*" { capabilities = ["deny"] }',
    ]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["**"], ["top", "sales/prod", "voice/prod", "voice/eu/prod"]),
        (["voice/**"], ["voice/prod", "voice/eu/prod"]),
        (["*/prod"], ["sales/prod", "voice/prod"]),
        (["*/*/prod"], ["voice/eu/prod"]),
        (["voice/pro*"], ["voice/prod"]),
        (["**/prod"], ["sales/prod", "voice/prod", "voice/eu/prod"]),
        (["v*/**"], ["voice/prod", "voice/eu/prod"]),
        (["voice/prod"], ["voice/prod"]),
    ],
)
def test_the_policy_is_enough_to_list_and_read(
    vault: Served, opened: Any, paths: list[str], expected: list[str]
) -> None:
    for path in ("top", "voice/prod", "voice/eu/prod", "sales/prod"):
        vault.put(path, KEY="x")
    whole = [f"{vault.kv}/{path}" for path in paths]
    token = vault.token(opened(vault, paths=whole).least_privilege(), no_default_policy=True)
    store = opened(vault, token, paths=whole)
    read = [next(iter(store.read(each).parts)) for each in store.items() if isinstance(each, Item)]

    assert (places(store), closed(store), read) == (
        [f"{vault.kv}/{path}" for path in expected],
        [],
        ["KEY"] * len(read),
    )
    assert store.check().detail == "renewed as it goes"


def test_the_policy_does_not_reach_what_is_skipped(vault: Served, opened: Any) -> None:
    vault.put("voice/sandbox/a", KEY="x")
    table = {"paths": [f"{vault.kv}/**"], "skip": [f"{vault.kv}/voice/sandbox/**"]}
    token = vault.token(opened(vault, **table).least_privilege())

    with pytest.raises(ProviderError, match="403 permission denied"):
        opened(vault, token, **table).read(Item("vault-prod", f"{vault.kv}/voice/sandbox/a"))


def test_the_policy_can_be_asked_for_before_there_is_a_login(sandbox: Served, opened: Any) -> None:
    policy = opened(sandbox, "s.unknown", paths=["platform-kv/**"]).least_privilege()

    assert 'path "platform-kv/data/*" { capabilities = ["read"] }' in policy


def test_doctor_says_what_works(sandbox: Served, opened: Any) -> None:
    sandbox.put("voice/prod", KEY="x")
    sandbox.put("voice/staging", KEY="x")
    store: Diagnose = opened(sandbox, sandbox.token(opened(sandbox).least_privilege(), ttl="1h"))

    assert [(line.what, line.ok, line.said) for line in store.diagnose()] == [
        ("login, token", True, "renewed as it goes"),
        ("list kv/**", True, "2 items"),
        ("read kv/**", True, ""),
    ]


@pytest.mark.parametrize(
    ("hcl", "what", "said", "mend"),
    [
        (
            'path "kv/metadata/*" { capabilities = ["read", "list"] }',
            "read kv/**",
            "403 permission denied",
            'Add to the policy of our token:        path "kv/data/*" { capabilities = ["read"] }',
        ),
        (
            'path "kv/data/*" { capabilities = ["read"] }',
            "list kv/**",
            "403 permission denied: kv/",
            'Add to the policy of our token:        path "kv/metadata/*" { capabilities = ["read", "list"] }',
        ),
    ],
)
def test_doctor_names_the_line_that_a_policy_lacks(
    vault: Served, opened: Any, hcl: str, what: str, said: str, mend: str
) -> None:
    vault.put("voice", KEY="x")
    token = vault.token(hcl.replace("kv/", f"{vault.kv}/"))
    wrong = [line for line in opened(vault, token).diagnose() if not line.ok]

    assert [(line.what, line.said, line.mend) for line in wrong] == [
        tuple(text.replace("kv/", f"{vault.kv}/") for text in (what, said, mend))
    ]


def test_doctor_stops_at_a_refused_login(sandbox: Served, opened: Any) -> None:
    [line] = opened(sandbox, "s.unknown").diagnose()

    assert (line.ok, line.mend) == (False, "make a new token: vault token create -policy=credwatch-watch -period=72h")


def test_doctor_proposes_paths_where_there_are_none(sandbox: Served, opened: Any) -> None:
    [_, line] = opened(sandbox, paths=[]).diagnose()

    assert line.mend == 'say in the table:  paths = ["secret/**", "kv/**"]'


def test_doctor_says_when_a_vault_is_sealed(sandbox: Served, opened: Any) -> None:
    sandbox.ask("PUT", "sys/seal", {})
    [line] = opened(sandbox).diagnose()

    assert (line.said, line.mend) == ("503 Vault is sealed", "see vault status: a sealed Vault answers nobody")


def test_the_mounts_may_be_hidden(sandbox: Served, opened: Any) -> None:
    sandbox.put("voice/prod", KEY="x")
    hcl = 'path "+/metadata/*" { capabilities = ["read", "list"] }\npath "+/data/*" { capabilities = ["read"] }'
    store = opened(sandbox, sandbox.token(hcl), paths=["kv/voice/**"])

    assert places(store) == ["kv/voice/prod"]
