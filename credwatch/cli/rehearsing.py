"""demo --rotate: the commands that are given in it, and how it is told."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from credwatch.cli import main
from credwatch.cli.heard import shown_message, when
from credwatch.sandbox.rehearsal import Event, Play, Typed
from credwatch.sandbox.story import CONFIG, Act, Happened, Heard
from credwatch.sandbox.story.times import StoryClock

_CHILD = (sys.executable, "-m", "credwatch.cli.performing")
_TICK = 0.05
_PLAIN = re.compile(r"[\w@:./#-]+")


@dataclass(frozen=True)
class Terminal:
    """The commands of the story: in this process, as its clock moves the vendors too; the one that is killed in another."""

    config: Path
    clock: StoryClock
    stop: threading.Event

    def run(self, words: Sequence[str]) -> list[str]:
        """What it printed. When it was interrupted, so are we, whatever it made of that."""
        printed = io.StringIO()
        with redirect_stdout(printed), _interrupting(self.stop):
            main([*self._given, *words], clock=self.clock)
        return printed.getvalue().splitlines()

    def killed(self, words: Sequence[str], when: threading.Event) -> list[str]:
        """What it had printed when it was killed; it is killed as well when we are asked to stop."""
        with self._child(words) as child:
            try:
                while child.poll() is None and not self.stop.is_set() and not when.wait(_TICK):
                    continue
            finally:
                child.kill()
            printed, _ = child.communicate()
        return printed.splitlines()

    def _child(self, words: Sequence[str]) -> subprocess.Popen[str]:
        """It, out of reach of a Ctrl-C, which is for us."""
        return subprocess.Popen(  # noqa: S603  it is this program
            (*_CHILD, self.clock.now().isoformat(), *self._given, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def _given(self) -> tuple[str, ...]:
        return ("--config", str(self.config))


@contextmanager
def _interrupting(stop: threading.Event) -> Iterator[None]:
    """A signal that comes meanwhile sets this too, whoever handles it."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        with suppress(BlockingIOError):
            os.read(read, 1)
            stop.set()
        os.close(read)
        os.close(write)


def begin() -> Iterator[str]:
    """What this is."""
    yield "Two rotations of a made-up company: its Vault, its Deepgram, its Slack and a service run on loopback."
    yield "Nothing leaves this machine, every key is invented, and the clock is the story's own. All times are UTC."


@dataclass
class Teller:
    """Makes lines of events; what was said in one thread stands together."""

    thread: bool = False
    """Whether the last event was a line in a thread."""

    def tell(self, event: Event) -> Iterator[str]:
        """The lines of one event."""
        before, self.thread = self.thread, isinstance(event, Heard) and event.how == "reply"
        match event:
            case Act():
                yield from ("", "", f"{event.number}  {event.title}")
            case Happened():
                yield f"   {when(event.at)}  {event.what}"
            case Typed():
                yield from ("", f"$ credwatch {' '.join(map(_quoted, event.words))}", *_printed(event))
            case Heard(how="reply"):
                heading, *lines = shown_message(replace(event, lines=event.lines[:1]))
                yield from lines if before else ("", heading, *lines)
            case Heard():
                yield from ("", *shown_message(event))


def end(play: Play, directory: Path, seconds: float) -> Iterator[str]:
    """What it came to, and how to go on."""
    credwatch = f"   credwatch --config {directory / CONFIG}"
    yield ""
    yield f"Two rotations, one kill -9, one stop, in {seconds:.0f} s. The ledger is kept. Look at what it tells:"
    yield f"{credwatch} rotations"
    yield f"{credwatch} rotations show {play.first}"


def _quoted(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else f'"{word}"'


def _printed(typed: Typed) -> Iterator[str]:
    """All of it; a plan that was shown before is not shown again where it is begun."""
    begun = next((number for number, line in enumerate(typed.lines) if line.endswith("rotate --due")), 0)
    if begun and "--dry-run" not in typed.words and typed.lines[0].startswith("Plan."):
        yield "  … the plan, as above …"
        yield from typed.lines[begun:]
    else:
        yield from typed.lines
