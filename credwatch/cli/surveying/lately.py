"""The third question: the last ten failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from credwatch.cli.phrases import because, date, head_tail, plural, title
from credwatch.cli.render import shown, wrapped
from credwatch.ledger.queries.failures import Failure, Failures
from credwatch.model import About, Level, Reason

_WIDEST = 44
_STEPS = {
    "refused": "refused",
    "expired": "expired",
    "suspended": "suspended",
    "all_refused": "all refused",
    "answers": "cannot tell",
    "half_pair": "refused here only",
    "blind": "not seen",
    "blind_long": "not seen",
    "shrunk": "lists far less",
    "cut_off": "nothing reached",
    "cut_off_long": "nothing reached",
}
_ENDS = {"well": "over", "replaced": "replaced", "gone": "gone", "unwatched": "no longer watched"}


def lines(answer: Failures, now: datetime) -> Iterator[str]:
    """The question, and one line for each failure, the newest first."""
    since = f", since {date(answer.since, now)}" if answer.since else ""
    total = f"{answer.total} in all{since}" if answer.total else f"none{since}"
    yield f"3  The last ten failures   {total}"
    names = [shown(_title(failure)) for failure in answer.last]
    days = [date(failure.incident.opened_at, now) for failure in answer.last]
    width, wide = min(max(map(len, names), default=0), _WIDEST), max(map(len, days), default=0)
    for failure, name, day in zip(answer.last, names, days, strict=True):
        head = f"   {day:<{wide}}  {name:<{width}}   "
        yield from wrapped(head, _course(failure), by=" → ", indent=wide + 7)


def _title(failure: Failure) -> str:
    incident = failure.incident
    match incident.about:
        case About.PROVIDER:
            return f"{incident.subject}, we were blind"
        case About.VENDOR:
            return f"{incident.subject}, no answers"
        case About.SELF:
            return "credwatch itself"
        case About.ACCOUNT:
            vendor, _, account = incident.subject.partition("/")
            return f"{vendor} account {head_tail(account) if account else 'unknown'}"
        case About.PLACE:
            return incident.subject
    return title(failure.key) if failure.key else incident.subject


def _course(failure: Failure) -> Iterator[str]:
    """What happened at which minute; a time of another day carries its date."""
    incident, begun = failure.incident, failure.incident.opened_at
    step = "answers" if incident.about is About.VENDOR else incident.step
    word = _STEPS.get(step, step.replace("_", " "))
    why = because(None, incident.reason) if incident.reason is not Reason.REJECTED_OR_CLOSED else ""
    if failure.worked_at is not None:
        yield f"{_at(failure.worked_at, begun)} {'seen' if incident.about is About.PROVIDER else 'worked'}"
    if failure.failed_at is not None and _at(failure.failed_at, begun) != _at(begun, begun):
        first = why if incident.about is About.PROVIDER and why else word
        yield f"{_at(failure.failed_at, begun)} {first}"
        word, why = ("again" if incident.about is About.PROVIDER else "refused again"), why if first == word else ""
    keys = f", {plural(failure.keys, 'key')}" if failure.keys else ""
    yield f"{_at(begun, begun)} {word}{f' ({why})' if why else ''}{keys}"
    yield from (f"{_at(at, begun)} {'paged' if level is Level.PAGE else 'said'}" for at, level in failure.told)
    if incident.acked_at is not None:
        yield f"{_at(incident.acked_at, begun)} {incident.acked_by}"
    if failure.closed_at is not None:
        yield f"{_at(failure.closed_at, begun)} {_ENDS.get(failure.closed_why, failure.closed_why)}"
    else:
        yield "open"


def _at(moment: datetime, begun: datetime) -> str:
    clock = f"{moment.astimezone(UTC):%H:%M}"
    same = moment.astimezone(UTC).date() == begun.astimezone(UTC).date()
    return clock if same else f"{date(moment, begun)} {clock}"
