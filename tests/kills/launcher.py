"""Runs the program again and again without importing it again: each run is a fork of this process.

A line on standard input is a run, as JSON; the answers are its process id when it has begun, and its exit code.
"""

from __future__ import annotations

import gc
import importlib
import json
import mmap
import os
import runpy
import signal
import struct
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


class Patient:
    """Begins at a given time. Whoever waits, waits no time at all, and it is later; a daemon waits as ever."""

    def __init__(self, begins: float, *, daemon: bool) -> None:
        self._daemon = daemon
        self._begins = datetime.fromtimestamp(begins, UTC)
        self._at = time.monotonic()
        self._waited = 0.0

    def now(self) -> datetime:
        """The time that was given, and what has passed since."""
        return self._begins + timedelta(seconds=self.monotonic() - self._at)

    def monotonic(self) -> float:
        """Goes on by what was waited."""
        return time.monotonic() + self._waited

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """At once, but for a daemon, whose children take their time."""
        if self._daemon:
            return not stop.wait(seconds)
        self._waited += max(seconds, 0.0)
        return not stop.is_set()


class Shared:
    """Reads the same shift as the servers around it. Whoever waits moves it, and no time passes."""

    _shift = struct.Struct("d")

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:  # noqa: PTH123  a path in a line of JSON
            self._memory = mmap.mmap(file.fileno(), self._shift.size)
        self._waited = 0.0

    def now(self) -> datetime:
        """The time of all of them."""
        return datetime.fromtimestamp(time.time() + self._shift.unpack(self._memory[:])[0], UTC)

    def monotonic(self) -> float:
        """Goes on by what was waited here."""
        return time.monotonic() + self._waited

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """At once, and it is later for everybody."""
        if not stop.is_set():
            self._waited += max(seconds, 0.0)
            self._memory[:] = self._shift.pack(self._shift.unpack(self._memory[:])[0] + max(seconds, 0.0))
        return not stop.is_set()


def run(wanted: dict[str, Any]) -> int:
    """One command, as `credwatch` in a process of its own would run it; what it loaded is written down."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, path in ((1, wanted["out"]), (2, wanted["err"])):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, stream)
        os.close(file)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    from credwatch.cli import main  # noqa: PLC0415  loaded as the program loads it

    own = Shared(wanted["clock"]) if "clock" in wanted else Patient(wanted["at"], daemon="run" in wanted["arguments"])
    try:
        code = main(wanted["arguments"], clock=own)
    finally:
        if wanted.get("modules"):
            Path(wanted["modules"]).write_text("\n".join(sys.modules))
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        for name in wanted.get("load", ()):
            with suppress(ImportError):
                importlib.import_module(name)
        if "first" in wanted:
            runpy.run_path(wanted["first"], {"CONFIG": wanted["config"]})
            gc.freeze()
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = run(wanted)
            finally:
                os._exit(code)
        answer(child)
        if "dies_after" in wanted:
            time.sleep(wanted["dies_after"])
            os.kill(child, signal.SIGKILL)
        answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
