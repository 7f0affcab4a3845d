"""Children: what one process takes, and servers that end with this one. Nothing is left running.

A child's peak of memory counts from its fork, so it is never less than our own: this package imports nothing large in the
process that measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MIB = 1 << 20
_LIMIT = 900.0
"""Seconds after which a child is stuck, on however slow a machine."""


@dataclass(frozen=True)
class Ended:
    """One process, from its start to its end."""

    code: int
    seconds: float
    cpu: float
    """Seconds of processor time, its own and the system's for it."""
    peak: int
    """Bytes."""
    out: str

    def json(self) -> Any:
        """What it printed."""
        return json.loads(self.out)


class ChildError(Exception):
    """A child ended as it should not."""


def environment(home: Path) -> dict[str, str]:
    """What every child sees: nothing of the person's own settings."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LANG": "C.UTF-8"}


def run(command: Sequence[str | Path], home: Path, *, expected: Sequence[int] = (0,), cwd: Path = ROOT) -> Ended:
    """Run it to its end. ChildError when it ended with another code than expected."""
    with tempfile.TemporaryFile(dir=home) as out, tempfile.TemporaryFile(dir=home) as err:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=cwd, env=environment(home))
        stuck = threading.Timer(_LIMIT, child.kill)
        stuck.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        finally:
            stuck.cancel()
        seconds = time.monotonic() - began
        child.returncode = code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complaint = out.read().decode(), err.read().decode()
    if code not in expected:
        raise ChildError(f"{command} ended with {code}\n{said[-2000:]}\n{complaint[-2000:]}")
    return Ended(code, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, said)


def ours(config: Path, *arguments: str) -> list[str | Path]:
    """A command of credwatch."""
    return [sys.executable, "-m", "credwatch", "--config", config, *arguments]


def bare(module: str, *arguments: object) -> list[str | Path]:
    """A module of this package as a process of its own."""
    return [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]


class Server:
    """A server in a process of its own, as long as its standard input is open: it ends when we do, however we end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said: dict[str, Any] = self.ask()

    def cpu(self) -> float:
        """The seconds of processor time that it has used so far."""
        after_name = (
            Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        )
        return sum(int(ticks) for ticks in after_name.split()[11:13]) / os.sysconf("SC_CLK_TCK")

    def ask(self, question: str = "") -> dict[str, Any]:
        """Its next line, after it was asked something."""
        assert self._process.stdin is not None  # noqa: S101  both are pipes
        assert self._process.stdout is not None  # noqa: S101  the same
        if question:
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ChildError(f"{self._process.args!r} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def server(module: str, home: Path, *arguments: object) -> Iterator[Server]:
    """A module of this package that prints a line of JSON when it is ready, and a line for each line it is sent."""
    command, pipe = bare(module, *arguments), subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment(home), text=True)
    try:
        yield Server(process)
    finally:
        process.terminate()
        process.communicate(timeout=30)
