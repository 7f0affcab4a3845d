"""Runs of the program as forks of one process that has loaded it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PYTHON = os.environ.get("CREDWATCH_TEST_PYTHON", sys.executable)
LAUNCHER = Path(__file__).with_name("launcher.py")
KILLED = -9


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What is said to a person beside the log. A daemon's children say it before the daemon does."""
        said = [line for line in self.err.splitlines() if not line.startswith('{"') or '"critical"' in line]
        return "; ".join(said) if all(line.startswith("credwatch: ") for line in said) else ""


class Launcher:
    """Runs commands in forks of a process that has loaded the program once."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [PYTHON, str(LAUNCHER)],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._running = 0
        self._begun = threading.Event()

    def begin(self, arguments: Sequence[str], environment: dict[str, str], at: datetime, **more: object) -> int:
        """Start one run; its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {
            "arguments": list(arguments),
            "environment": environment,
            "at": at.timestamp(),
            "folder": str(self._folder),
            "out": str(self._folder / "out"),
            "err": str(self._folder / "err"),
            **more,
        }
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._begun.clear()
        self._running = int(self._process.stdout.readline())
        self._begun.set()
        return self._running

    def running(self) -> int:
        """The process id of the run."""
        self._begun.wait(10)
        return self._running

    def end(self) -> Ended:
        """Wait for the end of the run."""
        assert self._process.stdout is not None
        code = int(self._process.stdout.readline())
        return Ended(code, (self._folder / "out").read_text(), (self._folder / "err").read_text())

    def load(self, names: Sequence[str], environment: dict[str, str], at: datetime, **more: object) -> None:
        """From now on these modules need not be imported again, nor what `first`, a script, does be done again."""
        self.begin(["--version"], environment, at, load=list(names), **more)
        assert self.end().code == 0

    def close(self) -> None:
        """No further run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
