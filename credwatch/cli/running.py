"""run and window: the watch as a process that stays, and its read-only page."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from click.core import ParameterSource

from credwatch import log
from credwatch.cli.app import App
from credwatch.config import load
from credwatch.daemon import COMMAND, Daemon
from credwatch.ledger import Ledger
from credwatch.web import Book, Face, Guard, Web, Window

_MOUNTS = Path("/proc/self/mountinfo")


@click.command("run")
@click.option("--no-window", is_flag=True, help="Serve /livez, /readyz and /metrics only.")
@click.pass_obj
def run_command(app: App, *, no_window: bool) -> None:
    """Sweep and deliver on time, each in a process of its own, until SIGTERM. SIGHUP reads the configuration again.

    Exit code 0 when it was asked to stop, 75 when another watch runs on this data directory, 78 when the configuration
    is wrong.
    """
    with app.stopped_by_signals() as stop, _reloaded_by_signal() as reload:
        daemon = Daemon(
            app.config,
            lambda: load(app.config_path, app.environ),
            app.clock,
            stop,
            mounts=_MOUNTS.read_text() if _MOUNTS.exists() else "",
            command=(*COMMAND, "--quiet", *_log_level()),
            window=not no_window,
        )
        daemon.run(reload)


@click.command("window")
@click.pass_obj
def window_command(app: App) -> None:
    """Serve the read-only page, /health and /api/v1 from the ledger, until SIGTERM. It needs no access to any provider.

    Until there is a ledger it answers 503 and waits.
    """
    _log_level()
    config, clock = app.config, app.clock
    book = Book(lambda: Ledger.open(config.daemon.data, now=clock.now(), read_only=True))
    page = Guard(Window(book, clock, config.every).app(), local=True)
    with app.stopped_by_signals() as stop:
        with Web([Face("[web] window", config.web.window, page, connections=100)]) as web:
            click.echo(f"The page is at http://{web.addresses[0]}/")
            while clock.wait(3600, stop):
                pass
        book.shut()


@contextmanager
def _reloaded_by_signal() -> Iterator[threading.Event]:
    """SIGHUP."""
    asked = threading.Event()
    before = signal.signal(signal.SIGHUP, lambda _number, _frame: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGHUP, before)


def _log_level() -> tuple[str, ...]:
    """What is logged, for children too. Who stays says more than who answers one question: info, unless told otherwise."""
    context = click.get_current_context().find_root()
    if context.get_parameter_source("log_level") is not ParameterSource.DEFAULT:
        return ("--log-level", str(context.params["log_level"]))
    log.setup("INFO", json=not sys.stderr.isatty(), stream=sys.stderr)
    return ()
