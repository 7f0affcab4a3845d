"""How far a look is, while it looks."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field

import click

from credwatch.log import escape_control

REDRAW = 0.1
_WIDEST = 118


@dataclass
class Progress:
    """One line on a terminal that says how far each provider is."""

    shown: bool
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    drawn: float = 0.0

    def __call__(self, provider: str, items: int, credentials: int) -> None:
        """A provider has come this far."""
        self.seen[provider] = (items, credentials)
        if self.shown and time.monotonic() - self.drawn > REDRAW:
            self.drawn = time.monotonic()
            line = " · ".join(f"{name} {tried}" for name, (_, tried) in sorted(self.seen.items()))
            self._draw(escape_control(line))

    def waiting(self, suspects: int, seconds: float) -> None:
        """What was refused is tried once more, later."""
        if self.shown and seconds > 1:
            said = f"{suspects} refused; tried again in {int(seconds / 60) + 1} min (Ctrl-C ends the wait)"
            self._draw(said)

    def _draw(self, line: str) -> None:
        """In one line of this terminal: of one that has broken, only the end could be taken away."""
        room = min(shutil.get_terminal_size().columns - 1, _WIDEST)
        click.echo(f"\r\x1b[K{line[:room]}", err=True, nl=False)

    def clear(self) -> None:
        """Take the line away."""
        if self.shown:
            click.echo("\r\x1b[K", err=True, nl=False)
