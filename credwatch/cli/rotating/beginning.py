"""rotate: plan, ask, begin, and go on as long as somebody watches."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import click

from credwatch.cli import INTERRUPTED
from credwatch.cli.answering import who
from credwatch.cli.app import App, json_option
from credwatch.cli.render import document
from credwatch.cli.rotating import plan as paper
from credwatch.cli.rotating.due import go_on_with_all
from credwatch.cli.rotating.opening import NOT_ONE, PLANNED, UNSURE, by_option, reason_option, watching, whole
from credwatch.cli.rotating.pasting import ask
from credwatch.cli.rotating.telling import ended, progress
from credwatch.config.values import duration
from credwatch.ledger import Ledger
from credwatch.looking import Watch
from credwatch.model import Minted, Revoke
from credwatch.model.rotating import Rotation
from credwatch.rotation.freezes import frozen
from credwatch.rotation.pasteable import word
from credwatch.rotation.pasting import pasted, same
from credwatch.rotation.planning import Order
from credwatch.rotation.preview import Preview, Refused, preview
from credwatch.rotation.working import Workshop
from credwatch.secrets import Secret
from credwatch.transport.counting import Counting

_log = logging.getLogger("credwatch.rotate")
_PAUSE = 30.0
"""Seconds between two tries of --wait."""


@dataclass(frozen=True)
class Asked:
    """What stands on the command line."""

    dry_run: bool
    yes: bool
    grace: timedelta | None
    now: bool
    reason: str
    replace_dead: bool
    compromised: bool
    paste: bool
    wait: bool
    as_json: bool

    @property
    def again(self) -> str:
        """The same, for a command line that does it."""
        flags = {"--now": self.now, "--replace-dead": self.replace_dead}
        flags |= {"--compromised": self.compromised, "--paste": self.paste}
        grace = "" if self.grace is None else f" --grace {int(self.grace.total_seconds())}s"
        return grace + "".join(f" {flag}" for flag, given in flags.items() if given)

    def order(self, credential: str, by: str) -> Order:
        """The same as the engine takes it."""
        at_once = self.now or self.compromised
        return Order(
            credential,
            by,
            reason=self.reason or ("it is compromised" if self.compromised else ""),
            grace=timedelta(0) if at_once else self.grace,
            revoke=Revoke.GRACE if self.compromised else None,
            replace_dead=self.replace_dead,
            paste=self.paste,
            compromised=self.compromised,
        )


def _length(_ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return None if value is None else duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


@click.command("rotate")
@click.argument("place", required=False)
@click.option("--dry-run", is_flag=True, help="Print the plan and change nothing: writes are cut off.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody sits at a terminal.")
@click.option(
    "--grace", callback=_length, help="How long both keys live: 24h. Else a day, or twice what a reader needs."
)
@click.option("--now", is_flag=True, help="No grace: the old key may go as soon as every reader was told.")
@reason_option("it is rotated")
@click.option("--replace-dead", is_flag=True, help="The old key is dead: make, store, try, live; no wait, no revoke.")
@click.option("--compromised", is_flag=True, help="Somebody else has it: no grace, and it is revoked without asking.")
@click.option("--paste", is_flag=True, help="You made the new key; it is asked for at a hidden prompt, and checked.")
@click.option("--wait", is_flag=True, help="Where it cannot be told whether it may begin, try again until it can.")
@click.option("--due", is_flag=True, hidden=True, help="Go on with every rotation whose time has come.")
@by_option
@json_option
@click.pass_obj
def rotate_command(app: App, /, place: str | None, *, due: bool, given: str | None, **options: Any) -> int:
    """Put a new key into every place that holds this one, and let the old one go when nobody needs it.

    PLACE is a whole place, or the id c-…; it is planned first, and asked. It may be left at any moment: the daemon goes
    on. Exit code 0 when it goes on by itself or is done, 1 when it was refused or a person must choose, 3 when it could
    not be told.
    """
    asked = Asked(**options)
    if due:
        if place or any(options.values()):
            raise click.UsageError("--due goes on with every rotation whose time has come, and takes nothing else")
        return go_on_with_all(app)
    if not place:
        raise click.UsageError("which key? Name a whole place: credwatch list shows them")
    if asked.grace is not None and (asked.now or asked.compromised):
        flag = "--now" if asked.now else "--compromised"
        raise click.UsageError(f"{flag} is no grace at all; leave one of {flag} and --grace out")
    by = "nobody" if asked.dry_run else who(given, app.environ, os.getuid())
    with app.ledger() as ledger:
        credential = whole(ledger, place)
        if credential is None:
            return NOT_ONE
        order = asked.order(credential, by)
        found, reads = _plan(app, ledger, order, asked)
        if app.stop.is_set():
            app.say("Stopped. Nothing was started.", err=True)
            return INTERRUPTED
        command = f'credwatch rotate {word(place)}{asked.again} --reason "…"' if asked.dry_run else ""
        code = _shown(app, found, reads, asked, command)
        if code and app.quiet:
            why = ". ".join(filter(None, (found.why, found.way))) if isinstance(found, Refused) else found.held_back
            _log.warning("%s is not rotated: %s", place, why.replace("\n", " "))
        if isinstance(found, Refused) or asked.dry_run or code:
            return code
        if not _agreed(asked):
            app.say("Nothing was begun.", err=True)
            return PLANNED
        given_parts = ask(found.rotation, app.config) if asked.paste else {}
        return _begin(app, ledger, found, asked, given_parts)


def _plan(app: App, ledger: Ledger, order: Order, asked: Asked) -> tuple[Preview | Refused, int]:
    """What would be done, and how many requests it took to tell."""
    with watching(app, ledger) as watch:
        while True:
            with Workshop.of(watch, ledger, writes=False, pauses=not asked.dry_run) as shop:
                found = preview(shop, ledger, order)
            if not (asked.wait and isinstance(found, Refused) and found.unsure):
                break
            app.say(f"{found.why}. Tried again in {_PAUSE:.0f} s; Ctrl-C ends it.", err=True)
            if not watch.clock.wait(_PAUSE, watch.stop):
                break
        return found, watch.transport.sent if isinstance(watch.transport, Counting) else 0


def _shown(app: App, found: Preview | Refused, reads: int, asked: Asked, command: str) -> int:
    """Print it; the exit code if nothing more comes of it, else 0."""
    if isinstance(found, Refused):
        if asked.as_json:
            document({"would_start": False, **vars(found)})
        else:
            for line in paper.refused(found):
                app.say(line)
        return UNSURE if found.unsure else PLANNED
    if not asked.as_json:
        for line in paper.lines(found, app.config, reads, command):
            app.say(line)
    elif asked.dry_run or found.held_back:
        document(paper.data(found, app.config, reads))
    return PLANNED if found.held_back else 0


def _agreed(asked: Asked) -> bool:
    """Whether somebody says yes. UsageError where nobody can be asked."""
    if asked.yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here. Read the plan with --dry-run, then begin with --yes")
    if asked.as_json:
        raise click.UsageError("--json shows no plan to agree to. Read it with --dry-run --json, then begin with --yes")
    return click.confirm("\nBegin?", err=True)


def _begin(app: App, ledger: Ledger, found: Preview, asked: Asked, parts: dict[str, Secret]) -> int:
    rotation = found.rotation
    with watching(app, ledger) as watch, Workshop.of(watch, ledger) as shop:
        paste = None
        if asked.paste:
            minted = pasted(shop.run(rotation), parts)
            app.say(same(rotation, minted), err=asked.as_json)
            paste = partial(_handed, minted)
        _audited(ledger, found, asked, watch)
        begun = shop.journal.begin(rotation, app.now())
        if not asked.as_json:
            app.say(
                f"cw-{begun.id} has begun. It may be left: Ctrl-C leaves it to the daemon, or credwatch rotate --due"
            )
        now = shop.go_on(begun, said=None if asked.as_json else progress(app), paste=paste)
        return _came_to(app, ledger, now, as_json=asked.as_json)


def _handed(minted: Minted) -> Minted:
    return minted


def _audited(ledger: Ledger, found: Preview, asked: Asked, watch: Watch) -> None:
    """Who and why, before anything."""
    open_ = ", ".join(one.id for one in found.known.open)
    said = [
        f"compromised{f', {open_}' if open_ else ''}" if asked.compromised else "",
        "its dead key is replaced" if asked.replace_dead else "",
        "in a freeze" if frozen(watch.config.rotate.freeze, watch.clock.now(), watch.config.timezone) else "",
        "a key was pasted" if asked.paste else "",
        found.rotation.reason,
    ]
    detail = f"cw-{found.rotation.id} of {found.rotation.credential}: " + "; ".join(part for part in said if part)
    place = found.rotation.targets[0].place
    ledger.audit(found.rotation.requested_by, "rotate", place, detail=detail.rstrip(": "), now=watch.clock.now())


def _came_to(app: App, ledger: Ledger, rotation: Rotation, *, as_json: bool) -> int:
    lines, code = ended(ledger, rotation, stopped=app.stop.is_set())
    if as_json:
        document(rotation)
    else:
        for line in lines:
            app.say(line)
    return INTERRUPTED if app.stop.is_set() and not code else code
