"""This program's own commands as child processes: started, waited for, and ended when they hang or we are asked to stop."""

from __future__ import annotations

import logging
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
class Children:
    """Starts `command` with further arguments, each in a session of its own: a terminal's Ctrl-C reaches us only."""

    command: Sequence[str]
    clock: Clock
    stop: threading.Event
    grace: timedelta
    """Between SIGTERM and SIGKILL when we are asked to stop."""

    def run(self, *arguments: str, limit: timedelta, config: Sequence[str] = ()) -> int | None:
        """Its exit code when it has ended, negative for a signal; None when it was not started. One line is logged.

        It is asked to stop after `limit`, and as soon as we are; what does not is killed.
        """
        if self.stop.is_set():
            return None
        began = self.clock.monotonic()
        process = subprocess.Popen(  # noqa: S603  our own command
            [*self.command, *config, *arguments], stdin=subprocess.DEVNULL, start_new_session=True
        )
        hung = self._wait(process, began + limit.total_seconds())
        if hung is not None:
            self._end(process, GRACE if hung else self.grace)
        seconds = round(self.clock.monotonic() - began, 3)
        code = process.returncode
        how = "hung and was ended" if hung else "was stopped" if hung is not None else f"ended with {code}"
        _log.log(
            logging.ERROR if hung else logging.WARNING if code not in (0, 3) and hung is None else logging.INFO,
            "%s %s",
            arguments[0],
            how,
            extra={"command": " ".join(arguments), "exit_code": code, "seconds": seconds},
        )
        return code

    def _wait(self, process: subprocess.Popen[bytes], until: float) -> bool | None:
        """None: it ended by itself. True: it hangs. False: we are asked to stop."""
        while process.poll() is None:
            if self.clock.monotonic() >= until:
                return True
            if not self.clock.wait(POLL, self.stop):
                return False
        return None

    def _end(self, process: subprocess.Popen[bytes], grace: timedelta) -> None:
        process.terminate()
        until = self.clock.monotonic() + grace.total_seconds()
        never = threading.Event()
        while process.poll() is None:
            if self.clock.monotonic() >= until:
                process.kill()
                process.wait()
            else:
                self.clock.wait(POLL, never)
