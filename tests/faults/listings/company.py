"""A made-up company that has something at every system which a connection can list, each behind a front of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.sandbox.server import Request, Response
from credwatch.transport import Transport
from tests.conformance.grounds import amazon, google, stores, vendors
from tests.conformance.grounds.ground import NAME, Ground, table
from tests.faults.listings.front import Front
from tests.faults.listings.pipe import Pipe
from tests.servers.authority import Authority


class Account(amazon.Secrets):
    """Secrets and access keys of one account of AWS."""

    watched = {"secrets": ["**"], "iam": True}  # noqa: RUF012  read only

    def fill(self) -> None:
        super().fill()
        iam = self.client("iam")
        for name in ("ann", "bob", "cleo"):
            iam.create_user(UserName=name)
            iam.create_access_key(UserName=name)


class Projects(google.Secrets):
    """A few secrets, and keys of service accounts."""

    watched = {"secrets": ["**"], "service_account_keys": True}  # noqa: RUF012  read only
    first_page = 5

    def fill(self) -> None:
        super().fill()
        keys = google.ServiceAccountKeys.__dict__["_made"]
        for project, name in (
            (google.FIRST, "one"),
            (google.FIRST, "two"),
            (google.FIRST, "three"),
            (google.SECOND, "4"),
        ):
            keys(self, project, name)


GROUNDS: Mapping[str, type[Ground]] = {
    "aws": Account,
    "deepgram": vendors.DeepgramKeys,
    "elevenlabs": vendors.ElevenLabsKeys,
    "gcp": Projects,
    "openai": vendors.OpenAIKeys,
    "twilio": vendors.TwilioKeys,
    "vault": stores.Vaulted,
    "vault-approle": stores.VaultedByAppRole,
}
NAMES = tuple(GROUNDS)


@dataclass
class Resolver:
    """Every name leads to this machine; to nobody when it is `lost`, and to a closed door when it is `elsewhere`."""

    lost: bool = False
    elsewhere: bool = False

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if self.lost:
            raise socket.gaierror(socket.EAI_NONAME, host)
        address = "127.0.0.2" if self.elsewhere else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


@dataclass
class Company:
    """Runs from `with` to its end."""

    folder: Path
    authority: Authority
    stranger: Authority
    transport: Transport
    moto: str
    account: google.Account
    named: bool = True
    """Whether each system has a name of its own; else all are addresses."""
    grounds: dict[str, Ground] = field(default_factory=dict)
    fronts: dict[str, Front] = field(default_factory=dict)
    running: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        for name, made in GROUNDS.items():
            home = self.folder / name
            home.mkdir()
            needed: dict[str, list[Any]] = {"aws": [self.moto], "gcp": [self.account]}
            ground = self.grounds[name] = self.running.enter_context(made(home, self.transport, *needed.get(name, [])))
            ground.fill()
            host = f"{name}.test" if self.named else "127.0.0.1"
            front = Front(name, host, ground.server.url, self.authority, self.stranger)
            self.fronts[name] = self.running.enter_context(front)
        projects = self.grounds["gcp"]
        assert isinstance(projects, Projects)
        self.manager = projects.manager
        self.pipe = self.running.enter_context(Pipe(self.manager.endpoint))
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    def well(self) -> None:
        """As it was."""
        self.pipe.well()
        for name, front in self.fronts.items():
            front.well()
            gate = self.grounds[name].gate
            assert gate is not None
            gate.answer = _as_it_is

    def tables(self, *names: str) -> Iterator[str]:
        """TOML: the connections of these names, or all."""
        for name in names or NAMES:
            text = self.grounds[name].tables().replace(f"[providers.{NAME}]", f"[providers.{name}]")
            text = text.replace(self.manager.endpoint, self.pipe.endpoint)
            yield text.replace(self.grounds[name].server.url, self.fronts[name].url)

    def config(self, data: Path, proxy: str | None = None, *, stores: bool = False) -> Config:
        """The configuration, remembered in this directory; the proxy is the way to the vendors, and to the stores if they say so."""
        text = "".join([table("daemon", data=str(data), ephemeral=True), *self.tables()])
        if proxy:
            text = text.replace("[network]\n", f'[network]\nproxy = "{proxy}"\n')
        if stores:
            text = text.replace("\nuse = ", "\nproxy = true\nuse = ")
        return parse(text, {}, "credwatch.toml")

    @property
    def logins(self) -> list[str]:
        """The values that we log in with."""
        ours = ("our-secret", "admin", "our-token", "our-secret-id", "our-account")
        return [value for ground in self.grounds.values() for name, value in ground.canaries.items() if name in ours]


def _as_it_is(_: Request) -> Response | None:
    return None
