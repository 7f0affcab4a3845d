"""A working directory beside a real store and a real vendor, whose keys an identity of its own may make and write."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.cli import main
from credwatch.config.configuration import Config
from credwatch.config.loading import load
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from credwatch.ledger.queries.naming import find
from credwatch.looking import Watch
from credwatch.model.rotating import Rotation, State, Turn
from credwatch.rotation.planning import Order, plan
from credwatch.rotation.working import Said, Workshop
from credwatch.sandbox.keys import Key
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Response
from tests.cli.desk import Hand

PROD = "vault-prod:kv/voice/prod#DEEPGRAM_API_KEY"
EU = "vault-prod:kv/voice/eu#DEEPGRAM_API_KEY"
STAGING = "vault-prod:kv/voice/staging#DEEPGRAM_API_KEY"
CONFIGURATION = """
[providers.deepgram]
use = "deepgram"
projects = ["p-1"]
admin = "env:DEEPGRAM_OF_THE_WATCH"
[rotate.identities]
deepgram = { admin = "env:DEEPGRAM_OF_THE_ROTATION" }
vault-prod = { auth = { token = "env:VAULT_TOKEN_OF_THE_WATCH" } }
"""
CONSUMER = """
[[consumers]]
name = "voice-agent"
reads = ["vault-prod:kv/voice/*"]
settles = "2h"
"""


class KilledError(Exception):
    """The process is gone."""


class Patient(Hand):
    """Something happens when it has waited for so long."""

    at_last: tuple[datetime, Callable[[], None]] | None = None

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        goes_on = super().wait(seconds, stop)
        if self.at_last is not None and self.at >= self.at_last[0]:
            self.at_last[1]()
            self.at_last = None
        return goes_on


class Yard:
    """Everything is seen once; the clock stands, and waiting moves it."""

    def __init__(self, folder: Path, scene: Scene, clock: Patient, environment: dict[str, str]) -> None:
        self.folder, self.scene, self.clock = folder, scene, clock
        self.environment = environment
        vendor = scene.deepgram
        vendor.projects["p-1"] = "voice"
        self.watches = self.admin("reader", "watch@example.com")
        self.rotates = self.admin("rotator", "rotator@example.com")
        environment |= {**scene.environment}
        environment |= {"DEEPGRAM_OF_THE_WATCH": self.watches.value, "DEEPGRAM_OF_THE_ROTATION": self.rotates.value}
        self.old = self.issue("voice-prod")
        self.put("prod", self.old)
        self.put("eu", self.old)
        self.configure(CONSUMER)

    def admin(self, name: str, owner: str) -> Key:
        key = self.scene.deepgram.issue(name, "p-1", owner=owner)
        key.admin = True
        return key

    def issue(self, name: str, days: int = 30) -> Key:
        """A key that was made two months ago, and ends so soon."""
        key = self.scene.deepgram.issue(name, "p-1", expires=self.clock.at + timedelta(days=days))
        key.created -= timedelta(days=60)
        key.traits["tags"] = ["voice", "prod"]
        return key

    def put(self, item: str, key: Key, **more: str) -> None:
        self.scene.put(f"voice/{item}", DEEPGRAM_API_KEY=key.value, OTHER="kept", **more)

    def configure(self, more: str, base: str = CONFIGURATION) -> None:
        text = self.scene.configuration(self.folder / "data")
        (self.folder / "credwatch.toml").write_text(text + base + more)

    def run(self, *words: str) -> int:
        """One command, as ana."""
        return main(["--config", str(self.folder / "credwatch.toml"), *words], clock=self.clock)

    def sweep(self) -> None:
        assert self.run("--quiet", "sweep", "--no-settle") == 0

    def later(self, **length: float) -> datetime:
        self.clock.at += timedelta(**length)
        return self.clock.at

    def config(self) -> Config:
        return load(self.folder / "credwatch.toml", self.environment)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(self.folder / "data", now=self.clock.at, mounts="") as ledger:
            yield ledger

    @contextmanager
    def shop(self, *, writes: bool = True) -> Iterator[Workshop]:
        with (
            self.ledger() as ledger,
            Watch.of(self.config(), ledger, self.clock, threading.Event()) as watch,
            Workshop.of(watch, ledger, writes=writes) as shop,
        ):
            yield shop

    def begun(self, shop: Workshop, said: Said | None = None, place: str = PROD, **order: Any) -> Rotation:
        """A rotation of the key in this place, as far as it goes by itself."""
        (meant,) = find(shop.ledger, place)
        now = self.clock.now()
        rotation = plan(
            shop.opened, shop.ledger, Order(meant.credential, "ana", **order), shop.journal.new_id(now), now
        )
        return shop.go_on(shop.journal.begin(rotation, now), said=said)

    def dies(self, place: str, after: Callable[[Turn], bool]) -> None:
        """A rotation of the key in this place whose process is gone after the first such turn."""

        def said(_: Rotation, turn: Turn) -> None:
            if after(turn):
                raise KilledError

        with self.shop() as shop, pytest.raises(KilledError):
            self.begun(shop, said, place)

    def half_live(self) -> None:
        """A rotation that is live in one of its two places: for the other one the store does not answer any more."""

        def said(_: Rotation, turn: Turn) -> None:
            if turn.detail == f"live in {EU}":
                self.scene.servers["vault"].before_each(
                    lambda request: Response.json({}, 503) if "voice/prod" in request.path else None
                )

        with self.shop() as shop:
            self.begun(shop, said=said)

    def rotations(self) -> tuple[Rotation, ...]:
        with self.ledger() as ledger:
            return Journal(ledger).recent(20)

    @property
    def rotation(self) -> Rotation:
        """The last one that was begun."""
        return self.rotations()[0]

    def state(self) -> State:
        return self.rotation.state

    @property
    def id(self) -> str:
        return f"cw-{self.rotation.id}"

    def held(self, item: str) -> str:
        """The key that this item holds now."""
        fields: dict[str, str] = self.scene.vault.ask("read", f"kv/data/voice/{item}")["data"]["data"]
        return fields["DEEPGRAM_API_KEY"]

    def alive(self) -> set[str]:
        """The values that the vendor takes, but those of the admins."""
        keys = self.scene.deepgram.listed("p-1")
        return {key.value for key in keys} - {self.watches.value, self.rotates.value}

    def writes(self) -> list[Any]:
        """Every request that may have changed something."""
        return [
            line
            for server in self.scene.servers.values()
            for line in server.requests
            if line.method not in ("GET", "LIST")
        ]

    def audit(self) -> list[tuple[str, str, str, str]]:
        with sqlite3.connect(self.folder / "data" / "credwatch.db") as db:
            return db.execute("select who, action, subject, detail from audit order by seq").fetchall()
