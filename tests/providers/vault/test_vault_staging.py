"""What only Vault refuses, and what only it keeps, when a rotation writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Secret, Setup
from credwatch.fields import refold
from credwatch.sandbox.server import Response
from credwatch.sandbox.vault import Vault
from credwatch.transport import Patient, Transport
from credwatch_providers.vault.provider import VaultStore, connect
from credwatch_providers.vault.settings import VaultIssuerSettings, VaultSettings
from tests.conformance.grounds.ground import Gate
from tests.servers.vault import Served, Timed, sandbox_vault

MARK = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"
TYPED = {"KEY": "old", "n": 12345678901234567890123, "f": 0.1, "on": True, "none": None, "list": [1, {"a": "<&>"}]}


@contextmanager
def opened(served: Served, folder: Path, transport: Transport, token: str = "") -> Iterator[VaultStore]:
    """The connection that rotates. What it writes is sent once."""
    file = folder / "token"
    file.write_text(token or served.root)
    settings = VaultSettings.model_validate(
        {"address": served.address, "auth": {"token": f"file:{file}"}, "paths": [f"{served.kv}/**"]}
    )

    def reach(host: str) -> Patient:
        return Patient(transport.to([host]), transport.clock)

    store = connect(Setup("vault-prod", settings, VaultIssuerSettings(), Timed(served.clock), reach, writes=True))
    yield store
    store.close()


@pytest.fixture
def store(vault: Served, tmp_path: Path, transport: Transport) -> Iterator[VaultStore]:
    """At the sandbox's Vault, and at a real one."""
    with opened(vault, tmp_path, transport) as made:
        yield made


def item(served: Served, path: str = "voice/prod") -> Item:
    return Item("vault-prod", f"{served.kv}/{path}")


def data(served: Served, path: str = "voice/prod") -> Any:
    return served.ask("GET", f"{served.kv}/data/{path}")["data"]["data"]


def pending(served: Served) -> list[str]:
    """The names of the slots."""
    names: list[str] = served.ask("GET", f"{served.kv}/metadata/credwatch-pending?list=true")["data"]["keys"]
    return names


def rotated(store: VaultStore, where: Item, **leaves: str) -> str:
    """Stage and promote these leaves; the version."""
    held = store.held(where)
    future = refold(held.payload, {name.replace("__", "."): Secret(value) for name, value in leaves.items()})
    return store.promote(where, store.stage(where, future, MARK, ""), held.version)


def test_what_does_not_change_keeps_its_type(vault: Served, store: VaultStore) -> None:
    vault.put("voice/prod", **TYPED)
    rotated(store, item(vault), KEY="new")

    assert data(vault) == TYPED | {"KEY": "new"}
    assert json.dumps(data(vault), sort_keys=True) == json.dumps(TYPED | {"KEY": "new"}, sort_keys=True)


def test_a_string_within_an_object_is_replaced_there(vault: Served, store: VaultStore) -> None:
    vault.put("voice/prod", twilio={"sid": "SK1", "n": 5, "deep": {"token": "old"}}, text='{"k": "old",  "n": 1.50}')
    rotated(store, item(vault), twilio__deep__token="new", text__k="new")

    assert data(vault) == {
        "twilio": {"sid": "SK1", "n": 5, "deep": {"token": "new"}},
        "text": '{"k": "new",  "n": 1.50}',
    }


def test_a_slot_that_was_deleted_softly_blocks_nobody(vault: Served, store: VaultStore) -> None:
    vault.put("voice/prod", KEY="old")
    where = item(vault)
    store.stage(where, store.held(where).payload, "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1Z-1", "")
    [name] = pending(vault)
    vault.ask("DELETE", f"{vault.kv}/data/credwatch-pending/{name}")
    empty = store.staged(where)
    staged = store.stage(where, store.held(where).payload, MARK, "")

    assert (empty, staged.version) == (None, "2")
    assert store.staged(where) == staged


def test_a_slot_that_was_destroyed_blocks_nobody(vault: Served, store: VaultStore) -> None:
    vault.put("voice/prod", KEY="old")
    where = item(vault)
    store.stage(where, store.held(where).payload, "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1Z-1", "")
    [name] = pending(vault)
    vault.ask("PUT", f"{vault.kv}/destroy/credwatch-pending/{name}", {"versions": [1]})
    staged = store.stage(where, store.held(where).payload, MARK, "")

    assert store.staged(where) == staged


@pytest.mark.parametrize("laid", [{"KEY": "x"}, {"credwatch": {"mark": MARK}}, {"credwatch": "x", "data": {}}])
def test_what_somebody_else_laid_into_the_slot_stays(vault: Served, store: VaultStore, laid: dict[str, Any]) -> None:
    vault.put("voice/prod", KEY="old")
    where = item(vault)
    store.stage(where, store.held(where).payload, MARK, "")
    [name] = pending(vault)
    vault.put(f"credwatch-pending/{name}", **laid)
    with pytest.raises(Conflict, match="somebody else"):
        store.stage(where, store.held(where).payload, MARK, "")
    theirs = store.staged(where)

    assert theirs is not None
    assert theirs.mark == ""
    assert data(vault, f"credwatch-pending/{name}") == laid


def test_the_name_of_a_slot_tells_nothing_and_its_note_stands_apart(vault: Served, store: VaultStore) -> None:
    vault.put("voice/prod", KEY="old")
    where = item(vault)
    store.stage(where, store.held(where).payload, MARK, "")
    [name] = pending(vault)
    laid = data(vault, f"credwatch-pending/{name}")

    assert len(name) == 32
    assert set(name) <= set("0123456789abcdef")
    assert laid["data"] == {"KEY": "old"}
    assert (laid["credwatch"]["mark"], laid["credwatch"]["locator"]) == (MARK, where.locator)


