"""A stack whose runs are killed: a story in three acts, each of which can be played again from its beginning."""

from __future__ import annotations

import copy
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from credwatch.clock import SystemClock
from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import App, Handler, Request, Response, Route, Server
from credwatch.sandbox.slack import Message
from tests.kills.forks import KILLED, Ended, Launcher
from tests.kills.known import Known, known
from tests.kills.power import Survives, lying
from tests.servers.disk import Action, Disk, Kind

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ACTS = {1: MONDAY, 2: MONDAY + DAY, 3: MONDAY + 2 * DAY + timedelta(hours=2, minutes=30)}
"""The watch begins · a key and an account are refused, a date comes near · they work again, a date comes nearer."""
SETTLED = timedelta(minutes=6)
"""After so long a sweep that settles has ended, and nothing was answered half an interval ago."""
MORE = """
[providers.files]
use = "files"
paths = ["{folder}/keys/*.env"]
[[deadlines]]
name = "Carrier contract"
date = 2026-11-26
[[deadlines]]
name = "Speech model"
date = 2026-12-24
[[deadlines]]
name = "Pager contract"
date = 2026-12-09
"""


class Fixed(SystemClock):
    """The clock of the scene: a time of the story."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> datetime:
        """The time of the story."""
        return self.at


def never(moment: tuple[int, bool]) -> bool:
    """No run dies."""
    del moment
    return False


@dataclass(frozen=True)
class Deadly:
    """One of the scene's servers, at whose requests a run can die."""

    app: App
    stack: Stack
    name: str

    def routes(self) -> Iterator[Route]:
        """Those of the server."""
        for route in self.app.routes():
            yield replace(route, handler=partial(self._answer, route.handler))

    def _answer(self, handler: Handler, request: Request) -> Response:
        number = self.stack.asked(self.name)
        if self.stack.dying(number, taken=False):
            return Response(503)
        answer = handler(request)
        self.stack.dying(number, taken=True)
        return answer


@dataclass
class Moment:
    """The beginning of a command of an act, kept to be gone back to."""

    data: Path
    rooms: dict[str, list[Message]]
    trace: bytes


