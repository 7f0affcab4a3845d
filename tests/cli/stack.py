"""run and window as real processes on a configuration of the test's own."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("CREDWATCH_TEST_PYTHON", sys.executable)
PROGRAM = (PYTHON, "-m", "credwatch")
CONFIGURATION = """
[daemon]
data = "{folder}/data"
ephemeral = true
[web]
window = "127.0.0.1:0"
probes = "127.0.0.1:0"
[providers.shelf-of-the-test]
use = "files"
paths = ["{folder}/keys"]
[providers.crm]
use = "http"
request = "GET http://127.0.0.1:9/me"
header = "Authorization: Bearer {{secret}}"
valid = [{{ status = 200 }}]
"""


@dataclass
class Stack:
    """One configuration and the processes that run on it."""

    folder: Path
    canary: str

    def __post_init__(self) -> None:
        (self.folder / "keys").mkdir()
        (self.folder / "keys" / "crm.env").write_text(f"CRM_TOKEN={self.canary}\n")
        self.processes: list[subprocess.Popen[str]] = []
        self.configure()

    def configure(self, more: str = "") -> None:
        (self.folder / "credwatch.toml").write_text(CONFIGURATION.format(folder=self.folder) + more)

    def start(self, *arguments: str, program: tuple[str, ...] = PROGRAM) -> subprocess.Popen[str]:
        """A command, its words going to files: nobody has to read them while it runs."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with (self.folder / "log").open("a") as log, (self.folder / "out").open("a") as out:
            process = subprocess.Popen(
                [*program, "--config", str(self.folder / "credwatch.toml"), *arguments],
                env=environment,
                cwd=self.folder,
                stdout=out,
                stderr=log,
                text=True,
            )
        self.processes.append(process)
        return process

    def log(self) -> list[dict[str, Any]]:
        """The lines that are JSON."""
        path = self.folder / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def said(self, words: str) -> dict[str, Any] | None:
        """The first line with these words."""
        return next((line for line in self.log() if words in line["message"]), None)

    def port(self, words: str = "listening on", number: int = 0) -> int:
        """The first port that was named, or a later one."""
        until(lambda: self.said(words))
        line = self.said(words)
        found = re.findall(r"http://127\.0\.0\.1:(\d+)", line["message"] if line else "")
        return int(found[number])

    def running(self) -> subprocess.Popen[str]:
        """The watch, after its first look."""
        process = self.start("run")
        until(lambda: self.said("sweep ended"))
        return process


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
