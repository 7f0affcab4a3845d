"""A process that stays: started, asked over HTTP, looked at in /proc, and ended."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.children import ROOT, ChildError, environment

_PATIENCE = 60.0
_GLANCE = 0.002


def free_port() -> int:
    """A port of loopback that the system gives out and nobody has."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Staying:
    """A child that serves HTTP."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._began = time.monotonic()

    def ask(self, port: int, path: str) -> int:
        """The status of its answer; 0 while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        except OSError:
            return 0
        else:
            return answer.status
        finally:
            connection.close()

    def until_well(self, port: int, path: str) -> float:
        """The seconds from its start to its first 200 at this path."""
        while self.ask(port, path) != 200:
            if self.process.poll() is not None or time.monotonic() - self._began > _PATIENCE:
                raise ChildError(f"{self.process.args!r} does not answer {path}")
            time.sleep(_GLANCE)
        return time.monotonic() - self._began

    def resident(self) -> int:
        """The bytes of memory that it holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii", errors="replace")
        found = re.search(r"VmRSS:\s*(\d+) kB", status)
        if found is None:
            raise ChildError(f"{self.process.args!r} is gone")
        return int(found[1]) * 1024


@contextmanager
def staying(command: Sequence[str | Path], home: Path, log: Path) -> Iterator[Staying]:
    """It runs within the block. Its standard error goes to the log."""
    with log.open("wb") as err:
        process = subprocess.Popen(command, stdout=err, stderr=err, cwd=ROOT, env=environment(home))
        try:
            yield Staying(process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            finally:
                process.kill()
                process.wait()
