"""incident: the plan for every key of one vendor, in the order in which they are rotated. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import click

from credwatch.cli.app import App, json_option
from credwatch.cli.meant import where_known
from credwatch.cli.phrases import plural
from credwatch.cli.render import Column, aligned, document, fitted, shown
from credwatch.cli.rotating.opening import PLANNED, watching
from credwatch.config.near import did_you_mean
from credwatch.ledger.queries.rotating import OfVendor, of_vendor, vendors
from credwatch.model import Revoke
from credwatch.rotation.pasteable import word
from credwatch.rotation.planning import Order
from credwatch.rotation.preview import Preview, Refused, preview
from credwatch.rotation.working import Workshop


@dataclass(frozen=True)
class Turn:
    """One key, in its place of the order."""

    key: OfVendor
    why_not: str
    """Empty: it would start."""
    way: str
    """The command, or the way out."""


@click.command("incident")
@click.option("--vendor", required=True, help="Whose keys: twilio, deepgram, …")
@json_option
@click.pass_obj
def incident_command(app: App, *, vendor: str, as_json: bool) -> int:
    """The plan for everything of one vendor, in order, canary first: what is not production, then the fewest places.

    Each key is planned as `rotate --compromised --dry-run` plans it; nothing is changed. Exit code 0 when every one would start, 1 when
    not.
    """
    with app.ledger() as ledger:
        keys = of_vendor(ledger, vendor)
        if not keys:
            known = vendors(ledger)
            told = f"Known: {', '.join(known)}" if known else where_known(ledger)
            near = did_you_mean(vendor, known) or f" {told}."
            raise click.UsageError(f"no key of {shown(vendor)} is known.{near}")
        with watching(app, ledger) as watch, Workshop.of(watch, ledger, writes=False) as shop:
            turns = [_turn(key, preview(shop, ledger, _order(key))) for key in keys]
    if as_json:
        document({"vendor": vendor, "order": [{**vars(one), "number": at} for at, one in enumerate(turns, 1)]})
    else:
        for line in _lines(vendor, turns):
            app.say(line)
    return PLANNED if any(turn.why_not for turn in turns) else 0


def _order(key: OfVendor) -> Order:
    """As the command that is shown orders it."""
    at_once = timedelta(0)
    return Order(key.credential, "nobody", grace=at_once, revoke=Revoke.GRACE, compromised=True)


def _turn(key: OfVendor, found: Preview | Refused) -> Turn:
    whole = f"credwatch rotate {word(key.places[0])} --compromised" if key.places else "credwatch rotate …"
    if isinstance(found, Refused):
        return Turn(key, found.why, found.way.replace("\n", " ").replace("credwatch rotate …", whole))
    if found.held_back:
        return Turn(key, found.held_back, "")
    return Turn(key, "", f'{whole} --reason "…"')


def _lines(vendor: str, turns: Sequence[Turn]) -> Iterator[str]:
    ready = sum(not turn.why_not for turn in turns)
    yield f"{plural(len(turns), 'key')} of {vendor}, in this order; {ready} would start now. Nothing was changed."
    yield ""
    rows = [
        (
            str(at),
            turn.key.environment,
            turn.key.title,
            f"{turn.key.places[0] if turn.key.places else '-'}{_more(turn)}",
        )
        for at, turn in enumerate(turns, 1)
    ]
    columns = fitted([Column("", right=True), Column(""), Column(""), Column("")], rows)
    for line, turn in zip(aligned(columns, rows), turns, strict=True):
        yield f"  {line}"
        yield f"      {'no: ' + turn.why_not if turn.why_not else turn.way}"
        if turn.why_not and turn.way:
            yield f"      {turn.way}"
    yield ""
    yield "One after the other: see the first one done, and that its readers work, before the next."


def _more(turn: Turn) -> str:
    return f" +{len(turn.key.places) - 1}" if len(turn.key.places) > 1 else ""
