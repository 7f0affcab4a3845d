"""The program run over such a stack at its most talkative, and all that it wrote meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import urllib3

from credwatch.sandbox.keys import State
from credwatch.sandbox.slack import Failure
from tests.end_to_end.world import World
from tests.leaks.canaries import Canaries

DEBUG = ("--log-level", "debug")
LATER = timedelta(minutes=16)
"""Every provider is due again."""
SERVED = ("/", "/health", "/api/v1/credentials", "/livez", "/readyz", "/metrics", "/calendar.ics")
_GLANCE = 0.002
_PATIENCE = 30.0
_HALFWAY = 100_000
"""Bytes in the ledger's log: some of the sightings."""


@dataclass
class Stack(World):
    """A world in which our own secrets lie in files, so that no environment holds one."""

    canaries: Canaries = field(default_factory=Canaries)
    written: dict[str, list[bytes]] = field(default_factory=dict)
    """Where it was written, and what."""

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
        self.environment = dict.fromkeys(self.scene.environment, "")

    @property
    def config(self) -> Path:
        """The configuration, with each reference to the environment led to a file."""
        path = self.folder / "credwatch.toml"
        if not path.exists():
            text = self.scene.configuration(self.data) + self.more
            for name, reference in self._references.items():
                text = text.replace(f"env:{name}", reference)
            path.write_text(text)
        return path

    def talk(self, *arguments: str) -> None:
        """Run a command to its end, whatever it comes to, and keep what it said."""
        process = self.start(*DEBUG, *arguments)
        with self._seen(process):
            out, err = process.communicate(timeout=120)
        self._keep("standard output", out.encode())
        self._keep("standard error", err.encode())

    def at_once(self, first: Sequence[str], *others: Sequence[str]) -> None:
        """Run a command that takes its time, and meanwhile the others one after the other."""
        with ThreadPoolExecutor(2) as crew:
            slow = crew.submit(self.talk, *first)
            for command in others:
                self.talk(*command)
            slow.result()

    def literal(self) -> Path:
        """A configuration in which somebody wrote secrets themselves."""
        path = self.folder / "literal.toml"
        secret = self.canaries.made("literal", 30, head="sk-/+%&= é")
        path.write_text(f'[slack]\ntoken = "{secret}"\n[providers.deepgram]\nuse = "deepgram"\nadmin = "{secret}"\n')
        return path

    def recover(self) -> None:
        """Nobody is down any more."""
        scene = self.scene
        for vendor in (scene.twilio, scene.deepgram, scene.elevenlabs, scene.openai):
            for each in vendor.keys:
                if each.state in {State.DOWN, State.RATE_LIMITED}:
                    each.state = State.ALIVE

    def served(self) -> None:
        """The watch as it stays, until it has looked once; and everything that it serves."""
        said: list[str] = []
        with self.start(*DEBUG, "run") as process, self._seen(process):
            assert process.stderr is not None
            assert process.stdout is not None
            hanging = threading.Timer(_PATIENCE, process.kill)
            hanging.start()
            for line in process.stderr:
                said.append(line)
                if "sweep ended with" in line:
                    break
            for address in re.findall(r"http://[0-9.:]+", "".join(said)):
                for path in SERVED:
                    reply = urllib3.request("GET", f"{address}{path}", retries=False)
                    head = f"{path} {reply.status} {dict(reply.headers)}\n"
                    self._keep("HTTP", head.encode() + reply.data)
            process.terminate()
            said += process.stderr.readlines()
            self._keep("standard output", process.stdout.read().encode())
            hanging.cancel()
        self._keep("standard error", "".join(said).encode())

    def killed(self) -> None:
        """Look, and be killed in the midst of writing."""
        for vendor in (self.scene.deepgram, self.scene.twilio):
            vendor.state, vendor.slowness = State.SLOW, _PATIENCE
        process = self.start(*DEBUG, "sweep", "--no-settle")
        log = self.data / "credwatch.db-wal"
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and not (log.exists() and log.stat().st_size > _HALFWAY):
            time.sleep(_GLANCE)
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        self._keep("standard output", out.encode())
        self._keep("standard error", err.encode())

    def collect(self) -> None:
        """What is kept, and what was told."""
        for path in sorted(self.data.rglob("*")):
            if path.is_file():
                self._keep("the data directory", f"{path.name}\n".encode() + path.read_bytes())
        for room in self.scene.slack.rooms.values():
            self._keep("Slack", json.dumps([vars(message) for message in room.messages]).encode())

    def _keep(self, where: str, what: bytes) -> None:
        self.written.setdefault(where, []).append(what)

    def _seen(self, process: subprocess.Popen[str]) -> Witness:
        return Witness(process.pid, self.written)


class Witness:
    """Reads, as long as its block lasts, what everybody on this machine may read of a process and its children."""

    def __init__(self, pid: int, written: dict[str, list[bytes]]) -> None:
        self._pid = pid
        self._written = written
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        seen: set[tuple[str, bytes]] = set()
        while not self._over.wait(_GLANCE):
            for pid in _family(self._pid):
                for name, where in (("cmdline", "command lines"), ("environ", "environments")):
                    with suppress(OSError):
                        seen.add((where, Path(f"/proc/{pid}/{name}").read_bytes()))
        for where, what in seen:
            self._written.setdefault(where, []).append(what)


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def run(stack: Stack) -> None:
    """Everything that a person, cron or the daemon would run, while vendors and channels fail."""
    stack.talk("config", "check")
    stack.talk("--config", str(stack.literal()), "config", "check")
    stack.talk("sweep", "--no-settle", "--json")
    stack.recover()
    stack.move(LATER)
    stack.served()
    stack.scene.slack.fail(Failure("server_error"), Failure("garbled"), Failure("error", "invalid_auth"))
    stack.at_once(("deliver",), ("status",), ("list", "--json"), ("history", "--json"), ("doctor",))
    stack.move(LATER)
    stack.at_once(("deliver",), ("check", str(stack.folder / "mounted")), ("show", "kv/voice/2#DEEPGRAM_API_KEY"))
    stack.killed()
    stack.collect()
    os.sync()
