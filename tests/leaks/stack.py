"""A world of canaries, and the program run in it at its most talkative, with all that it wrote meanwhile."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from credwatch.sandbox.keys import State
from tests.end_to_end.world import PYTHON, World
from tests.leaks.canaries import Canaries
from tests.leaks.gateway import Received
from tests.leaks.witness import GLANCE, Witness, Written

PATHS = ("/", "/health", "/api/v1/credentials", "/livez", "/readyz", "/metrics", "/calendar.ics")
DEBUG = ("--log-level", "debug")
PATIENCE = 60.0
_HALFWAY = 20_000
"""Bytes in the ledger's log: some of the sightings."""
AGAIN = urllib3.Retry(5, redirect=False, allowed_methods=None)
"""Who is refused is hung up on, maybe while something else is being asked."""
UNLIMITED = ("sh", "-c", 'ulimit -c "$(ulimit -H -c)"; exec "$0" "$@"')
"""A shell that allows core files, as far as it may."""


@dataclass
class Stack(World):
    """A world in which our own secrets lie in files, so that no environment holds one."""

    canaries: Canaries = field(default_factory=Canaries)
    written: Written = field(default_factory=dict)
    """Where it was written, and what."""
    slack: Received | None = None
    """What the Slack received."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Of the scene, and to where they are led instead."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.scene.slack.token = self.canaries.made("our own, Slack", 40, head="xoxb-")
        self.canaries.kept("our own, Vault", self.scene.vault.root)
        self._references = {
            name: self.canaries.file(self.folder, name.lower(), value)
            for name, value in self.scene.environment.items()
            if name.startswith("VAULT")
        }
        slack = self.canaries.file(self.folder, "slack", self.scene.slack.token)
        self._references["SLACK_TOKEN_OF_THE_WATCH"] = slack
        self.own = {name: self.folder / name for name in ("tmp", "home", "work")}
        for directory in self.own.values():
            directory.mkdir()
        self.environment = dict.fromkeys(self.scene.environment, "") | {
            "PYTHONFAULTHANDLER": "1",
            "PYTHONWARNINGS": "default",
            "TMPDIR": str(self.own["tmp"]),
            "HOME": str(self.own["home"]),
        }

    @property
    def config(self) -> Path:
        """The configuration, with each reference to the environment led to a file."""
        path = self.folder / "credwatch.toml"
        if not path.exists():
            path.write_text(self.text(self.data))
        return path

    def text(self, data: Path) -> str:
        """The configuration that remembers in this directory."""
        key = self.canaries.made("our own, for fingerprints", 40)
        reference = self.canaries.file(self.folder, f"fingerprint-{data.name}", key)
        text = self.scene.configuration(data) + self.more
        text = text.replace("ephemeral = true\n", f'ephemeral = true\nfingerprint_key = "{reference}"\n')
        for name, file in self._references.items():
            text = text.replace(f"env:{name}", file)
        for address, instead in self.addresses.items():
            text = text.replace(address, instead)
        return text

    # -- running -------------------------------------------------------------------------------------------------

    def command(self, *arguments: str, config: Path | None = None) -> list[str]:
        """Our program, at its most talkative."""
        return [PYTHON, "-m", "credwatch", "--config", str(config or self.config), *DEBUG, *arguments]

    def begin(self, command: Sequence[str], more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Anything, in directories of its own."""
        clock = self.wallclock.environment
        environment = {"PATH": os.environ["PATH"], **clock, **self.environment, **(more or {})}
        return subprocess.Popen(
            command, env=environment, cwd=self.own["work"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def hear(self, command: Sequence[str], more: Mapping[str, str] | None = None, *, stop: float = PATIENCE) -> int:
        """Run anything to its end, whatever it comes to, and keep what it said; its exit code. After so long it is asked
        to stop.
        """
        with self.begin(command, more) as process, self.seen(process):
            asking = threading.Timer(stop, process.terminate)
            asking.start()
            out, err = process.communicate(timeout=2 * PATIENCE)
            asking.cancel()
        self.keep("standard output", out)
        self.keep("standard error", err)
        return process.returncode

    def talk(self, *arguments: str, config: Path | None = None, stop: float = PATIENCE) -> int:
        """One of our commands."""
        return self.hear(self.command(*arguments, config=config), stop=stop)

    def at_once(self, first: Sequence[str], *others: Sequence[str]) -> None:
        """Run a command that takes its time, and meanwhile the others one after the other."""
        with ThreadPoolExecutor(2) as crew:
            slow = crew.submit(self.talk, *first)
            for command in others:
                self.talk(*command)
            slow.result()

    def struck(self, *signals: int) -> int:
        """Look, and be struck in the midst of writing, where core files are allowed; the exit code."""
        for vendor in (self.scene.deepgram, self.scene.twilio):
            vendor.state, vendor.slowness = State.SLOW, PATIENCE
        log = self.data / "credwatch.db-wal"
        before = self._tries()
        with self.begin([*UNLIMITED, *self.command("sweep", "--no-settle")]) as process, self.seen(process):
            _until(lambda: process.poll() is not None or (self._tries() > before and _size(log) > _HALFWAY))
            self.keep("limits", Path(f"/proc/{process.pid}/limits").read_bytes())
            for number in signals:
                process.send_signal(number)
                time.sleep(10 * GLANCE)
            out, err = process.communicate(timeout=PATIENCE)
        for vendor in (self.scene.deepgram, self.scene.twilio):
            vendor.state = State.ALIVE
        self.keep("standard output", out)
        self.keep("standard error", err)
        return process.returncode

    def served(self, command: str, paths: Sequence[tuple[str, str, Mapping[str, str]]], garbled: bytes) -> None:
        """What stays, until it has looked once, or can be asked; and everything that it answers to these."""
        said: list[bytes] = []
        with self.begin(self.command(command)) as process, self.seen(process):
            assert process.stderr is not None
            assert process.stdout is not None
            hanging = threading.Timer(PATIENCE, process.kill)
            hanging.start()
            stream = process.stderr if command == "run" else process.stdout
            for line in stream:
                said.append(line)
                if b"sweep ended with" in line or b"The page is at" in line:
                    break
            for address in re.findall(r"http://[0-9.:]+", b"".join(said).decode()):
                for method, path, headers in paths:
                    reply = urllib3.request(method, f"{address}{path}", headers=dict(headers), retries=AGAIN)
                    head = f"{method} {path if path in PATHS else '…'} {reply.status} "
                    self.keep("HTTP", f"{head}{dict(reply.headers)}\n".encode() + reply.data)
                self.keep("HTTP", b"- - " + _answer(address, garbled).partition(b" ")[2])
            process.terminate()
            rest = process.communicate(timeout=PATIENCE)
            hanging.cancel()
        self.keep("standard output", b"".join(said) + rest[0] if command != "run" else rest[0])
        self.keep("standard error", b"".join(said) + rest[1] if command == "run" else rest[1])

    # -- what was written ----------------------------------------------------------------------------------------

    def keep(self, where: str, what: bytes) -> None:
        """It was written there."""
        self.written.setdefault(where, []).append(what)

    @contextmanager
    def seen(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Watched from outside."""
        with Witness(process.pid, self.own.values(), self.written):
            yield

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """An environment that holds secrets is not looked at."""
        before = self.written.pop("environments", [])
        yield
        self.written["environments"] = before

    def collect(self) -> None:
        """What is kept, and what was told."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.parts[len(self.folder.parts)]
            if path.is_file() and inside.startswith("data"):
                self.keep("the data directory", f"{path.name}\n".encode() + path.read_bytes())
            elif path.is_file() and inside in self.own:
                self.keep("what was left behind", f"{path.name}\n".encode() + path.read_bytes())
        for room in self.scene.slack.rooms.values():
            self.keep("Slack", json.dumps([vars(message) for message in room.messages]).encode())
        for request in self.slack.requests if self.slack else ():
            self.keep("what Slack received", request)

    def _tries(self) -> int:
        return sum(len(server.requests) for name, server in self.scene.servers.items() if name != "slack")


def _answer(address: str, request: bytes) -> bytes:
    """What comes back for these bytes, whatever they are."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(request)
        return connection.recv(1 << 16)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and not true():
        time.sleep(GLANCE)
