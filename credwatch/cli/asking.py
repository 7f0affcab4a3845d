"""list and history: every place, and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo

import click

from credwatch.cli.app import App, json_option
from credwatch.cli.meant import NOT_ONE, one_of
from credwatch.cli.phrases import remaining, title
from credwatch.cli.render import Column, documents, say, table, wrapped
from credwatch.config.values import duration
from credwatch.ledger.queries.history import Happened, history
from credwatch.ledger.queries.listing import Line, Wanted, listing, widths
from credwatch.ledger.queries.rotating import under_way
from credwatch.ledger.standings import Standing
from credwatch.model import ClockName, Status

_WORDS: dict[str, tuple[Sequence[Standing], Sequence[Status]]] = {
    "works": ((Standing.WORKS, Standing.LIMITED), ()),
    "limited": ((Standing.LIMITED,), ()),
    "refused": ((Standing.REFUSED,), ()),
    "suspended": ((Standing.SUSPENDED,), ()),
    "cannot-tell": ((Standing.CANNOT_TELL,), ()),
    "not-tried": ((Standing.NOT_TRIED,), ()),
    "expiring": ((), (Status.EXPIRING,)),
    "expired": ((), (Status.EXPIRED,)),
    "overdue": ((), (Status.OVERDUE,)),
    "gone": ((), (Status.GONE,)),
    "unwatched": ((), (Status.UNWATCHED,)),
}
_PLACE, _KIND, _OWNER = 56, 24, 16
"""The widest that these columns are made; what is longer pushes the rest of its line."""


def _length(_ctx: click.Context, param: click.Parameter, value: str) -> timedelta:
    """A length as in the configuration, or a complaint that shows how one is written."""
    try:
        return duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from None


@click.command("list")
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@click.option("--owner", default="", help="Only what belongs to this owner.")
@click.option("--status", "words", type=click.Choice(tuple(_WORDS)), multiple=True, help="Only what stands so.")
@click.option("--kind", default="", help="Only this kind of key; * stands for anything: twilio-*.")
@click.option("--provider", default="", help="Only what this provider shows.")
@click.option("--overdue", is_flag=True, help="Only what is older than its rule, or than its store's schedule.")
@click.option("--all", "gone", is_flag=True, help="Also what is gone, or no longer watched.")
@json_option
@click.pass_obj
def list_command(
    app: App,
    patterns: tuple[str, ...],
    *,
    owner: str,
    words: tuple[str, ...],
    kind: str,
    provider: str,
    overdue: bool,
    gone: bool,
    as_json: bool,
) -> None:
    """Every place and the credential in it, one line each; a place stands there exactly as it has to be typed.

    A PATTERN is written as in the rules (vault-prod:kv/voice/**), or is the end of a place.
    """
    wanted = Wanted(
        patterns=patterns,
        owner=owner,
        standings=tuple(standing for word in words for standing in _WORDS[word][0]),
        statuses=tuple(status for word in words for status in _WORDS[word][1]),
        kind=kind,
        provider=provider,
        overdue=overdue,
        gone=gone or bool({"gone", "unwatched"} & set(words)),
    )
    now = app.now()
    with app.ledger(read_only=True) as ledger:
        place, kind_width, owner_width = widths(ledger)
        columns = [
            Column("place", min(place, _PLACE)),
            Column("kind", min(kind_width, _KIND)),
            Column("status", 14),
            Column("date", 12),
            Column("owner", min(owner_width, _OWNER)),
        ]
        with closing(listing(ledger, wanted, now)) as lines:
            rotations = under_way(ledger)
            if as_json:
                documents({**line._asdict(), "rotation": rotations.get(line.credential)} for line in lines)
                return
            zone = app.config.timezone
            count = table(columns, (_cells(line, now, zone, rotates=line.credential in rotations) for line in lines))
    if not count:
        say("Nothing. credwatch list without a word shows everything; --all shows what is gone, too.")


def _cells(line: Line, now: datetime, zone: tzinfo, *, rotates: bool) -> tuple[str, ...]:
    gone = line.status is Status.GONE or line.status is Status.UNWATCHED
    date = "-" if gone or line.deadline is None else _date(line, line.deadline, now, zone)
    return (line.place, line.title, _status(line, rotates=rotates), date, line.owner)


def _status(line: Line, *, rotates: bool) -> str:
    if line.status is Status.GONE:
        return "gone"
    if line.kind == "deadline":
        return "-"
    if rotates and line.standing is Standing.WORKS:
        return "works, rotates"
    return "not watched" if line.status is Status.UNWATCHED else line.standing


def _date(line: Line, deadline: datetime, now: datetime, zone: tzinfo) -> str:
    past = deadline <= now
    if line.clock is ClockName.POLICY:
        return f"{remaining(now, deadline)} too old" if past else "-"
    day = (deadline.astimezone(zone) if line.kind == "deadline" else deadline).isoformat()[:10]
    return f"{day} past" if past else day


@click.command("history")
@click.argument("which", metavar="[PLACE_OR_ID]", required=False)
@click.option("--since", callback=_length, default="30d", help="How far back: 30d, 6h. Default: 30d.")
@json_option
@click.pass_obj
def history_command(app: App, which: str | None, *, since: timedelta, as_json: bool) -> int:
    """What happened to one credential, or to all of them, the oldest first: changes, answers, incidents, people."""
    now = app.now()
    with app.ledger(read_only=True) as ledger:
        credential = one_of(ledger, which) if which else ""
        if credential is None:
            return NOT_ONE
        empty = True
        with closing(history(ledger, now - since, credential)) as happened:
            if as_json:
                documents(happened)
                return 0
            for one in happened:
                for line in wrapped(f"{_when(one.at)}  ", _told(one, alone=bool(credential)), indent=18):
                    say(line)
                empty = False
    if empty:
        say(f"Nothing happened since {_when(now - since)}. --since 90d looks further back.")
    return 0


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


_CHANGES = {
    "appeared": "appeared in",
    "status": "",
    "replaced": "replaced:",
    "gone": "gone from",
    "unwatched": "no longer watched:",
    "renewed": "renewed,",
    "scopes": "may do less, it",
    "joined": "joined:",
    "told": "told:",
}
_ANSWERS = {"valid": "works", "invalid": "refused", "suspended": "suspended", "unknown": "cannot tell"}


def _told(one: Happened, *, alone: bool) -> Iterator[str]:
    if one.key is not None and not alone:
        yield title(one.key) if one.key.name or one.key.key_id else one.key.place or one.credential
    elif one.key is None and one.credential:
        yield one.credential
    match one.sort:
        case "person":
            yield f"{one.who} {one.what} {'' if one.key is not None and alone else one.subject} {one.detail}".rstrip()
        case "incident":
            about = "" if one.key is not None else f": {one.subject}"
            yield f"incident {one.what}: {one.detail}{about}".rstrip()
        case "answer":
            said = one.detail.removeprefix("ok: ").removeprefix("refused: ")
            reason = "" if said in ("ok", "refused") else f" ({said})"
            yield f"{_ANSWERS.get(one.what, one.what)}{reason}"
        case _:
            yield f"{_CHANGES.get(one.what, one.what)} {one.detail.removesuffix(': ok')}".strip()
