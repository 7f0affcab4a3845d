from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from credwatch.contract import ProviderError, Reason, Store
from credwatch.sandbox.server import App, Response, Route
from tests.providers.vault.conftest import closed, item_of, places
from tests.servers.vault import MovableClock, Served, sandbox_vault


def test_every_item_below_the_paths_is_listed_and_nothing_else(vault: Served, opened: Any) -> None:
    for path in ("voice/prod", "voice/eu/west/prod", "voice/staging", "sales/prod", "top"):
        vault.put(path, KEY="x")
    store: Store = opened(vault, paths=[f"{vault.kv}/voice/**"], skip=[f"{vault.kv}/voice/stag*"])

    assert sorted(places(store)) == [f"{vault.kv}/voice/eu/west/prod", f"{vault.kv}/voice/prod"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paths", "skip", "expected"),
    [
        (["kv/**"], [], ["a", "f/a", "f/g/a", "f/g/b", "h/a"]),
        (["kv/*"], [], ["a"]),
        (["kv/*/a"], [], ["f/a", "h/a"]),
        (["kv/**/a"], [], ["a", "f/a", "f/g/a", "h/a"]),
        (["kv/f/g/a"], [], ["f/g/a"]),
        (["kv/f/g/missing"], [], []),
        (["kv/f/**", "kv/**/a"], [], ["f/a", "f/g/a", "f/g/b", "a", "h/a"]),
        (["**"], ["kv/f/**"], ["a", "h/a"]),
        (["kv/**"], ["kv/**/b", "kv/h/a"], ["a", "f/a", "f/g/a"]),
        (["k*/f/*"], [], ["f/a"]),
    ],
)
def test_each_path_finds_its_items_once(
    sandbox: Served, opened: Any, paths: list[str], skip: list[str], expected: list[str]
) -> None:
    for path in ("a", "f/a", "f/g/a", "f/g/b", "h/a"):
        sandbox.put(path, KEY="x")

    assert places(opened(sandbox, paths=paths, skip=skip)) == [f"kv/{path}" for path in expected]


def test_an_item_and_a_folder_may_have_the_same_name(vault: Served, opened: Any) -> None:
    vault.put("voice", KEY="x")
    vault.put("voice/prod", KEY="x")

    assert places(opened(vault)) == [f"{vault.kv}/voice", f"{vault.kv}/voice/prod"]


def test_odd_names_are_listed_and_can_be_read(vault: Served, opened: Any) -> None:
    vault.put("a%20b%C3%A9%25c%23d/x%2Ay", KEY="found")
    store = opened(vault)

    item = item_of(store, f"{vault.kv}/a bé%25c%23d/x%2Ay")

    assert store.read(item).parts["KEY"].reveal() == "found"


def test_metadata_becomes_version_labels_and_dates(vault: Served, opened: Any) -> None:
    vault.label("voice", custom_metadata={"credwatch-owner": "voice"}, delete_version_after="2h")
    vault.put("voice", KEY="old")
    vault.put("voice", KEY="new")
    item = item_of(opened(vault), f"{vault.kv}/voice")

    assert item.written_at
    assert (item.version, item.labels, item.deletes_at) == (
        "2",
        {"credwatch-owner": "voice"},
        item.written_at + timedelta(hours=2),
    )


def test_a_label_written_later_does_not_make_the_value_younger(sandbox: Served, opened: Any) -> None:
    assert isinstance(sandbox.clock, MovableClock)
    sandbox.put("voice", KEY="x")
    written = sandbox.clock.now()
    sandbox.clock.move(days=90)
    sandbox.label("voice", custom_metadata={"credwatch-owner": "voice"})

    assert item_of(opened(sandbox), "kv/voice").written_at == written


def test_what_is_deleted_destroyed_or_was_never_written_is_gone(vault: Served, opened: Any) -> None:
    for name in ("kept", "deleted", "destroyed"):
        vault.put(name, KEY="x")
    vault.ask("DELETE", f"{vault.kv}/data/deleted")
    vault.ask("PUT", f"{vault.kv}/destroy/destroyed", {"versions": [1]})
    vault.label("only-metadata", max_versions=3)

    assert places(opened(vault)) == [f"{vault.kv}/kept"]


