"""run and window as real processes, with everything that belongs to them."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PYTHON = os.environ.get("CREDWATCH_TEST_PYTHON", sys.executable)
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
SDKS = {
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "urllib3",
    "rich",
    "boto3",
    "botocore",
    "hvac",
    "google",
    "grpc",
    "slack_sdk",
    "cryptography",
    "requests",
    "credwatch_providers",
}


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

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command, its words going to files: nobody has to read them while it runs."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with (self.folder / "log").open("a") as log, (self.folder / "out").open("a") as out:
            process = subprocess.Popen(
                [PYTHON, "-m", "credwatch", "--config", str(self.folder / "credwatch.toml"), *arguments],
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

    def port(self, words: str = "listening on") -> int:
        """The first port that was named."""
        until(lambda: self.said(words))
        line = self.said(words)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line["message"] if line else "")
        assert found
        return int(found[1])

    def running(self) -> subprocess.Popen[str]:
        """The watch, after its first look."""
        process = self.start("run")
        until(lambda: self.said("sweep ended"))
        return process


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path, f"cnry{secrets.token_hex(16)}")
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


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


def memory(process: int) -> bytes:
    """Everything that the process can write to, as it is now."""
    found = []
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as mem:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if rights.startswith("rw") and "[v" not in line:
                begin, end = (int(number, 16) for number in span.split("-"))
                mem.seek(begin)
                found.append(mem.read(end - begin))
    return b"\0".join(found)


def test_the_process_that_listens_never_holds_a_watched_secret(stack: Stack) -> None:
    process = stack.running()
    port = stack.port()
    for path in "/livez", "/readyz", "/metrics":
        assert ask(port, path)[0] == 200
    assert 'status="ok",vendor="unknown"' in ask(port, "/metrics")[1]
    held = memory(process.pid)

    assert b"shelf-of-the-test" in held
    for form in stack.canary, base64.b64encode(stack.canary.encode()).decode():
        assert form.encode() not in held
    written = b"".join(
        path.read_bytes() for path in stack.folder.rglob("*") if path.is_file() and path.name != "crm.env"
    )
    assert stack.canary.encode() not in written


def test_it_loads_no_sdk_and_no_plug_in(stack: Stack) -> None:
    modules = "credwatch.cli.running, credwatch.daemon.clockwork, credwatch.daemon.jobs, credwatch.web.metrics, credwatch.alerts, sys"
    names = subprocess.check_output([PYTHON, "-c", f"import {modules}; print(*sys.modules)"], text=True).split()
    assert "apscheduler" in names
    assert "uvicorn" in names
    assert not SDKS & {name.partition(".")[0] for name in names}

    process = stack.running()
    maps = Path(f"/proc/{process.pid}/maps").read_text()
    assert "libsqlite3" in maps
    assert not [sdk for sdk in ("pydantic_core", "cryptography", "grpc", "google") if f"/{sdk}/" in maps]


def test_idle_it_is_small(stack: Stack) -> None:
    process = stack.running()
    status = Path(f"/proc/{process.pid}/status").read_text()

    assert int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) < 64_000


def test_asked_to_stop_it_ends_well(stack: Stack) -> None:
    process = stack.running()
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=50) == 0


def test_it_looks_and_says_so_in_one_line_for_each_job(stack: Stack) -> None:
    stack.running()
    line = stack.said("sweep ended")
    assert line is not None

    assert (line["command"], line["exit_code"], line["level"]) == ("sweep", 0, "info")
    assert 0 < line["seconds"] < 60


def test_a_wrong_edit_changes_nothing_and_a_right_one_does(stack: Stack) -> None:
    process = stack.running()
    stack.configure("[providers.new]\nuse = 'no-such-plug-in'\n")
    process.send_signal(signal.SIGHUP)
    until(lambda: stack.said("the configuration stays as it was"))
    stack.configure("[providers.new]\nuse = 'files'\npaths = ['/nowhere']\n")
    process.send_signal(signal.SIGHUP)
    until(lambda: stack.said("the configuration was read again: 3 providers"))

    assert process.poll() is None


def test_a_wrong_configuration_does_not_start(stack: Stack) -> None:
    stack.configure("[providers.new]\nuse = 'no-such-plug-in'\n")

    assert stack.start("run").wait(timeout=60) == 78
    assert (
        "line 17: [providers.new] use: no plug-in of this name"
        in (stack.folder / "log").read_text() + (stack.folder / "out").read_text()
    )


def test_a_second_watch_is_told_who_is_there(stack: Stack) -> None:
    process = stack.running()

    assert stack.start("run").wait(timeout=60) == 75
    assert f"daemon-watch.lock is held by process {process.pid}." in (stack.folder / "log").read_text()


def test_without_the_window_only_the_probes_are_served(stack: Stack) -> None:
    stack.start("run", "--no-window")
    port = stack.port()
    line = stack.said("listening on")

    assert line is not None
    assert line["message"].count("http://") == 1
    assert ask(port, "/livez")[0] == 200
    assert ask(port, "/")[0] == 404


def test_the_window_alone_waits_for_a_ledger_and_then_shows_it(stack: Stack) -> None:
    window = stack.start("window")
    out = stack.folder / "out"
    until(lambda: "The page is at" in out.read_text())
    port = int(out.read_text().rpartition(":")[2].rstrip("/\n"))

    status, text = ask(port, "/health")
    assert status == 503
    assert "there is no ledger" in text
    assert stack.start("sweep").wait(timeout=60) == 0
    assert ask(port, "/health")[0] == 200
    assert "shelf-of-the-test" in ask(port, "/")[1]
    assert stack.canary.encode() not in memory(window.pid)
    window.send_signal(signal.SIGTERM)
    assert window.wait(timeout=20) == 0
