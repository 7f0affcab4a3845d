"""A consumer is told by a program of this machine: no shell, nearly nothing in its environment, and not for long."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import IO

from credwatch.contract import ProviderError
from credwatch.log import MASK, Scrubber, escape_control
from credwatch.model import Reason
from credwatch.rotation.consumers.told import Told

DEADLINE = timedelta(minutes=2)
_HANDED_ON = ("PATH", "HOME", "LANG")
_KEPT = 4096
"""Bytes of its last words that are held."""
_SAID = 300
"""Characters of them that are told."""
_TICK = 0.1
_KEYLIKE = re.compile(r"(?=[A-Za-z_+=-]*\d)[A-Za-z0-9_+=-]{16,}")
"""What may be a value that we never held: it may have read the key itself."""


class Command:
    """One program and its arguments, as they are."""

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        monotonic: Callable[[], float],
        *,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._argv = tuple(argv)
        self._environ = {name: environ[name] for name in _HANDED_ON if name in environ}
        self._monotonic = monotonic
        self._deadline = deadline.total_seconds()

    def __call__(self, told: Told) -> None:
        """Run it to its end. Its exit code decides; of what it printed the end is told, without what looks like a key."""
        environ = self._environ | {"CREDWATCH_CONSUMER": told.consumer, "CREDWATCH_KEY_ID": told.key_id}
        try:
            program = subprocess.Popen(  # noqa: S603  the configuration names it, and no shell reads it
                self._argv,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            said = f"{self._argv[0]} cannot be started, {error.strerror}"
            raise ProviderError(Reason.MISCONFIGURED, said, permanent=True) from None
        with program:
            printed = self._followed(program)
        if program.returncode:
            ended = f"{self._argv[0]} ended with {program.returncode}"
            raise ProviderError(Reason.UNEXPECTED, ": ".join(filter(None, (ended, _shown(printed)))))

    def _followed(self, program: subprocess.Popen[bytes]) -> bytes:
        """The end of what it printed. What it leaves running may keep its output open; that is not waited for."""
        ends = self._monotonic() + self._deadline
        printed, output = b"", program.stdout
        while program.poll() is None:
            left = ends - self._monotonic()
            if left <= 0:
                with suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGKILL)
                said = f"{self._argv[0]} did not end within {self._deadline:g} s and was killed"
                raise ProviderError(Reason.TIMEOUT, said)
            if output is None:
                with suppress(subprocess.TimeoutExpired):
                    program.wait(left)
                continue
            part = _part(output, min(left, _TICK))
            if part == b"":
                output = None
            printed = (printed + (part or b""))[-_KEPT:]
        while output is not None and self._monotonic() < ends and (part := _part(output, 0)):
            printed = (printed + part)[-_KEPT:]
        return printed


def _part(output: IO[bytes], seconds: float) -> bytes | None:
    """What can be read; None: nothing yet; empty: nothing any more."""
    ready, _, _ = select.select([output], [], [], seconds)
    return os.read(output.fileno(), 65536) if ready else None


def _shown(printed: bytes) -> str:
    words = " ".join(Scrubber().scrub(printed.decode("utf-8", "replace")).split())
    return escape_control(_KEYLIKE.sub(MASK, words)[-_SAID:])
