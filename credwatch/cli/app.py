"""What every command starts from: the configuration, the ledger, the clock, and how to print."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credwatch.clock import Clock
from credwatch.log import escape_control

if TYPE_CHECKING:
    from credwatch.config.configuration import Config
    from credwatch.ledger import Ledger

json_option = click.option("--json", "as_json", is_flag=True, help="Everything that is shown, as JSON.")


@dataclass(frozen=True)
class App:
    """One invocation."""

    config_path: Path | None
    environ: Mapping[str, str]
    clock: Clock
    quiet: bool = False
    """Only the log, and what was asked for."""
    stop: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def config(self) -> Config:
        """The configuration; its warnings are printed once, to standard error."""
        from credwatch.config.finding import PLACES  # noqa: PLC0415  whoever asks another to read it needs none of it

        return self._loaded(PLACES)

    @cached_property
    def config_of_ours(self) -> Config:
        """As `config`, but a file that merely lies in the working directory is not obeyed.

        It could lead the keys beside it anywhere, and may have come with them.
        """
        from credwatch.config.finding import CONFIG, HERE, PLACES  # noqa: PLC0415  as above

        if not self.config_path and not self.environ.get(CONFIG) and HERE.exists():
            self.say(
                f"credwatch: {HERE} in this directory is not used here. Name it if it is yours: --config {HERE}",
                err=True,
            )
        return self._loaded([place for place in PLACES if place != HERE])

    def _loaded(self, places: Sequence[Path]) -> Config:
        from credwatch.config.loading import load  # noqa: PLC0415  as above

        config = load(self.config_path, self.environ, places=places)
        for warning in config.warnings:
            self.say(f"credwatch: {warning}", err=True)
        return config

    def say(self, line: str = "", *, err: bool = False) -> None:
        """One line for the person at the terminal, if there is one; no name in it moves the cursor."""
        if not self.quiet:
            click.echo(escape_control(line), err=err)

    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()

    @contextmanager
    def ledger(self, *, read_only: bool = False) -> Iterator[Ledger]:
        """The ledger of the configured data directory."""
        from credwatch.ledger import Ledger  # noqa: PLC0415  not every command opens it

        ledger = Ledger.open(self.config.daemon.data, now=self.now(), read_only=read_only)
        try:
            yield ledger
        finally:
            ledger.shut()

    @contextmanager
    def stopped_by_signals(self) -> Iterator[threading.Event]:
        """SIGTERM and Ctrl-C ask the work to stop at its next step; a second Ctrl-C interrupts."""

        def ask(number: int, _frame: object) -> None:
            if self.stop.is_set() and number == signal.SIGINT:
                raise KeyboardInterrupt
            self.stop.set()

        before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield self.stop
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