@dataclass
class Stack:
    """A scene, a data directory on a disk that the test controls, and the story."""

    folder: Path
    clock: Fixed = field(default_factory=Fixed)
    moments: dict[tuple[int, str], Moment] = field(default_factory=dict)
    expected: dict[int, Known] = field(default_factory=dict)
    counts: dict[tuple[int, str], Counter[Kind]] = field(default_factory=dict)
    """How many operations of each kind a command comes to, by act."""
    lengths: dict[tuple[int, str], float] = field(default_factory=dict)
    """Seconds."""
    requests: list[str] = field(default_factory=list)
    """Of the command that runs: whom it asked."""
    counting: Lock = field(default_factory=Lock)
    dies: Callable[[tuple[int, bool]], bool] = never
    """Whether the run dies at its nth request, before it was taken or after that."""

    def __post_init__(self) -> None:
        self.machine = self.folder / "machine"
        self.machine.mkdir()
        self.data = self.machine / "data"
        self.disk = Disk(self.folder, self.machine)
        self.launcher = Launcher(self.folder, self.disk.environment)
        self.scene = Scene(self.clock)
        for name, usual in self.scene.servers.items():
            with usual:  # it has its port already; here it ends
                pass
            self.scene.servers[name] = Server(Deadly(getattr(self.scene, name), self, name))

    def __enter__(self) -> Self:
        self.scene.__enter__()
        self._furnish()
        loaded = self.folder / "modules"
        for command in ("sweep", "deliver"):
            self.play(1)
            self.begin(command, modules=str(loaded))
            self.launcher.end()
            self.launcher.load(loaded.read_text().split(), self.environment, self.clock.at)
        self.forget()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.launcher.close()
        self.scene.__exit__(kind, error, at)

    # -- the story -------------------------------------------------------------------------------------------------

    def _furnish(self) -> None:
        vendor = self.scene.deepgram
        vendor.projects["p-1"] = "voice"
        self.first, self.second, spare = (vendor.issue(name, "p-1") for name in ("voice-prod", "voice-new", "spare"))
        self.scene.put("voice/spare", DEEPGRAM_API_KEY=spare.value)
        account = self.scene.twilio.open("voice")
        self.account: list[Key] = []
        for number in range(3):
            key = self.scene.twilio.issue(f"key {number}", account.sid)
            self.account.append(key)
            self.scene.put(f"voice/twilio/{number}", TWILIO_API_KEY_SID=key.id, TWILIO_API_KEY_SECRET=key.value)
        (self.folder / "keys").mkdir()
        text = self.scene.configuration(self.data) + MORE.format(folder=self.folder)
        (self.folder / "credwatch.toml").write_text(text)

    def play(self, act: int) -> None:
        """The world as it is in this act."""
        self.clock.at = ACTS[act]
        trouble = State.DELETED if act == 2 else State.ALIVE
        self.first.state = State.ALIVE if act == 1 else State.DELETED
        for key in self.account:
            key.state = trouble
        path = self.folder / "keys" / "prod.env"
        path.write_text(f"DEEPGRAM_API_KEY={(self.second if act == 3 else self.first).value}\n")
        os.utime(path, times=(MONDAY.timestamp(), MONDAY.timestamp()))

    def rehearse(self) -> None:
        """Play it undisturbed, and keep the beginning of each command and what each act comes to."""
        for act in ACTS:
            self.play(act)
            for command in ("sweep", "deliver"):
                self.moments[act, command] = self._keep(f"{act}-{command}")
                self.disk.plan(traced=True)
                before, began = len(self.disk.trace.read_bytes()), time.monotonic()
                ended = self.run(command)
                assert ended.code == 0, ended
                self.lengths[act, command] = time.monotonic() - began
                self.counts[act, command] = Counter(
                    one.kind for one in self.disk.operations(before) if not one.path.name.endswith("-shm")
                )
            self.expected[act] = self.known()

    def _keep(self, name: str) -> Moment:
        kept = self.folder / "moments" / name
        if self.data.exists():
            shutil.copytree(self.data, kept)
        rooms = {room.name: copy.deepcopy(room.messages) for room in self.scene.slack.rooms.values()}
        return Moment(kept, rooms, self.disk.trace.read_bytes())

    def go_back(self, act: int, command: str) -> None:
        """To the moment before this command."""
        moment = self.moments[act, command]
        self.play(act)
        self.forget()
        if moment.data.exists():
            shutil.copytree(moment.data, self.data)
        self.scene.slack.failures.clear()
        for name, messages in moment.rooms.items():
            self.scene.slack.rooms[name].messages[:] = copy.deepcopy(messages)
        self.disk.trace.write_bytes(moment.trace)
        self.disk.known_anew()

    def forget(self) -> None:
        """No ledger, and nothing was ever said."""
        self.disk.plan()
        shutil.rmtree(self.data, ignore_errors=True)
        for room in self.scene.slack.rooms.values():
            room.messages.clear()
        self.disk.trace.write_bytes(b"")

    # -- runs ------------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """Of every run, and of its children."""
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return {**own, **self.disk.environment, **self.scene.environment}

    @property
    def config(self) -> tuple[str, str]:
        """How a run is told of the configuration."""
        return ("--config", str(self.folder / "credwatch.toml"))

    def begin(self, *arguments: str, later: timedelta = timedelta(0), **more: object) -> int:
        """Start a command; its process id."""
        self.requests.clear()
        at = self.clock.at + later + (SETTLED if arguments[0] == "deliver" else timedelta(0))
        return self.launcher.begin([*self.config, *arguments], self.environment, at, **more)

    def run(self, *arguments: str, later: timedelta = timedelta(0)) -> Ended:
        """A command to its end."""
        self.begin(*arguments, later=later)
        return self.launcher.end()

    def asked(self, name: str) -> int:
        """A run asks somebody; the number of its request. Several may be under way at once."""
        with self.counting:
            self.requests.append(name)
            return len(self.requests)

    def dying(self, number: int, *, taken: bool) -> bool:
        """Whether this request, taken or about to be, was the run's last."""
        if not self.dies((number, taken)):
            return False
        os.kill(self.launcher.running(), signal.SIGKILL)
        return True

    def killed(self, action: Action, first: int, *arguments: str, **plan: Any) -> bool:
        """Run a command that dies at this operation; False when it came to its end before."""
        self.disk.plan(action, first, **plan)
        ended = self.run(*arguments)
        self.disk.plan(traced=bool(plan.get("traced")))
        assert ended.code in (KILLED, 0), ended
        return ended.code == KILLED

    def cut(self, survives: Survives) -> None:
        """The directory becomes what a power cut leaves of it, after all that is on record."""
        shutil.rmtree(self.data, ignore_errors=True)
        for path, content in lying(self.disk.operations(), self.machine, survives).items():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(content)

    def go_on(self, command: str, later: timedelta = SETTLED) -> None:
        """What a person or the daemon does next: the same command again, and what follows it."""
        self.disk.plan()
        self.dies = never
        for step, following in enumerate(("sweep", "deliver")[command == "deliver" :], 1):
            ended = self.run(following, later=step * later)
            assert ended.code == 0, ended

    # -- what is there ---------------------------------------------------------------------------------------------

    def damage(self) -> list[tuple[Any, ...]]:
        """What SQLite finds wrong with the ledger as it lies there; it is looked at in a copy."""
        lying = self.folder / "lying"
        shutil.rmtree(lying, ignore_errors=True)
        if not (self.data / "credwatch.db").exists():
            return []
        shutil.copytree(self.data, lying)
        with closing(sqlite3.connect(lying / "credwatch.db")) as db:
            found = db.execute("pragma integrity_check").fetchall() + db.execute("pragma foreign_key_check").fetchall()
        return [row for row in found if row != ("ok",)]

    def known(self) -> Known:
        """What is known and was said."""
        return known({name: room.messages for name, room in self.scene.slack.rooms.items()}, self.data / "credwatch.db")