def test_a_deletion_is_a_date_before_it_and_gone_after_it(sandbox: Served, opened: Any) -> None:
    assert isinstance(sandbox.clock, MovableClock)
    sandbox.label("voice", delete_version_after="1h")
    sandbox.put("voice", KEY="x")
    before = places(opened(sandbox))
    sandbox.clock.move(hours=1)

    assert (before, places(opened(sandbox))) == (["kv/voice"], [])


def test_a_folder_that_may_not_be_listed_hides_only_itself(vault: Served, opened: Any) -> None:
    for path in ("open/a", "secret/b", "z"):
        vault.put(path, KEY="x")
    kv = vault.kv
    token = vault.token(
        f'path "{kv}/metadata/*" {{ capabilities = ["read", "list"] }}\n'
        f'path "{kv}/metadata/secret/*" {{ capabilities = ["deny"] }}'
    )

    assert places(opened(vault, token)) == [f"{kv}/z", f"{kv}/open/a", f"{kv}/secret/ forbidden"]


def test_an_item_whose_metadata_may_not_be_read_is_listed_without_dates(vault: Served, opened: Any) -> None:
    vault.put("voice/prod", KEY="x")
    token = vault.token(f'path "{vault.kv}/metadata/*" {{ capabilities = ["list"] }}')
    item = item_of(opened(vault, token), f"{vault.kv}/voice/prod")

    assert (item.version, item.written_at, item.labels) == ("", None, {})


def test_a_login_that_ends_breaks_the_listing_and_hides_nothing_as_forbidden(vault: Served, opened: Any) -> None:
    vault.put("a", KEY="x")
    vault.put("folder/b", KEY="x")
    token = vault.token(f'path "{vault.kv}/*" {{ capabilities = ["read", "list"] }}')
    listing = opened(vault, token).items()
    next(listing)
    vault.ask("POST", "auth/token/revoke", {"token": token})

    with pytest.raises(ProviderError) as caught:
        next(listing)
    assert caught.value.reason is Reason.LOGIN_REFUSED


def test_a_pending_slot_of_a_rotation_is_no_item(vault: Served, opened: Any) -> None:
    vault.put("credwatch-pending/6f1c", KEY="x")
    vault.put("voice/credwatch-pending/own", KEY="x")
    paths = [f"{vault.kv}/**", f"{vault.kv}/credwatch-pending/6f1c"]

    assert places(opened(vault, paths=paths)) == [f"{vault.kv}/voice/credwatch-pending/own"]


def test_the_folder_of_pending_slots_is_not_even_asked_for(vault: Served, opened: Any) -> None:
    vault.put("credwatch-pending/6f1c", KEY="x")
    vault.put("voice", KEY="x")
    token = vault.token(
        f'path "{vault.kv}/*" {{ capabilities = ["read", "list"] }}\n'
        f'path "{vault.kv}/metadata/credwatch-pending/*" {{ capabilities = ["deny"] }}'
    )

    assert places(opened(vault, token)) == [f"{vault.kv}/voice"]


def test_version_1_is_listed_without_dates_and_read(vault: Served, opened: Any) -> None:
    mount = f"old{vault.mark}"
    vault.mount(mount, version=1)
    vault.ask("POST", f"{mount}/voice/prod", {"TWILIO_AUTH_TOKEN": "0" * 32})
    store = opened(vault, paths=[f"{mount}/voice/*"])
    item = item_of(store, f"{mount}/voice/prod")

    assert (item.written_at, store.read(item).parts["TWILIO_AUTH_TOKEN"].reveal()) == (None, "0" * 32)


def test_version_1_is_listed_from_its_root(vault: Served, opened: Any) -> None:
    mount = f"old{vault.mark}"
    vault.mount(mount, version=1)
    vault.ask("POST", f"{mount}/voice/prod", {"KEY": "x"})

    assert places(opened(vault, paths=[f"{mount}/**"])) == [f"{mount}/voice/prod"]


