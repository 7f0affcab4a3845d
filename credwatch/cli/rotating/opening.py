"""What every command about rotations starts from: which key is meant, who asks, and a process that may work on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from credwatch.cli.app import App
from credwatch.cli.meant import where_known
from credwatch.cli.render import shown
from credwatch.ledger import Ledger
from credwatch.ledger.queries.naming import find
from credwatch.log import typed
from credwatch.looking import Watch
from credwatch.rotation.working import Workshop
from credwatch.transport.counting import Counting

NOT_ONE = 64
PLANNED, UNSURE = 1, 3
"""Exit codes: somebody has to do something first; it could not be told."""

by_option = click.option(
    "--by", "given", metavar="NAME", help="Who asks for it. Else $CREDWATCH_BY, else the login name."
)


def reason_option(of: str, told: str = "it is kept, and said in Slack") -> Callable[[Any], Any]:
    """`--reason`."""
    return click.option("--reason", default="", help=f"Why {of}: {told}.")


def whole(ledger: Ledger, word: str) -> str | None:
    """The credential of exactly this place or id. None, and said on standard error, when there is none: nothing is guessed."""
    found = find(ledger, word) or find(ledger, typed(word))
    exact = {one.credential for one in found if {word, typed(word)} & {one.credential, one.place}}
    if len(exact) == 1:
        return exact.pop()
    name = shown(word)
    if not found:
        sys.stderr.write(f"credwatch: nothing is known as {name}. {where_known(ledger)}\n")
    else:
        sys.stderr.write(f"credwatch: {name} is not a whole place. What is changed is named whole:\n")
        for one in found[:10]:
            sys.stderr.write(f"  {shown(one.place)}\n")
    return None


@contextmanager
def watching(app: App, ledger: Ledger) -> Iterator[Watch]:
    """All that looking works with, over a way out that counts what it sends."""
    network = app.config.network
    transport = Counting(proxy=network.proxy, ca=network.ca, clock=app.clock)
    with (
        app.stopped_by_signals() as stop,
        Watch.of(app.config, ledger, app.clock, stop, transport=transport) as watch,
    ):
        yield watch


@contextmanager
def workshop(app: App) -> Iterator[Workshop]:
    """One that may change things, as the identities that do."""
    with app.ledger() as ledger, watching(app, ledger) as watch, Workshop.of(watch, ledger) as shop:
        yield shop
