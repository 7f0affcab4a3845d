"""status: what fails now, what fails next, what failed lately; and first of all whether we see anything."""

from __future__ import annotations

from collections.abc import Mapping

import click

from credwatch.cli.app import App, json_option
from credwatch.cli.render import document, say, wrapped
from credwatch.cli.surveying import ahead, lately, present
from credwatch.cli.surveying.sight import Trouble, first_line, troubles
from credwatch.config.rules import environments
from credwatch.findings import Finding, Sight
from credwatch.ledger.queries.ahead import ahead as failing_next
from credwatch.ledger.queries.failing import Now
from credwatch.ledger.queries.failing import failing as failing_now
from credwatch.ledger.queries.failures import failures as failed_lately
from credwatch.ledger.queries.health import health as health_of
from credwatch.ledger.queries.joined import counted
from credwatch.ledger.queries.rotating import under_way

WELL, ATTENTION, REFUSED, UNTOLD = 0, 1, 2, 3

_FOUND = {
    Finding.UNOWNED: "nobody owns",
    Finding.ORPHAN: "held by no store",
    Finding.GHOST: "no longer at the vendor",
    Finding.HALF_PAIR: "half of a pair",
    Finding.PERSONAL: "bound to one person's account",
    Finding.SHARED: "same value in production and elsewhere",
    Finding.UNRECOGNISED: "not recognised",
}
"""In the words of the first summary. Several places for one key are no fault; `show` tells them."""


@click.command("status")
@click.option("--check", is_flag=True, help="Say it with the exit code too: 0, 1, 2, 3 as in the head of this help.")
@json_option
@click.pass_obj
def status_command(app: App, *, check: bool, as_json: bool) -> int:
    """What fails now, what fails next and whose it is, what failed lately.

    With --check the exit code is 2 when a key is refused, suspended or past its date, 3 when something could not be told,
    1 when something wants attention (a date is near, age, an alert nobody took), 0 when all is well; without it 0.
    """
    now = app.now()
    with app.ledger(read_only=True) as ledger:
        health = health_of(ledger, now)
        failing, coming, failed = failing_now(ledger, now), failing_next(ledger, now), failed_lately(ledger)
        found, seen = counted(ledger, environments(app.config, now))
        rotations = under_way(ledger)
    wrong = troubles(health, app.config, now)
    code = _code(failing, wrong)
    if as_json:
        document(
            {
                "now": now,
                "code": code,
                "well": not wrong,
                "seen_since": health.seen_since,
                "troubles": wrong,
                "health": health,
                "what_fails_now": failing,
                "what_fails_next": coming,
                "under_way": rotations,
                "last_failures": failed,
                "findings": found,
                "stores_not_seen": seen.unseen,
            }
        )
        return code if check else WELL
    for line in (
        *first_line(health, wrong, now),
        "",
        *present.lines(failing, now),
        "",
        *ahead.lines(coming, rotations, now, app.config.timezone),
        "",
        *lately.lines(failed, now),
        *_joined(found, seen),
    ):
        say(line)
    return code if check else WELL


def _joined(found: Mapping[Finding, int], seen: Sight) -> list[str]:
    counted = [f"{words} {found[finding]}" for finding, words in _FOUND.items() if found.get(finding)]
    if seen.unseen and Finding.ORPHAN not in found:
        counted.append(f"held by no store: cannot tell, not wholly listed: {', '.join(seen.unseen[:5])}")
    return ["", *wrapped("", counted, indent=2)] if counted else []


def _code(failing: Now, wrong: tuple[Trouble, ...]) -> int:
    """The most severe: what is refused, then what nobody could tell, then what wants attention."""
    if failing.spoken or failing.halves:
        return REFUSED
    if failing.unclear or any(trouble.blind for trouble in wrong):
        return UNTOLD
    return ATTENTION if failing.overdue or failing.expiring or wrong else WELL