def test_a_mount_may_have_slashes_and_the_longest_one_counts(vault: Served, opened: Any) -> None:
    mount = f"team{vault.mark}/a/kv"
    vault.mount(mount)
    vault.ask("POST", f"{mount}/data/voice/prod", {"data": {"KEY": "x"}})

    assert places(opened(vault, paths=[f"team{vault.mark}/**", f"{mount}/voice/prod"])) == [f"{mount}/voice/prod"]


class Hiding:
    """Vault behind a proxy that does not let the mounts be seen."""

    def __init__(self, vault: App) -> None:
        self._vault = vault

    def routes(self) -> list[Route]:
        refuse = Response.json({"errors": ["permission denied"]}, 403)
        return [Route("GET", "/v1/sys/internal/ui/mounts", lambda _: refuse), *self._vault.routes()]


def test_where_the_mounts_may_not_be_seen_the_first_segment_is_one_of_version_2(opened: Any) -> None:
    with sandbox_vault(Hiding) as served:
        served.put("voice/prod", KEY="x")
        store = opened(served, paths=["kv/voice/**"])
        read = store.read(item_of(store, "kv/voice/prod")).parts["KEY"].reveal()

    assert read == "x"


@pytest.mark.parametrize("paths", [["**"], ["k*/voice/**"]])
def test_where_no_mount_is_shown_a_path_that_may_mean_any_is_no_empty_one(opened: Any, paths: list[str]) -> None:
    with sandbox_vault(Hiding) as served:
        served.put("voice/prod", KEY="x")
        store = opened(served, paths=paths)
        [unlisted] = closed(store)
        said = [one.said for one in store.diagnose() if not one.ok]

    assert (unlisted.scope, unlisted.reason) == ("", Reason.NOT_FOUND)
    assert said == [f"no mount is shown that {paths[0]} could mean"]


def test_a_mount_that_is_no_key_value_store_is_said(vault: Served, opened: Any) -> None:
    [unlisted] = closed(opened(vault, paths=["cubbyhole/**"]))

    assert (unlisted.scope, unlisted.reason, "not a key-value store" in unlisted.message) == (
        "cubbyhole/",
        Reason.UNEXPECTED,
        True,
    )


def test_a_mount_that_does_not_exist_is_no_empty_one(vault: Served, opened: Any) -> None:
    assert places(opened(vault, paths=["nowhere-at-all/**"])) == ["nowhere-at-all/ not_found"]


def test_a_namespace_is_seen_alone(sandbox: Served, opened: Any) -> None:
    sandbox.ask("POST", "sys/namespaces/team-a", {})
    sandbox.ask("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}}, namespace="team-a")
    sandbox.ask("POST", "kv/data/inside", {"data": {"KEY": "x"}}, namespace="team-a")
    sandbox.put("outside", KEY="x")

    assert places(opened(sandbox, namespace="team-a/")) == ["kv/inside"]


def test_the_listing_is_lazy(sandbox: Served, opened: Any) -> None:
    for number in range(3):
        sandbox.put(f"folder-{number}/a", KEY="x")
    listing = opened(sandbox).items()
    first = [each.locator for each in islice(listing, 1)]
    sandbox.ask("DELETE", "kv/metadata/folder-2/a")

    assert first + [each.locator for each in listing] == ["kv/folder-0/a", "kv/folder-1/a"]


def test_a_deep_tree_needs_no_recursion(sandbox: Served, opened: Any) -> None:
    deep = "/".join(["d"] * 1050)
    sandbox.put(deep, KEY="x")

    assert places(opened(sandbox)) == [f"kv/{deep}"]


def test_without_paths_nothing_is_listed_and_that_is_said(sandbox: Served, opened: Any) -> None:
    with pytest.raises(ProviderError, match="has no paths"):
        list(opened(sandbox, paths=[]).items())