def test_a_store_without_versions_is_refused_in_words(vault: Served, store: VaultStore) -> None:
    vault.mount(f"old{vault.mark}", version=1)
    vault.ask("POST", f"old{vault.mark}/key", {"KEY": "x"})
    where = Item("vault-prod", f"old{vault.mark}/key")
    tries: list[Callable[[], object]] = [
        lambda: store.staged(where),
        lambda: store.stage(where, Payload({"KEY": Secret("new")}), MARK, ""),
    ]
    for each in tries:
        with pytest.raises(ProviderError, match=r"keeps no versions.*vault kv enable-versioning") as refused:
            each()
        assert refused.value.permanent


def test_a_version_that_vault_has_thrown_away_is_not_found(vault: Served, store: VaultStore) -> None:
    vault.put("voice/prod", KEY="old")
    where = item(vault)
    version = rotated(store, where, KEY="new")
    vault.ask("PUT", f"{vault.kv}/destroy/voice/prod", {"versions": [1]})
    with pytest.raises(ProviderError) as gone:
        store.revert(where, "1", version)

    assert (gone.value.reason, gone.value.permanent) == (Reason.NOT_FOUND, True)


@pytest.mark.parametrize("gone", ["deleted", "absent"])
def test_an_item_that_is_gone_is_not_found(vault: Served, store: VaultStore, gone: str) -> None:
    if gone == "deleted":
        vault.put("voice/prod", KEY="old")
        vault.ask("DELETE", f"{vault.kv}/data/voice/prod")
    with pytest.raises(ProviderError) as missing:
        store.held(item(vault))

    assert (missing.value.reason, missing.value.permanent) == (Reason.NOT_FOUND, True)


def test_the_policy_to_rotate_names_what_is_watched_and_deletes_in_the_slots_alone(
    sandbox: Served, tmp_path: Path, transport: Transport
) -> None:
    with opened(sandbox, tmp_path, transport) as made:
        lines = made.least_privilege().splitlines()

    assert lines == [
        'path "auth/token/lookup-self" { capabilities = ["read"] }',
        'path "auth/token/renew-self" { capabilities = ["update"] }',
        'path "kv/metadata/*" { capabilities = ["read", "list"] }',
        'path "kv/data/*" { capabilities = ["create", "read", "update"] }',
        'path "kv/data/credwatch-pending/*" { capabilities = ["create", "read", "update"] }',
        'path "kv/metadata/credwatch-pending/*" { capabilities = ["delete"] }',
        'path "auth/approle/role" { capabilities = ["list"] }',
        'path "auth/approle/role/+/role-id" { capabilities = ["read"] }',
        'path "auth/approle/role/+/secret-id/lookup" { capabilities = ["update"] }',
    ]


def test_a_right_that_is_missing_is_a_certain_refusal(vault: Served, tmp_path: Path, transport: Transport) -> None:
    vault.put("voice/prod", KEY="old")
    token = vault.token(f'path "{vault.kv}/*" {{ capabilities = ["read", "list"] }}')
    with opened(vault, tmp_path, transport, token) as made, pytest.raises(ProviderError) as refused:
        made.stage(item(vault), made.held(item(vault)).payload, MARK, "")

    assert (refused.value.reason, refused.value.permanent) == (Reason.FORBIDDEN, True)


@pytest.mark.parametrize(
    ("answer", "certain"),
    [
        (Response.json({"errors": ["check-and-set parameter required for this call"]}, 400), True),
        (Response.json({"errors": ["1 error occurred:\n\t* permission denied\n\n"]}, 403), True),
        (Response.json({"errors": ["http: request body too large"]}, 413), True),
        (Response.json({"errors": ["request path: rate limit quota exceeded"]}, 429), False),
        (Response.json({"errors": ["internal error"]}, 500), False),
        (Response.json({"errors": ["Vault is sealed"]}, 503), False),
        (Response.text("<h1>Bad Request</h1>", 400), False),
        (Response.text("upstream timed out", 504), False),
        (Response.json({"ok": True}), False),
        (Response(200, b"half", {"content-type": "application/json"}), False),
    ],
)
def test_only_what_vault_says_in_its_own_words_is_certain(
    tmp_path: Path,
    transport: Transport,
    answer: Response,
    certain: bool,  # noqa: FBT001  pytest's way
) -> None:
    gates: list[Gate] = []

    def gated(vault: Vault) -> Gate:
        gates.append(Gate(vault))
        return gates[0]

    with sandbox_vault(gated) as served, opened(served, tmp_path, transport) as made:
        served.put("voice/prod", KEY="old")
        held = made.held(item(served))
        staged = made.stage(item(served), Payload({"KEY": Secret("canary-4711")}), MARK, "")
        gates[0].answer = lambda asked: answer if asked.method == "POST" else None
        with pytest.raises(ProviderError) as refused:
            made.promote(item(served), staged, held.version)

    assert refused.value.permanent is certain
    assert not isinstance(refused.value, Conflict)


def test_a_gateway_that_repeats_what_we_write_is_not_repeated(tmp_path: Path, transport: Transport) -> None:
    gates: list[Gate] = []

    def gated(vault: Vault) -> Gate:
        gates.append(Gate(vault))
        return gates[0]

    with sandbox_vault(gated) as served, opened(served, tmp_path, transport) as made:
        served.put("voice/prod", KEY="old")
        staged = made.stage(item(served), Payload({"KEY": Secret("canary-4711")}), MARK, "")
        gates[0].answer = lambda asked: (
            Response.json({"errors": [asked.body.decode()]}, 400) if asked.method == "POST" else None
        )
        with pytest.raises(ProviderError) as refused:
            made.promote(item(served), staged, "1")

    assert "canary" not in str(refused.value)
