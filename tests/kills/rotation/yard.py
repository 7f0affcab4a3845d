"""Rotations by the program itself, against servers whose every request the test sees, on a disk that it controls."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.kubernetes import Kubernetes
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Server
from tests.kills.forks import Ended, Launcher
from tests.kills.rotation.asking import Asking
from tests.kills.rotation.clock import Common
from tests.kills.rotation.gate import Case, Hook
from tests.kills.rotation.makers import Maker, makers
from tests.kills.rotation.shelves import KEPT, Cluster, Files, Shelf, Store
from tests.servers.disk import Disk

ENDED = frozenset({"done", "rejected", "aborted", "rolled_back"})
STOPPED = "needs_operator"
TURN = timedelta(minutes=61)
"""Between two turns of the daemon."""
FIRST = Path(__file__).with_name("first.py")
MOST = 12  # turns: so many come to an end


@dataclass(kw_only=True)
class Yard(Asking):
    """Runs from `with` to its end; every play of a case begins at the same moment."""

    folder: Path
    cases: tuple[Case, ...]
    more: Callable[[Yard], Mapping[str, Shelf]] = lambda _: {}
    """Further shelves, and the makers that come with them."""
    values: set[str] = field(default_factory=set, repr=False)
    """Every value that there ever was."""
    said: list[str] = field(default_factory=list)
    """All output."""

    def __post_init__(self) -> None:
        self.machine = self.folder / "machine"
        self.machine.mkdir()
        self.data = self.machine / "data"
        self.disk = Disk(self.folder, self.machine)
        self.clock = Common(self.folder / "clock")
        self.scene = Scene(self.clock)
        self.hook = Hook()
        self.cluster = Kubernetes(clock=self.clock)
        self.secrets = self.folder / "secrets"
        self.secrets.mkdir()
        self.running = ExitStack()
        for name, usual in self.scene.servers.items():
            with usual:  # it has its port already; here it ends
                pass
            self.scene.servers[name] = Server(self.gate(getattr(self.scene, name)), clock=self.clock)
        self.servers = {
            "hook": Server(self.gate(self.hook), clock=self.clock),
            "cluster": Server(self.gate(self.cluster), clock=self.clock),
        }

    def __enter__(self) -> Self:
        self.running.enter_context(self.scene)
        for server in self.servers.values():
            self.running.enter_context(server)
        self.launcher = self.another("first")
        self._furnish()
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.running.close()

    def another(self, name: str) -> Launcher:
        """Who runs the program; a second one, where two run at once."""
        folder = self.folder / name
        folder.mkdir()
        launcher = Launcher(folder, self.disk.environment)
        self.running.callback(launcher.close)
        return launcher

    # -- the beginning -------------------------------------------------------------------------------------------------

    def reference(self, name: str, value: str) -> str:
        """A file that holds it, as the configuration refers to it."""
        self.values.add(value)
        path = self.secrets / name
        path.write_text(value)
        return f"file:{path}"

    def _furnish(self) -> None:
        token = self.reference("vault", self.scene.vault.root)
        slack = self.reference("slack", self.scene.environment["SLACK_TOKEN_OF_THE_WATCH"])
        self.makers: dict[str, Maker] = makers(self.scene, self.reference)
        cluster = self.reference("cluster", "token-of-the-cluster")
        kept: list[Shelf] = [
            Store(self.scene, token),
            Files(self.machine),
            Cluster(self.cluster, self.servers["cluster"], "token-of-the-cluster", cluster),
        ]
        self.shelves: dict[str, Shelf] = {shelf.provider: shelf for shelf in kept} | dict(self.more(self))
        self.keys: dict[str, Key] = {}
        self.theirs: dict[str, str] = {}
        for case in self.cases:
            maker = self.makers[case.vendor]
            self.keys[case.name] = maker.issue(case.name)
            self.theirs[case.name] = maker.issue(f"beside {case.name}").id
        for case in self.cases:
            self._lay(case)
        for maker in self.makers.values():
            maker.keep()
        text = self._tables().replace("env:VAULT_TOKEN_OF_THE_WATCH", token)
        text = text.replace("env:SLACK_TOKEN_OF_THE_WATCH", slack)
        (self.folder / "credwatch.toml").write_text(text)

    def _tables(self) -> str:
        """TOML: all of it."""
        text = self.scene.configuration(self.data) + "".join(shelf.tables() for shelf in self.shelves.values())
        text += "".join(maker.tables for maker in self.makers.values())
        ours = {name: one.identity for name, one in self.makers.items() if one.identity}
        ours |= {name: shelf.identity() for name, shelf in self.shelves.items()}
        signed = self.reference("hook", "the-secret-of-the-hook-0123456789")
        hook = f'{{ webhook = "{self.servers["hook"].url}/reload", secret = "{signed}" }}'
        text += f'[[consumers]]\nname = "voice-agent"\nreads = ["**"]\nreload = {hook}\n'
        text += '[rotate]\nrevoke = "grace"\n[rotate.identities]\n'
        return text + "".join(f"{name} = {identity}\n" for name, identity in ours.items())

    def _lay(self, case: Case) -> None:
        """Its places as they are at the beginning."""
        fields = {**KEPT, **self.makers[case.vendor].fields(self.keys[case.name])}
        for name, shelf in self.places(case):
            shelf.lay(name, fields)

    def places(self, case: Case) -> list[tuple[str, Shelf]]:
        """Where its key is: the names of the items, and their shelves."""
        return [(f"{case.name}-{number}", self.shelves[name]) for number, name in enumerate(case.shelves)]

    def _begin(self) -> None:
        """Everything is looked at twice, since some keys are joined with their lists by what a list was seen to say."""
        modules = self.folder / "modules"
        for words in (("sweep", "--no-settle"), ("sweep", "--no-settle"), ("rotate", "--due")):
            self.clock.shift += TURN
            self.begin(*words, modules=str(modules))
            ended = self.launcher.end()
            assert ended.code == 0, ended
            self.launcher.load(modules.read_text().split(), self.environment, self.clock.now())
        self.launcher.load((), self.environment, self.clock.now(), first=str(FIRST), config=self.config)
        self.moment = self.folder / "moment"
        shutil.copytree(self.data, self.moment)
        self.shift = self.clock.shift
        with closing(sqlite3.connect(self.moment / "credwatch.db")) as db:
            rows = db.execute("select credential_id, place from copy").fetchall()
        self.ids = {case.name: next(one for one, place in rows if f"{case.name}-0" in place) for case in self.cases}

    def go_back(self, case: Case) -> None:
        """To the moment after everything was looked at."""
        self.note()
        self.disk.plan()
        self.begins(None)
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.moment, self.data)
        self.disk.trace.write_bytes(b"")
        for maker in self.makers.values():
            maker.go_back()
        for shelf in self.shelves.values():
            shelf.clear()
        self._lay(case)
        self.laid = {name: shelf.held(name) for name, shelf in self.places(case)}
        self.shapes = {name: shelf.shape(name) for name, shelf in self.places(case)}
        if case.dead:
            self.old(case).state = State.DELETED
        self.hook.told.clear()
        self.clock.shift = self.shift
        self.begins(case)

    def note(self) -> None:
        """Every value that there is at the vendors."""
        for maker in self.makers.values():
            self.values |= {key.value for key in maker.every()}

    def old(self, case: Case) -> Key:
        """The key that is rotated, as its vendor has it now."""
        wanted = self.keys[case.name].id
        return next(key for key in self.makers[case.vendor].every() if key.id == wanted)

    def working(self, case: Case) -> set[str]:
        """Its places whose key works at the vendor."""
        maker = self.makers[case.vendor]
        return {name for name, shelf in self.places(case) if maker.takes(shelf.held(name)) is not None}

    def asks(self) -> int:
        return self.launcher.running()

    # -- runs ----------------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """Of every run: no secret is in it."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CREDWATCH_BY": "ana", **self.disk.environment}

    @property
    def config(self) -> tuple[str, str]:
        """How a run is told of the configuration."""
        return ("--config", str(self.folder / "credwatch.toml"))

    def begin(self, *words: str, launcher: Launcher | None = None, **more: object) -> int:
        """Start a command; its process id."""
        runs = launcher or self.launcher
        clock = str(self.clock.path)
        return runs.begin([*self.config, *words], self.environment, self.clock.now(), clock=clock, **more)

    def run(self, *words: str, launcher: Launcher | None = None) -> Ended:
        """A command to its end."""
        self.begin(*words, launcher=launcher)
        ended = (launcher or self.launcher).end()
        self.said += [ended.out, ended.err]
        return ended

    def start(self, case: Case, *more: str) -> Ended:
        """What a person asks for."""
        dead = ["--replace-dead"] if case.dead else []
        words = ["rotate", self.ids[case.name], "--yes", "--grace", case.grace, "--reason", "a try", *dead, *more]
        return self.run(*words)

    def rotations(self) -> list[tuple[str, str]]:
        """Each with its id and where it stands, the last one first."""
        path = self.data / "credwatch.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return db.execute("select 'cw-' || id, state from rotation order by id desc").fetchall()

    def state(self) -> str:
        """Where the last rotation stands; empty: none was begun."""
        return next((state for _, state in self.rotations()), "")

    def play(self, case: Case, *, begun: bool = False) -> list[int]:
        """From where it is to the end, whatever dies on the way; the exit codes."""
        codes = [] if begun else [self.start(case).code]
        while self.state() not in {*ENDED, STOPPED} and len(codes) < MOST:
            if not self.state():
                codes.append(self.start(case).code)
                continue
            self.clock.shift += TURN
            codes.append(self.run("rotate", "--due").code)
        return codes
