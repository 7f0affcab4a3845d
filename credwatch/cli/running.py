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
from credwatch.config.finding import probes
from credwatch.config.terms import Terms
from credwatch.daemon.accepted import Reading
from credwatch.daemon.children import Children
from credwatch.daemon.opening import Opening
from credwatch.web.book import Book
from credwatch.web.guard import Guard
from credwatch.web.serving import Face, Web

COMMAND = (sys.executable, "-m", "credwatch", "--quiet")
GRACE = timedelta(seconds=50)
"""What stops us kills us a minute later."""
_MOUNTS = Path("/proc/self/mountinfo")


@click.command("run")
@click.option("--no-window", is_flag=True, help="Serve /livez, /readyz and /metrics only.")
@click.option(
    "--only",
    type=click.Choice(["sweep", "deliver", "rotate"]),
    multiple=True,
    help="Do only this; may be given several times. `--only rotate` is for a container of its own, beside the watch.",
)
@click.pass_obj
def run_command(app: App, *, no_window: bool, only: tuple[str, ...]) -> None:
    """Sweep, deliver and rotate on time, each in a process of its own, until SIGTERM. SIGHUP reads the configuration again.

    Only the process that rotates loads the identities that write, and only while something is to be done. Exit code 0
    when it was asked to stop, 75 when another one runs on this data directory, 78 when the configuration is wrong.
    """
    with app.stopped_by_signals() as stop, _reloaded_by_signal() as reload:
        children = Children((*COMMAND, *_log_level()), app.clock, stop, GRACE * 0.9)
        opening = Opening(app.clock, stop, children, _reader(app, children))

        def watch(terms: Terms, reading: Reading) -> None:
            from credwatch.daemon.clockwork import ALL, Daemon  # noqa: PLC0415  /livez is answered before it is loaded

            _warn(app, terms)
            mounts = _MOUNTS.read_text() if _MOUNTS.exists() else ""
            does = frozenset(only) or ALL
            Daemon(terms, opening, mounts=mounts, window=not no_window, does=does).run(reading, reload)

        opening.begin(probes(app.config_path, app.environ), watch)


@click.command("window")
@click.pass_obj
def window_command(app: App) -> None:
    """Serve the read-only page, /health and /api/v1 from the ledger, until SIGTERM. It needs no access to any provider.

    Until there is a ledger it answers 503 and waits.
    """
    with app.stopped_by_signals() as stop:
        with _reader(app, Children((*COMMAND, *_log_level()), app.clock, stop, GRACE))() as reading:
            from credwatch.ledger import Ledger  # noqa: PLC0415  loaded while a child reads the configuration
            from credwatch.web.window import Window  # noqa: PLC0415  the same

            terms = reading.terms()
        if terms is None:
            return
        _warn(app, terms)
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


def _warn(app: App, terms: Terms) -> None:
    for warning in terms.warnings:
        app.say(f"credwatch: {warning}", err=True)


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
