"""The program as a child process, against a scene that the test changes while the program is not looking."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from credwatch.clock import SystemClock
from credwatch.sandbox.scene import Scene
from tests.servers.wallclock import Wallclock

PYTHON = os.environ.get("CREDWATCH_TEST_PYTHON", sys.executable)
"""The interpreter that has the program: the built wheel's own, where CI names it."""
DAY = timedelta(days=1)


class Moved(SystemClock):
    """The clock of the scene, which the test moves with that of the children."""

    def __init__(self) -> None:
        self.shift = timedelta(0)

    def now(self) -> datetime:
        """The shifted wall clock."""
        return super().now() + self.shift


@dataclass
class World:
    """One stack: its scene, its configuration, its data directory and its wall clock. It begins on a Monday at ten."""

    folder: Path
    scene: Scene
    clock: Moved
    wallclock: Wallclock
    more: str = ""
    """TOML beside that of the scene."""
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        today = self.clock.now().replace(hour=10, minute=0, second=0, microsecond=0)
        self.move(today + timedelta(days=7 - today.weekday()) - self.clock.now())

    @property
    def config(self) -> Path:
        """The configuration as it is now."""
        path = self.folder / "credwatch.toml"
        path.write_text(self.scene.configuration(self.data) + self.more)
        return path

    @property
    def data(self) -> Path:
        """Where the ledger is."""
        return self.folder / "data"

    @property
    def now(self) -> datetime:
        """What time the program's children see."""
        return self.clock.now()

    def move(self, by: timedelta) -> None:
        """Time passes."""
        self.clock.shift += by
        self.wallclock.move(self.clock.shift)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command, running."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return subprocess.Popen(
            [PYTHON, "-m", "credwatch", "--config", str(self.config), *arguments],
            env={**environment, **self.scene.environment, **self.wallclock.environment, **self.environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int | None = 0) -> str:
        """A command to its end; what it printed. Its exit code is checked unless None is given."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert code is None or process.returncode == code, f"{arguments} ended with {process.returncode}\n{out}\n{err}"
        return out

    def sweep(self, *providers: str, code: int | None = 0) -> dict[str, Any]:
        """One look, without waiting to settle."""
        swept: dict[str, Any] = json.loads(self.run("sweep", "--no-settle", "--json", *providers, code=code))
        return swept

    def settled(self, code: int | None = 0) -> None:
        """A look, five minutes, and a look: what a sweep that settles comes to."""
        self.sweep(code=code)
        self.move(timedelta(minutes=5, seconds=1))
        self.sweep(code=code)

    def deliver(self) -> None:
        """Tell what is to be told now."""
        self.run("deliver")

    def look_and_tell(self, code: int | None = 0) -> None:
        """A settled look, and what follows."""
        self.settled(code)
        self.deliver()

    def said(self, channel: str) -> list[str]:
        """The first lines in a channel, threads left out."""
        return self.scene.slack.rooms[channel].texts()

    def shown(self, channel: str) -> str:
        """All that was ever posted in a channel, as JSON: first lines, blocks and threads."""
        return json.dumps([vars(message) for message in self.scene.slack.rooms[channel].messages])

    def pages(self) -> list[str]:
        """What the on-call was woken by."""
        return self.said("voice-oncall")


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL, and wait for the end."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
