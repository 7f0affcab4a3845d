"""A program of this machine: no shell, nearly nothing in its environment, and not for long."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from credwatch.contract import ProviderError
from credwatch.log import MASK, Scrubber, escape_control
from credwatch.model import Reason
from credwatch.secrets import Secret

LARGEST = 1 << 20
"""Bytes that one may hand over."""
_HANDED_ON = ("PATH", "HOME", "LANG")
_KEPT = 4096
"""Bytes of its last words that are held."""
_SAID = 300
"""Characters of them that are told."""
_TICK = 0.1
_ARMOUR = re.compile(r"-----BEGIN [^-]*-----[\w+/=\s]*(?:-----END [^-]*-----)?|\A[\w+/=\s]*-----END [^-]*-----")
_KEYLIKE = re.compile(r"(?=[A-Za-z_+=-]*\d)[A-Za-z0-9_+=-]{16,}|(?=[A-Za-z+/=]*\d)[A-Za-z0-9+/=]{40,}")
"""What may be a value that we never held: it may have read the key itself."""


@dataclass
class _Stream:
    """One of its outputs."""

    pipe: IO[bytes]
    keep: int
    """Of its end; more is forgotten."""
    said: bytes = b""
    open: bool = True

    def read(self) -> None:
        """What can be read at this moment."""
        part = os.read(self.pipe.fileno(), 65536)
        self.open = bool(part)
        self.said = (self.said + part)[-self.keep :]


class Program:
    """One program and its arguments, as they are."""

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        monotonic: Callable[[], float],
        *,
        deadline: timedelta,
    ) -> None:
        self._argv = tuple(argv)
        self._environ = {name: environ[name] for name in _HANDED_ON if name in environ}
        self._monotonic = monotonic
        self._deadline = deadline.total_seconds()

    def tell(self, more: Mapping[str, str]) -> None:
        """Run it to its end. Its exit code decides; of what it printed the end is told, without what looks like a key."""
        with ExitStack() as stack:
            program = self._started(stack, more, subprocess.DEVNULL, subprocess.STDOUT)
            (said,) = self._followed(program, [_Stream(_pipe(program.stdout), _KEPT)])
        self._judged(program, said)

    def ask(self, more: Mapping[str, str], given: bytes) -> Secret:
        """Run it to its end, with this to read. What it printed; of what it complained the end is told if it fails."""
        with ExitStack() as stack:
            told = stack.enter_context(os.fdopen(os.memfd_create("given", os.MFD_CLOEXEC), "w+b"))
            told.write(given)
            told.seek(0)
            program = self._started(stack, more, told, subprocess.PIPE)
            outputs = [_Stream(_pipe(program.stdout), LARGEST + 1), _Stream(_pipe(program.stderr), _KEPT)]
            printed, said = self._followed(program, outputs)
        answer = Secret(printed)
        self._judged(program, said)
        if len(printed) > LARGEST:
            raise ProviderError(Reason.TOO_LARGE, f"{self._argv[0]} printed more than 1 MiB", permanent=True)
        return answer

    def _started(
        self, stack: ExitStack, more: Mapping[str, str], given: int | IO[bytes], complaints: int
    ) -> subprocess.Popen[bytes]:
        try:
            program = subprocess.Popen(  # noqa: S603  the configuration names it, and no shell reads it
                self._argv,
                env=self._environ | dict(more),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            said = f"{self._argv[0]} cannot be started, {error.strerror}"
            raise ProviderError(Reason.MISCONFIGURED, said, permanent=True) from None
        stack.enter_context(program)
        stack.callback(_killed, program)
        return program

    def _followed(self, program: subprocess.Popen[bytes], outputs: list[_Stream]) -> list[bytes]:
        """What it printed. What it leaves running may keep its outputs open; that is not waited for."""
        ends = self._monotonic() + self._deadline
        while program.poll() is None:
            left = ends - self._monotonic()
            if left <= 0:
                said = f"{self._argv[0]} did not end within {self._deadline:g} s and was killed"
                raise ProviderError(Reason.TIMEOUT, said)
            if not _read(outputs, min(left, _TICK)) and not any(one.open for one in outputs):
                with suppress(subprocess.TimeoutExpired):
                    program.wait(left)
        while self._monotonic() < ends and _read(outputs, 0):
            pass
        return [one.said for one in outputs]

    def _judged(self, program: subprocess.Popen[bytes], said: bytes) -> None:
        if program.returncode:
            ended = f"{self._argv[0]} ended with {program.returncode}"
            raise ProviderError(Reason.UNEXPECTED, ": ".join(filter(None, (ended, _shown(said)))))


def _killed(program: subprocess.Popen[bytes]) -> None:
    """It and what it started, where it has not ended by itself: whatever became of us, it is not left behind."""
    if program.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypeError("this output was asked for")
    return stream


def _read(outputs: Sequence[_Stream], seconds: float) -> bool:
    """Read what is there within so long; whether anything was."""
    waiting = [one for one in outputs if one.open]
    if not waiting:
        return False
    poll = select.poll()
    for one in waiting:
        poll.register(one.pipe, select.POLLIN)
    ready = {number for number, _ in poll.poll(seconds * 1000)}
    for one in waiting:
        if one.pipe.fileno() in ready:
            one.read()
    return bool(ready)


def _shown(said: bytes) -> str:
    text = Scrubber().scrub(said.decode("utf-8", "replace"))
    if "-----" in text:
        text = _ARMOUR.sub(MASK, text)
    return escape_control(_KEYLIKE.sub(MASK, " ".join(text.split()))[-_SAID:])
