"""ack and snooze: somebody has it. What is changed here is named whole, and who changed it is written down."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from credwatch.cli.app import App, json_option
from credwatch.cli.phrases import at
from credwatch.cli.render import document, say, shown
from credwatch.config.values import duration
from credwatch.ledger import Acknowledged, Ledger
from credwatch.ledger.queries.health import Incident
from credwatch.ledger.queries.naming import concerned as meant_by
from credwatch.log import typed

NAME = "CREDWATCH_BY"
NOT_ONE = 64
_LONGEST = 64

by_option = click.option("--by", "given", metavar="NAME", help=f"Who has it. Else ${NAME}, else the login name.")


@click.command("ack")
@click.argument("which", metavar="ID")
@by_option
@json_option
@click.pass_obj
def ack_command(app: App, which: str, *, given: str | None, as_json: bool) -> int:
    """Say that somebody has it: an incident (cw-…), or what is open about a credential (c-…) or a whole place."""
    return _answer(app, which, who(given, app.environ, os.getuid()), None, as_json=as_json)


@click.command("snooze")
@click.argument("which", metavar="ID")
@click.argument("until")
@by_option
@json_option
@click.pass_obj
def snooze_command(app: App, which: str, until: str, *, given: str | None, as_json: bool) -> int:
    """Say nothing more about it UNTIL a time, never past its date: a length (3d, 12h) or a day (2026-12-01).

    ID is an incident (cw-…), a credential (c-…) or a whole place. A day begins in the configured time zone.
    """
    by, now = who(given, app.environ, os.getuid()), app.now()
    return _answer(app, which, by, moment(until, now, app.config.timezone), as_json=as_json)


def who(given: str | None, environ: Mapping[str, str], uid: int) -> str:
    """Whose word it is: --by, else the environment, else the login name. UsageError where nobody is known."""
    for name in (given, environ.get(NAME), login(uid)):
        if name is not None and name.strip():
            return name.strip()[:_LONGEST]
    raise click.UsageError("nobody is logged in here, so it would not be known who did it. Say so: --by NAME")


def login(uid: int) -> str | None:
    """The name of this user; None for root, who is anybody, and for a number without a name."""
    try:
        return pwd.getpwuid(uid).pw_name if uid != 0 else None
    except KeyError:
        return None


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """A length from now, or a day or time in the zone. UsageError for what is neither, and for the past."""
    try:
        until = now + duration(text)
    except ValueError:
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise click.UsageError(
                f"{shown(text)!r} is no time. A length is written 3d or 12h, a day 2026-12-01"
            ) from None
        until = read if read.tzinfo else datetime.combine(read.date(), read.time() or time(), zone)
    try:
        until = until.astimezone(UTC)
    except OverflowError:  # the first day or the last that there is, in another zone than ours
        raise click.UsageError(f"{shown(text)!r} is no time that can be kept. Name a nearer one") from None
    if until <= now:
        raise click.UsageError(f"{until:%Y-%m-%d %H:%M} UTC has passed. Name a later time")
    return until


def _answer(app: App, which: str, by: str, until: datetime | None, *, as_json: bool) -> int:
    now = app.now()
    with app.ledger() as ledger:
        meant = _meant(ledger, which)
        done = [(incident, ledger.acknowledge(incident.id, by, until, now)) for incident in meant]
    if not done:
        return NOT_ONE
    if as_json:
        document([{**vars(set_now), "incident": incident} for incident, set_now in done])
        return 0
    for incident, set_now in done:
        for line in _said(incident, set_now, until, now):
            say(line)
    return 0


def _meant(ledger: Ledger, which: str) -> tuple[Incident, ...]:
    """What is open about exactly this; else why there is nothing, on standard error."""
    concerned = meant_by(ledger, which)
    if not concerned.known:
        concerned = meant_by(ledger, typed(which))
    if concerned.own:
        return concerned.own
    name = shown(which)
    if not concerned.known:
        said = (
            f"nothing is called {name}. To change something its whole place or its id is needed: credwatch show {name}"
        )
    elif concerned.wider:
        wider = ", ".join(f"{one.about} {shown(one.subject)}: credwatch ack {one.id}" for one in concerned.wider)
        said = f"nothing is open about {name} alone. What is open concerns the whole {wider}"
    else:
        said = f"nothing is open about {name}. credwatch status shows what is"
    sys.stderr.write(f"credwatch: {said}\n")
    return ()


def _said(incident: Incident, done: Acknowledged, asked: datetime | None, now: datetime) -> Iterator[str]:
    what = f"{done.incident} ({incident.step.replace('_', ' ')} since {at(incident.opened_at, now)})"
    if done.snoozed_until is None:
        yield f"{done.by} has it: {what}. It stays open until it is well; credwatch status shows it."
        return
    until = f"{done.snoozed_until:%a} {done.snoozed_until.day} {done.snoozed_until:%b %Y %H:%M} UTC"
    yield f"{done.by} snoozed {what} until {until}."
    if asked is not None and asked - done.snoozed_until > timedelta(0):
        yield "Not longer: that is its date, and from then on it is said again."
