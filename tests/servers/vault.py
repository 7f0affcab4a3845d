"""The sandbox's Vault on a port, or a real one, and what a test prepares in it with the root token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3

from credwatch.clock import SystemClock
from credwatch.contract import Reply, Setup
from credwatch.sandbox.server import App, Server
from credwatch.sandbox.vault import Vault
from credwatch.transport import Patient, Transport
from credwatch_providers.vault.settings import VaultIssuerSettings, VaultSettings


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
    """What a connection to Vault has of the `Http` for kinds of keys: the time."""

    clock: SystemClock

    def send(self, method: str, url: str, **_: Any) -> Reply:
        raise AssertionError(f"nothing goes this way: {method} {url}")

    def now(self) -> datetime:
        return self.clock.now()


def setup(settings: VaultSettings, clock: SystemClock, transport: Transport) -> Setup[Any, Any]:
    """All that a connection is made from; its way out is this."""

    def reach(host: str) -> Patient:
        return Patient(transport.to([host]), transport.clock)

    return Setup("vault-prod", settings, VaultIssuerSettings(), Timed(clock), reach)


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


@contextmanager
def sandbox_vault(around: Any = None) -> Iterator[Served]:
    """The sandbox's Vault with an empty store of version 2; `around` puts an app of the test in front of it."""
    clock = MovableClock()
    vault = Vault(clock=clock)
    app: App = around(vault) if around else vault
    with Server(app) as server:
        served = Served(server.url, vault.root, clock, "")
        served.mount(served.kv)
        yield served
