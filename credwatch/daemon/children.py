"""This program's own commands as child processes: started, waited for, and ended when they hang or we are asked to stop."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from credwatch.clock import Clock

POLL = 0.2
"""Seconds between two looks at a child."""
GRACE = timedelta(seconds=30)
"""Between SIGTERM and SIGKILL for a child that hangs."""

_log = logging.getLogger("credwatch.daemon")


@dataclass(frozen=True)
class Child:
    """One command at work."""

    arguments: Sequence[str]
    process: subprocess.Popen[bytes]
    clock: Clock
    stop: threading.Event
    grace: timedelta
    began: float
    limit: timedelta

    def line(self) -> str:
        """The first line that it prints; empty when it ends, hangs or we are asked to stop without one."""
        out, read, poll = self.process.stdout, b"", select.poll()
        if out is not None:
            poll.register(out, select.POLLIN)
        while out is not None and not read.endswith(b"\n") and not self.stop.is_set() and not self._late:
            if poll.poll(POLL * 1000):
                more = os.read(out.fileno(), 1 << 16)
                if not more:
                    return ""
                read += more
        return read.decode() if read.endswith(b"\n") else ""

    def put_down(self) -> None:
        """Nobody waits for it any more."""
        if self.process.poll() is None:
            self._end(self.grace)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def ended(self) -> int:
        """Its exit code when it has ended, negative for a signal. One line is logged.

        It is asked to stop when its time is over, and as soon as we are; what does not is killed.
        """
        hung = self._wait()
        if hung is not None:
            self._end(GRACE if hung else self.grace)
        self.put_down()
        seconds = round(self.clock.monotonic() - self.began, 3)
        code: int = self.process.returncode
        how = "hung and was ended" if hung else "was stopped" if hung is not None else f"ended with {code}"
        _log.log(
            logging.ERROR if hung else logging.WARNING if code not in (0, 3) and hung is None else logging.INFO,
            "%s %s",
            self.arguments[0],
            how,
            extra={"command": " ".join(self.arguments), "exit_code": code, "seconds": seconds},
        )
        return code

    @property
    def _late(self) -> bool:
        return self.clock.monotonic() >= self.began + self.limit.total_seconds()

    def _wait(self) -> bool | None:
        """None: it ended by itself. True: it hangs. False: we are asked to stop."""
        while self.process.poll() is None:
            if self._late:
                return True
            if not self.clock.wait(POLL, self.stop):
                return False
        return None

    def _end(self, grace: timedelta) -> None:
        self.process.terminate()
        until = self.clock.monotonic() + grace.total_seconds()
        never = threading.Event()
        while self.process.poll() is None:
            if self.clock.monotonic() >= until:
                self.process.kill()
                self.process.wait()
            else:
                self.clock.wait(POLL, never)


@dataclass(frozen=True)
class Children:
    """Starts `command` with further arguments, each in a session of its own: a terminal's Ctrl-C reaches us only."""

    command: Sequence[str]
    clock: Clock
    stop: threading.Event
    grace: timedelta
    """Between SIGTERM and SIGKILL when we are asked to stop."""

    def run(self, *arguments: str, limit: timedelta, config: Sequence[str] = ()) -> int | None:
        """Its exit code when it has ended, negative for a signal; None when it was not started."""
        return None if self.stop.is_set() else self.start(*arguments, limit=limit, config=config).ended()

    def start(self, *arguments: str, limit: timedelta, config: Sequence[str] = (), heard: bool = False) -> Child:
        """It, at work. `heard`: what it prints comes to us."""
        began = self.clock.monotonic()
        process = subprocess.Popen(  # noqa: S603  our own command
            [*self.command, *config, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if heard else None,
            start_new_session=True,
        )
        return Child(arguments, process, self.clock, self.stop, self.grace, began, limit)
