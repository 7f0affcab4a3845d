"""run and window: the watch as a process that stays, and its read-only page."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from click.core import ParameterSource

from credwatch import log
from credwatch.cli.app import App
from credwatch.config import Terms
from credwatch.daemon.accepted import Reading
from credwatch.daemon.children import Children

COMMAND = (sys.executable, "-m", "credwatch", "--quiet")
GRACE = timedelta(seconds=50)
"""What stops us kills us a minute later."""
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
        children = Children((*COMMAND, *_log_level()), app.clock, stop, GRACE * 0.9)
        with _reader(app, children)() as reading:
            from credwatch.daemon.clockwork import Daemon  # noqa: PLC0415  loaded while a child reads the configuration

            terms = _told(app, reading)
            if terms is not None:
                mounts = _MOUNTS.read_text() if _MOUNTS.exists() else ""
                daemon = Daemon(
                    terms,
                    reading,
                    _reader(app, children),
                    children=children,
                    clock=app.clock,
                    stop=stop,
                    mounts=mounts,
                    window=not no_window,
                )
                daemon.run(reload)


@click.command("window")
@click.pass_obj
def window_command(app: App) -> None:
    """Serve the read-only page, /health and /api/v1 from the ledger, until SIGTERM. It needs no access to any provider.

    Until there is a ledger it answers 503 and waits.
    """
    with app.stopped_by_signals() as stop:
        with _reader(app, Children((*COMMAND, *_log_level()), app.clock, stop, GRACE))() as reading:
            from credwatch.ledger import Ledger  # noqa: PLC0415  as above
            from credwatch.web import Book, Face, Guard, Web, Window  # noqa: PLC0415  as above

            terms = _told(app, reading)
        if terms is None:
            return
        data, clock = terms.data, app.clock
        book = Book(lambda: Ledger.open(data, now=clock.now(), read_only=True))
        page = Guard(Window(book, clock, terms.every).app(), local=True)
        with Web([Face("[web] window", terms.window, page, connections=100)]) as web:
            click.echo(f"The page is at http://{web.addresses[0]}/")
            while clock.wait(3600, stop):
                pass
        book.shut()


def _reader(app: App, children: Children) -> Callable[[], Reading]:
    """Has a child read the configuration that this command was started with."""
    where = ("--config", str(app.config_path)) if app.config_path else ()
    return lambda: Reading.begun(children, where)


def _told(app: App, reading: Reading) -> Terms | None:
    """What was read, its warnings told. None when we are asked to stop."""
    terms = reading.terms()
    for warning in terms.warnings if terms else ():
        app.say(f"credwatch: {warning}", err=True)
    return terms


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
