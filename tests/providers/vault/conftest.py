"""A Vault to connect to: the sandbox's, and a real one where the environment names it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credwatch.clock import SystemClock
from credwatch.contract import Item, Unlisted
from credwatch.transport import Transport
from credwatch_providers.vault.provider import VaultStore, connect
from credwatch_providers.vault.settings import VaultSettings
from tests.conformance.grounds.ground import Hurried
from tests.servers.vault import Served, sandbox_vault, setup

ADDRESS = os.environ.get("CREDWATCH_TEST_VAULT_ADDR", "")
TOKEN = os.environ.get("CREDWATCH_TEST_VAULT_TOKEN", "")
SERVERS = ["sandbox", *(["real"] if ADDRESS and TOKEN else [])]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line that says whether a real server took part."""
    took_part = f"with the real one at {ADDRESS}" if "real" in SERVERS else "no real server took part"
    ask = "" if "real" in SERVERS else " (set CREDWATCH_TEST_VAULT_ADDR and CREDWATCH_TEST_VAULT_TOKEN)"
    terminalreporter.write_line(f"Vault: tried on the sandbox's, {took_part}{ask}")


@pytest.fixture(params=SERVERS)
def vault(request: pytest.FixtureRequest) -> Iterator[Served]:
    """An empty store of version 2, at the sandbox's Vault and at a real one."""
    if request.param == "real":
        served = Served(ADDRESS, TOKEN, SystemClock(), f"-{secrets.token_hex(4)}")
        served.mount(served.kv)
        yield served
        for path in served.made:
            served.ask("DELETE", path)
        return
    with sandbox_vault() as served:
        yield served


@pytest.fixture
def sandbox() -> Iterator[Served]:
    """Only the sandbox's: for what needs its clock, its seal or a login that a real server cannot be given."""
    with sandbox_vault() as served:
        yield served


@pytest.fixture
def transport() -> Iterator[Transport]:
    """The way out; it waits for nobody."""
    made = Transport(clock=Hurried())
    yield made
    made.close()


@pytest.fixture
def opened(tmp_path: Path, transport: Transport) -> Iterator[Any]:
    """Opens the connection of a table at a server, and closes it afterwards."""
    stores: list[VaultStore] = []

    def open_(served: Served, token: str = "", **table: Any) -> VaultStore:
        file = tmp_path / f"token-{len(stores)}"
        file.write_text(token or served.root)
        whole = {"address": served.address, "auth": {"token": f"file:{file}"}, "paths": [f"{served.kv}/**"]} | table
        stores.append(connect(setup(VaultSettings.model_validate(whole), served.clock, transport)))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


def places(store: VaultStore) -> list[str]:
    """What a listing gives, in its order; what could not be listed with its reason."""
    return [each.locator if isinstance(each, Item) else f"{each.scope} {each.reason}" for each in store.items()]


def item_of(store: VaultStore, locator: str) -> Item:
    """One item of the listing."""
    return next(each for each in store.items() if isinstance(each, Item) and each.locator == locator)


def closed(store: VaultStore) -> list[Unlisted]:
    """What could not be listed."""
    return [each for each in store.items() if isinstance(each, Unlisted)]
