"""The daemon as a real process: its disk fills up, its clock jumps, it is killed. It says so, and goes on by itself."""

from __future__ import annotations

import errno
import http.client
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.kills.forks import PYTHON
from tests.kills.known import plain
from tests.kills.world import DAY, Stack
from tests.servers.disk import FROM_THEN_ON, Action, Kind
from tests.servers.wallclock import Wallclock

BLIND = "Blind: credwatch cannot use its ledger, so it looks at nothing and tells nothing"


class Daemon:
    """`credwatch run`, every second, on the disk and the clock of a test."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.clock = Wallclock(folder)
        self.log = folder / "log"
        self.config = folder / "credwatch.toml"
        text = (stack.folder / "credwatch.toml").read_text()
        self.config.write_text(text.replace("ephemeral = true", 'ephemeral = true\nevery = "1s"'))
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """One more; the log is that of the newest."""
        preloaded = " ".join(one["LD_PRELOAD"] for one in (self.stack.environment, self.clock.environment))
        environment = {**self.stack.environment, **self.clock.environment, "LD_PRELOAD": preloaded}
        with self.log.open("wb") as log:
            command = [PYTHON, "-m", "credwatch", "--config", str(self.config), "run"]
            self.process = subprocess.Popen(command, env=environment, cwd=self.stack.folder, stderr=log)
        return self.process

    def said(self, words: str) -> int:
        """How often the log says it."""
        return self.log.read_text().count(words)

    def says_more(self, words: str, before: int) -> bool:
        """Whether the log says it more often than before, by more than what was under way then."""
        return self.said(words) > before + (words.startswith("sweep"))

    def ask(self, path: str) -> tuple[int, str]:
        """What the probes answer; 0 while nobody does."""
        listening = re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.log.read_text())
        if listening is None:
            return 0, ""
        connection = http.client.HTTPConnection("127.0.0.1", int(listening[1]), timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def until(self, so: Callable[[], object]) -> None:
        """A busy machine is waited for."""
        deadline = time.monotonic() + 90
        while not so():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def stop(self) -> int:
        """Asked to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def daemon(stack: Stack, tmp_path: Path) -> Iterator[Daemon]:
    """It has looked, told its summary, and is ready."""
    stack.go_back(1, "sweep")
    daemon = Daemon(stack, tmp_path)
    try:
        daemon.until(lambda: daemon.said("deliver ended with 0") > 0 and daemon.ask("/readyz")[0] == 200)
        yield daemon
    finally:
        stack.disk.plan()
        with suppress(ProcessLookupError):
            daemon.process.kill()
        daemon.process.wait()


def texts(stack: Stack, room: str = "credentials") -> list[str]:
    return [plain((message.text,))[0] for message in stack.scene.slack.rooms[room].messages]


def test_a_disk_that_is_full_while_it_runs_is_told_once_and_when_there_is_room_it_goes_on(daemon: Daemon) -> None:
    stack = daemon.stack
    before = texts(stack)
    stack.disk.plan(
        Action.FAIL, 1, FROM_THEN_ON, kinds=Kind.WRITE | Kind.CREATE, error=errno.ENOSPC, not_part="no such name"
    )
    daemon.until(lambda: daemon.ask("/readyz") == (503, "the ledger cannot be written\n"))
    daemon.until(lambda: BLIND in texts(stack))
    assert daemon.ask("/livez")[0] == 200
    failed = daemon.said("sweep ended with 74")
    daemon.until(lambda: daemon.said("sweep ended with 74") > failed + 2)
    assert texts(stack) == [*before, BLIND]
    assert daemon.said("the disk that holds the ledger is full: nothing was written. Make room") > 0
    assert "credwatch_ledger_writable 0.0" in daemon.ask("/metrics")[1]
    stack.disk.plan()
    daemon.until(lambda: daemon.ask("/readyz")[0] == 200)
    over = "Resolved  UTC: credwatch can use its ledger again"
    daemon.until(lambda: texts(stack) == [*before, over, over])

    assert "credwatch_ledger_writable 1.0" in daemon.ask("/metrics")[1]
    assert daemon.stop() == 0
    assert stack.damage() == []


def test_a_clock_that_jumps_a_month_both_ways_while_it_runs_stops_nothing_and_tells_nothing_twice(
    daemon: Daemon,
) -> None:
    told = ("the wall clock jumped by", "sweep ended with 0")
    for jump in (31 * DAY, timedelta(0), -31 * DAY, timedelta(0)):
        before = [daemon.said(words) for words in told]
        daemon.clock.move(jump)
        for words, count in zip(told, before, strict=True):
            daemon.until(partial(daemon.says_more, words, count))
        assert daemon.ask("/livez")[0] == daemon.ask("/readyz")[0] == 200

    assert daemon.stop() == 0
    assert [text for text in texts(daemon.stack) if text.startswith("credwatch is watching")] == texts(daemon.stack)
    assert len(texts(daemon.stack)) == 1


def test_a_daemon_that_is_killed_is_followed_by_one_that_tells_nothing_twice(daemon: Daemon) -> None:
    for _ in range(3):
        daemon.process.kill()
        daemon.process.wait()
        daemon.start()
        daemon.until(lambda: daemon.said("sweep ended with 0") > 0 and daemon.ask("/readyz")[0] == 200)

    assert daemon.stop() == 0
    assert len(texts(daemon.stack)) == 1
    assert daemon.stack.damage() == []


def test_a_second_daemon_on_the_same_directory_is_refused_and_the_first_goes_on(daemon: Daemon) -> None:
    first = daemon.process
    preloaded = {**daemon.stack.environment, "PATH": os.environ["PATH"]}
    command = [PYTHON, "-m", "credwatch", "--config", str(daemon.config), "run"]
    second = subprocess.run(command, env=preloaded, capture_output=True, text=True, timeout=120, check=False)

    assert second.returncode == 75
    assert f"daemon-watch.lock is held by process {first.pid}. Wait until it is done, or stop it" in second.stderr
    assert first.poll() is None
