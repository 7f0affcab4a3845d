"""demo: the whole job on a sandbox, told as it happens."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from credwatch.cli import INTERRUPTED, rehearsing
from credwatch.cli.app import App
from credwatch.cli.heard import shown_message, when
from credwatch.cli.rehearsing import Terminal
from credwatch.errors import ConfigError
from credwatch.sandbox.rehearsal import Typed, rehearsed
from credwatch.sandbox.story import CONFIG, WORTH_A_LOOK, Act, Event, Happened, Heard, Looked, staged

_PAUSES = {Act: 1.5, Happened: 0.5, Heard: 0.5, Typed: 1.5}
"""Seconds for a reader, before each of these."""


@click.command("demo")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="An empty directory for the ledger.")
@click.option(
    "--rotate", is_flag=True, help="Two rotations instead: one is killed in the middle, one stops for a person."
)
@click.option("--fast/--pause", default=None, help="Without, or with, pauses to read in; else with on a terminal.")
@click.pass_obj
def demo_command(app: App, *, data: Path | None, fast: bool | None, rotate: bool) -> int:
    """Play five weeks of a made-up company: the real sweep and delivery, a store, four vendors and a Slack on loopback.

    Needs no network, no rights and no configuration, and takes seconds. The ledger is kept, to be looked at afterwards.
    """
    directory = _empty(data)
    pausing = sys.stdout.isatty() if fast is None else not fast
    return _rotations(app, directory, pausing=pausing) if rotate else _weeks(app, directory, pausing=pausing)


def _weeks(app: App, directory: Path, *, pausing: bool) -> int:
    narrator = Narrator(app.clock.monotonic())
    _say(narrator.begin())
    with app.stopped_by_signals() as stop, staged(directory, app.now(), stop) as play:
        for event in play.events():
            _pause(event, stop, pausing=pausing)
            _say(narrator.tell(event))
    if app.stop.is_set():
        return _broken_off(directory)
    _say(narrator.end(directory, app.clock.monotonic()))
    return 0


def _rotations(app: App, directory: Path, *, pausing: bool) -> int:
    began = app.clock.monotonic()
    teller = rehearsing.Teller()
    _say(rehearsing.begin())
    with (
        app.stopped_by_signals() as stop,
        rehearsed(directory, app.now(), stop, lambda path, clock: Terminal(path, clock, stop)) as play,
    ):
        for event in play.events():
            _pause(event, stop, pausing=pausing)
            _say(teller.tell(event))
    if app.stop.is_set():
        return _broken_off(directory)
    _say(rehearsing.end(play, directory, app.clock.monotonic() - began))
    return 0


def _broken_off(directory: Path) -> int:
    click.echo(f"\nStopped. What was seen until then is kept in {directory}", err=True)
    return INTERRUPTED


@dataclass
class Narrator:
    """Makes lines of events, and counts them."""

    began: float
    looks: int = 0
    messages: int = 0
    pages: int = 0
    quiet: list[datetime] = field(default_factory=list)
    """The looks since the last line that told nothing."""

    def begin(self) -> Iterator[str]:
        """What this is."""
        yield "A made-up company: its store, four vendors and a Slack run on this machine's loopback."
        yield "Nothing leaves it, every key is invented, and the clock is the story's own. All times are UTC."

    def tell(self, event: Event) -> Iterator[str]:
        """The lines of one event; looks that told nothing are one line together."""
        if isinstance(event, Looked):
            self.looks += 1
            if event.told == 0:
                self.quiet.append(event.at)
                return
        yield from self._quietly()
        match event:
            case Act():
                yield from ("", f"{event.number}  {event.title}", "")
            case Happened():
                yield f"   {when(event.at)}  {event.what}"
            case Looked():
                yield f"   {when(event.at)}  {_came_to(event)}"
            case Heard():
                self.messages += event.how != "edit"
                self.pages += event.page
                yield from (*shown_message(event), "")

    def end(self, directory: Path, now: float) -> Iterator[str]:
        """What it came to, and how to go on."""
        yield from self._quietly()
        yield f"{self.messages} messages, {self.pages} of them pages, from {self.looks} looks, in {now - self.began:.0f} s."
        yield "The ledger is kept. Look at it as after any sweep, and then at your own keys:"
        credwatch = f"   credwatch --config {directory / CONFIG}"
        yield f"{credwatch} status"
        yield f"{credwatch} show {WORTH_A_LOOK}"
        yield "   credwatch check .env      tries each key at its own vendor only, and keeps nothing"

    def _quietly(self) -> Iterator[str]:
        if self.quiet:
            looks, self.quiet = self.quiet, []
            more = f"to {when(looks[-1])}, {len(looks)} looks: " if len(looks) > 1 else ""
            yield f"   {when(looks[0])}  {more}nothing new, nobody told"


def _came_to(event: Looked) -> str:
    ended, closed = event.swept.ended, event.swept.closed
    unseen = [name for name, one in ended.items() if not one.complete]
    seen = f"not seen: {', '.join(unseen)}" if unseen else "every provider listed completely"
    moved = "".join(f", {n} {what}" for n, what in ((closed.opened, "opened"), (closed.resolved, "resolved")) if n)
    sightings = sum(one.credentials for one in ended.values())
    return f"{sightings} sightings, {seen}" + (f"; incidents{moved[1:]}" if moved else "")


def _empty(data: Path | None) -> Path:
    """An empty directory of our own."""
    if data is None:
        return Path(tempfile.mkdtemp(prefix="credwatch-demo-"))
    directory = data.absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        full = any(directory.iterdir())
    except OSError as error:
        raise ConfigError(f"{directory} cannot be used: {error.strerror}. Name another directory") from None
    if full:
        raise ConfigError(f"{directory} is not empty, and the demo mixes its ledger with nothing. Name a new directory")
    return directory


def _pause(event: object, stop: threading.Event, *, pausing: bool) -> None:
    if pausing:
        stop.wait(_PAUSES.get(type(event), 0.0))


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)
