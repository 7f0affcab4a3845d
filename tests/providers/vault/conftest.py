"""A Vault to connect to: the sandbox's, and a real one where the environment names it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from credwatch.clock import SystemClock
from credwatch.contract import Item, Reply, Setup, Unlisted
from credwatch.sandbox.server import Server
from credwatch.sandbox.vault import Vault
from credwatch_providers.vault.provider import VaultStore, connect
from credwatch_providers.vault.settings import VaultIssuerSettings, VaultSettings

ADDRESS = os.environ.get("CREDWATCH_TEST_VAULT_ADDR", "")
TOKEN = os.environ.get("CREDWATCH_TEST_VAULT_TOKEN", "")
SERVERS = ["sandbox", *(["real"] if ADDRESS and TOKEN else [])]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line that says whether a real server took part."""
    took_part = f"with the real one at {ADDRESS}" if "real" in SERVERS else "no real server took part"
    ask = "" if "real" in SERVERS else " (set CREDWATCH_TEST_VAULT_ADDR and CREDWATCH_TEST_VAULT_TOKEN)"
    terminalreporter.write_line(f"Vault: tried on the sandbox's, {took_part}{ask}")


class MovableClock(SystemClock):
    """The time of a test; it stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Timed:
    """The part of `Http` that a connection to Vault uses: the time."""

    clock: SystemClock

    def send(self, method: str, url: str, **_: Any) -> Reply:
        raise AssertionError(f"nothing goes this way: {method} {url}")

    def now(self) -> datetime:
        return self.clock.now()


@dataclass
class Served:
    """A Vault, and the root token's powers over it."""

    address: str
    root: str
    clock: SystemClock
    mark: str
    """Stands in every name that a test makes, as a real server may have others."""
    made: list[str] = field(default_factory=list)

    @property
    def kv(self) -> str:
        """The mount of a key-value store of version 2."""
        return f"kv{self.mark}"

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "", namespace: str = "") -> dict[str, Any]:
        """One request, with the root token unless another is given."""
        headers = {"X-Vault-Token": token or self.root, "X-Vault-Namespace": namespace}
        reply = urllib3.request(
            method,
            f"{self.address}/v1/{path}",
            headers={name: value for name, value in headers.items() if value},
            body=json.dumps(body).encode() if body is not None else None,
            retries=False,
        )
        assert reply.status < 400, f"{method} {path}: {reply.status} {reply.data!r}"
        return reply.json() if reply.data else {}

    def put(self, path: str, **data: Any) -> None:
        """A value in the store of version 2."""
        self.ask("POST", f"{self.kv}/data/{path}", {"data": data})

    def label(self, path: str, **fields: Any) -> None:
        """Metadata of an item."""
        self.ask("POST", f"{self.kv}/metadata/{path}", fields)

    def mount(self, path: str, version: int = 2) -> None:
        """A key-value store, gone after the test."""
        self.ask("POST", f"sys/mounts/{path}", {"type": "kv", "options": {"version": str(version)}})
        self.made.append(f"sys/mounts/{path}")

    def login(self, kind: str) -> str:
        """A login method, gone after the test; its mount."""
        path = f"{kind}{self.mark}"
        self.ask("POST", f"sys/auth/{path}", {"type": kind})
        self.made.append(f"sys/auth/{path}")
        return path

    def policy(self, hcl: str, name: str = "watch") -> str:
        """A policy; its name."""
        name = f"credwatch-{name}{self.mark}"
        self.ask("PUT", f"sys/policies/acl/{name}", {"policy": hcl})
        self.made.append(f"sys/policies/acl/{name}")
        return name

    def token(self, hcl: str, **more: Any) -> str:
        """A token that may do this and nothing else."""
        policy = self.policy(hcl, f"p{len(self.made)}")
        made = self.ask("POST", "auth/token/create", {"policies": [policy]} | more)
        token: str = made["auth"]["client_token"]
        return token


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
    clock = MovableClock()
    app = Vault(clock=clock)
    with Server(app) as server:
        served = Served(server.url, app.root, clock, "")
        served.mount(served.kv)
        yield served


@pytest.fixture
def sandbox() -> Iterator[Served]:
    """Only the sandbox's: for what needs its clock, its seal or a login that a real server cannot be given."""
    clock = MovableClock()
    app = Vault(clock=clock)
    with Server(app) as server:
        served = Served(server.url, app.root, clock, "")
        served.mount(served.kv)
        yield served


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    """Opens the connection of a table at a server, and closes it afterwards."""
    stores: list[VaultStore] = []

    def open_(served: Served, token: str = "", **table: Any) -> VaultStore:
        file = tmp_path / f"token-{len(stores)}"
        file.write_text(token or served.root)
        whole = {"address": served.address, "auth": {"token": f"file:{file}"}, "paths": [f"{served.kv}/**"]} | table
        setup = Setup("vault-prod", VaultSettings.model_validate(whole), VaultIssuerSettings(), Timed(served.clock))
        stores.append(connect(setup))
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
