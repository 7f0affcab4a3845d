"""A daemon whose commands are a script of ours, and a clock that is moved by hand while it runs."""

from __future__ import annotations

import json
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from credwatch.config.configuration import Config
from credwatch.config.loading import load
from credwatch.config.terms import Terms
from credwatch.daemon.accepted import Reading
from credwatch.daemon.children import Children
from credwatch.daemon.clockwork import ALL, Daemon, Paces
from credwatch.daemon.opening import Opening
from credwatch.daemon.rounds import phase, slot
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from credwatch.model import Facts
from credwatch.model.rotating import Rotation, State, Target, Turn

LAUNCHER = """
import json, pathlib, signal, sys, time

folder = pathlib.Path(__file__).parent
said = json.dumps(sys.argv[1:]) + "\\n"
arguments = [one for one in sys.argv[1:] if not one.startswith("/") and one != "--config"]
wish = folder / ("ledger" if "--ledger" in arguments else arguments[0])
does = wish.read_text() if wish.exists() else "0"
if does == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with (folder / "started").open("a") as file:
    file.write(said)
if "--terms" in arguments:
    print((folder / "terms").read_text(), flush=True)
if does in {"deaf", "hang"}:
    time.sleep(600)
sys.exit(int(does))
"""
PACES = Paces(*(timedelta(seconds=seconds) for seconds in (0.02, 0.05, 0.05, 0.05)))
TABLES = """
[daemon]
data = "{data}"
[web]
window = "127.0.0.1:0"
probes = "127.0.0.1:0"
[providers.one]
use = "files"
paths = ["/nowhere"]
[providers.two]
use = "files"
paths = ["/nowhere"]
every = "1h"
"""


class Moved:
    """The machine's own clocks, shifted."""

    def __init__(self) -> None:
        self.wall = timedelta(0)
        self.more = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wall

    def monotonic(self) -> float:
        return time.monotonic() + self.more

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return not stop.wait(min(seconds, 0.02))

    def move(self, by: timedelta) -> None:
        """Time passes: both clocks go on."""
        self.wall += by
        self.more += by.total_seconds()


@dataclass
class World:
    """One data directory, one configuration, one script; every interval began a minute ago."""

    folder: Path
    clock: Moved = field(default_factory=Moved)
    stop: threading.Event = field(default_factory=threading.Event)
    reload: threading.Event = field(default_factory=threading.Event)
    mounts: str = ""
    error: BaseException | None = None
    paces: Paces = PACES
    does: frozenset[str] = ALL

    def __post_init__(self) -> None:
        (self.folder / "launcher.py").write_text(LAUNCHER)
        self.configure(TABLES)
        self.ledger().shut()
        began = slot(self.clock.now(), timedelta(hours=1), phase(f"{socket.gethostname()}:{self.data}"))
        self.clock.wall = began + timedelta(minutes=1) - datetime.now(UTC)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-I", "-S", str(self.folder / "launcher.py"))

    def configure(self, text: str) -> None:
        (self.folder / "credwatch.toml").write_text(text.format(data=self.data))
        (self.folder / "terms").write_text(self.load().terms.written())

    def load(self) -> Config:
        return load(self.folder / "credwatch.toml", {})

    def wish(self, command: str, does: str) -> None:
        """From now on this command exits with that code, hangs, or is deaf to SIGTERM too; "ledger" is the making of one."""
        (self.folder / command).write_text(does)

    def run(self) -> None:
        """The whole life of a daemon."""
        self._begin(self._open(timedelta(seconds=50)))

    def start(self, grace: timedelta = timedelta(seconds=50)) -> threading.Thread:
        """A daemon that runs until the end of the test, or until it is stopped."""
        self.opening = self._open(grace)

        def run() -> None:
            try:
                self._begin(self.opening)
            except BaseException as error:  # noqa: BLE001  it is looked at by the test
                self.error = error

        thread = threading.Thread(target=run, name="daemon under test")
        thread.start()
        return thread

    def _open(self, grace: timedelta) -> Opening:
        children = Children(self.command, self.clock, self.stop, grace)
        where = ("--config", str(self.folder / "credwatch.toml"))
        return Opening(self.clock, self.stop, children, lambda: Reading.begun(children, where))

    def _begin(self, opening: Opening) -> None:
        def watch(terms: Terms, reading: Reading) -> None:
            Daemon(terms, opening, mounts=self.mounts, paces=self.paces, does=self.does).run(reading, self.reload)

        opening.begin(None, watch)

    def ready(self) -> bool:
        """It has begun."""
        return self.opening.heart.ready()

    def started(self, command: str) -> list[list[str]]:
        """The further arguments with which this command was started, each time."""
        path = self.folder / "started"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [line[line.index(command) + 1 :] for line in lines if command in line]

    def ledger(self) -> Ledger:
        return Ledger.open(self.data, now=self.clock.now(), mounts="")

    def looked_at(self, *names: str) -> None:
        """As a sweep of these would leave the ledger."""
        with self.ledger() as ledger:
            configured = dict.fromkeys(self.load().providers, "1")
            number = ledger.begin(names, configured=configured, uses={}, rules="", now=self.clock.now())
            for name in names:
                ledger.ended(number, name, complete=True, now=self.clock.now())

    def rotates(self, **fields: object) -> None:
        """As a rotation under way would leave the ledger."""
        target = Target("one:a#A", "one", "a", {"key": "A"})
        begun = Rotation("01M7WXABB036YFRXZRZFP85T3T", "c-1", "some-key", "", Facts(), "f", State.GRACE, (target,))
        with self.ledger() as ledger:
            journal = Journal(ledger)
            now = self.clock.now()
            journal.move(journal.begin(begun, now), Turn(at=now - timedelta(minutes=1), changes=fields), now)

    def news(self) -> None:
        """Something that has to be told now."""
        with self.ledger() as ledger, ledger.transaction() as db:
            _page(db, int(self.clock.now().timestamp() * 1000))


def _page(db: sqlite3.Connection, now: int) -> None:
    db.execute(
        "insert into incident (id, about, subject, step, opened_at, moved_at)"
        " values ('cw-1', 'provider', 'one', 'blind', ?1, ?1)",
        (now,),
    )
    db.execute(
        "insert into outbox (dedupe_key, incident_id, about, subject, step, level, created_at)"
        " values ('incident:cw-1:blind', 'cw-1', 'provider', 'one', 'blind', 'page', ?)",
        (now,),
    )


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)
