"""The static roles of a database engine, as items of the store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from credwatch.contract import Explains, Item, ProviderError, Reason, Stager, Step, Turns, Unlisted
from credwatch_providers.vault.provider import VaultStore
from tests.providers.vault.conftest import item_of, places
from tests.servers.vault import Served

APP = Item("vault-prod", "database/static-creds/app")


@pytest.fixture
def store(sandbox: Served, opened: Any) -> VaultStore:
    sandbox.ask("POST", "sys/mounts/database", {"type": "database"})
    role(sandbox, "app")
    made: VaultStore = opened(sandbox, static_roles=["database"], paths=[])
    return made


def role(served: Served, name: str, **more: Any) -> None:
    body = {"db_name": "pg", "username": name, "rotation_period": "1h", **more}
    served.ask("POST", f"database/static-roles/{quote(name)}", body)


def test_each_is_the_place_where_its_password_is_read(sandbox: Served, store: VaultStore) -> None:
    role(sandbox, "a#b")

    item = item_of(store, APP.locator)

    assert places(store) == ["database/static-creds/a%23b", APP.locator]
    assert item.managed
    assert (item.written_at, item.due_at) == (sandbox.clock.now(), sandbox.clock.now() + timedelta(minutes=65))


def test_only_its_password_is_read(sandbox: Served, store: VaultStore) -> None:
    shown = sandbox.ask("GET", "database/static-creds/app")["data"]

    (name,) = (payload := store.read(APP)).parts

    assert (name, payload.parts[name].reveal()) == ("password", shown["password"])


def test_a_turn_makes_another_password_under_another_version(sandbox: Served, store: VaultStore) -> None:
    before = store.held(APP)
    sandbox.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]

    store.turn(APP)

    after = store.held(APP)
    assert after.version > before.version
    assert after.payload.parts["password"].reveal() != before.payload.parts["password"].reveal()


def test_it_has_no_slot_and_its_turn_is_called_by_its_request(store: VaultStore) -> None:
    powers: tuple[Stager, Turns, Explains] = (store, store, store)

    assert powers[0].staged(APP) is None
    assert powers[2].call(Step.MINT, APP) == "write database/rotate-role/app"
    assert powers[2].call(Step.STAGE, APP) == ""


def test_a_mount_that_may_not_be_listed_calls_nothing_gone(sandbox: Served, store: VaultStore, opened: Any) -> None:
    del store
    token = sandbox.token('path "kv/*" { capabilities = ["read"] }')

    (unlisted,) = opened(sandbox, token, static_roles=["database"], paths=[]).items()

    assert isinstance(unlisted, Unlisted)
    assert (unlisted.scope, unlisted.reason) == ("database/static-creds/", Reason.FORBIDDEN)


def test_a_role_that_may_not_be_looked_at_calls_only_itself_unseen(
    sandbox: Served, store: VaultStore, opened: Any
) -> None:
    del store
    role(sandbox, "b")
    token = sandbox.token(
        'path "database/static-roles" { capabilities = ["list"] }\n'
        'path "database/static-roles/app" { capabilities = ["read"] }'
    )

    found = list(opened(sandbox, token, static_roles=["database"], paths=[]).items())

    assert [each.locator if isinstance(each, Item) else each.scope for each in found] == [
        "database/static-creds/app",
        "database/static-creds/b",
    ]
    assert isinstance(found[1], Unlisted)


def test_a_turn_that_is_not_allowed_changed_nothing(sandbox: Served, store: VaultStore, opened: Any) -> None:
    before = store.held(APP)
    token = sandbox.token('path "database/static-creds/*" { capabilities = ["read"] }')

    with pytest.raises(ProviderError) as refused:
        opened(sandbox, token, static_roles=["database"], paths=[]).turn(APP)

    assert (refused.value.reason, refused.value.permanent) == (Reason.FORBIDDEN, True)
    assert store.held(APP).version == before.version


@pytest.mark.parametrize("locator", ["database/static-creds/a/b", "kv/static-creds/app", "database/static-roles/app"])
def test_what_is_no_static_role_is_not_turned(store: VaultStore, locator: str) -> None:
    with pytest.raises(ProviderError) as refused:
        store.turn(Item("vault-prod", locator))

    assert (refused.value.reason, refused.value.permanent) == (Reason.NOT_FOUND, True)


def test_the_doctor_counts_them(store: VaultStore) -> None:
    assert [(line.what, line.ok, line.said) for line in store.diagnose()][-1] == ("static roles", True, "1 listed")
