"""The program as a child process, with what it used of memory; no row may show a traceback or a value."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("CREDWATCH_TEST_PYTHON", sys.executable)
"""The interpreter that has the program: the built wheel's own, where CI names it."""
CANARY = "cnry7Qm2"
"""Stands in every value that is nobody's business."""
HUMBLY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
MEASURED = """
import resource, subprocess, sys
_, peak, seconds, *command = sys.argv
code = subprocess.run(command, timeout=float(seconds)).returncode
with open(peak, "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code if code >= 0 else 128 - code)
"""
"""Runs a command from a small process: a child's peak of memory is never less than that of whoever starts it."""
TOO_LONG = 3_000.0 if os.environ.get("CREDWATCH_TEST_LARGE") else 300.0
"""Seconds; what waits for ever is ended then. A busy machine needs a tenth of it."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str
    peak: float
    """MiB of memory at most."""

    @property
    def said(self) -> str:
        """All that was written."""
        return self.out + self.err

    @property
    def json(self) -> Any:
        """What a command with --json printed."""
        return json.loads(self.out)


@dataclass
class Hand:
    """Runs commands in a folder, as a person would."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def configure(self, text: str, *, data: bool = True) -> None:
        """The configuration, remembered in the folder."""
        daemon = f'[daemon]\ndata = "{self.folder}/data"\nephemeral = true\n' if data else ""
        (self.folder / "watch.toml").write_text(text + daemon)

    def __call__(self, *arguments: str | bytes, config: bool = True, humbly: bool = False) -> Done:
        """One command to its end; `humbly`: rights of files count, for root too."""
        named: tuple[str | bytes, ...] = ("--config", "watch.toml") if config else ()
        before = HUMBLY if humbly and os.geteuid() == 0 else ()
        measured = (sys.executable, "-S", "-c", MEASURED, "peak", str(TOO_LONG))
        with (self.folder / "out").open("w+b") as out, (self.folder / "err").open("w+b") as err:
            process = subprocess.run(
                [*measured, *before, PYTHON, "-m", "credwatch", *named, *arguments],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=False,
            )
        peak = int(self._read("peak")) / 1024
        done = Done(process.returncode, self._read("out"), self._read("err"), peak)
        assert "Traceback" not in done.said, done.err
        assert CANARY not in done.said, "a value was shown"
        return done

    def _read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode("utf-8", "surrogateescape")


def held(hand: Hand) -> list[str]:
    """The places that are known to hold something now."""
    with closing(sqlite3.connect(hand.folder / "data" / "credwatch.db")) as db:
        return [place for (place,) in db.execute("select place from copy where ended_at is null order by place")]
