"""The first question: what fails now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from credwatch.cli.phrases import at, because, date, head_tail, plural, since
from credwatch.cli.render import Column, aligned, fitted, wrapped
from credwatch.ledger.queries.failing import Failing, Now, Vendor
from credwatch.ledger.queries.health import Incident
from credwatch.ledger.standings import Standing
from credwatch.model import Status

_NAMED = 8
"""So many vendors have a line of their own."""
_TITLES = ("", "keys", "works", "refused", "suspended", "cannot tell", "not tried", "slowest try")
_EXPIRED = "past its date"
_ONE_CAUSE = {
    Standing.SUSPENDED: "a new key would not help",
    Standing.REFUSED: "one cause, do not rotate",
}


def lines(answer: Now, now: datetime) -> Iterator[str]:
    """The question, the vendors, and every line that fails."""
    tried = sum(vendor.keys - vendor.not_tried for vendor in answer.vendors)
    failing = sum(vendor.refused + vendor.suspended for vendor in answer.vendors)
    yield f"1  What fails now?   {failing or 'nothing'} of {tried} tried"
    if answer.vendors:
        rows = [_row(vendor) for vendor in _named(answer.vendors)]
        names = ", ".join(vendor.vendor for vendor in answer.vendors[_NAMED - 1 :])
        columns = fitted([Column(title, right=bool(title)) for title in _TITLES], [_TITLES, *rows])
        first, *table = aligned(columns, [_TITLES, *rows])
        yield f"   {first}"
        for line in table:
            if line.startswith("others "):
                yield from wrapped(f"   {line}   ", [names])
            else:
                yield f"   {line}"
    for failing_now in answer.failing:
        yield from wrapped(f"   {_word(failing_now):<14}", _parts(failing_now, now))
    for half in answer.halves:
        parts = [half.subject, f"refused since {since(half.opened_at, now)} while another place of the key works"]
        yield from wrapped(f"   {'half a pair':<14}", [*parts, half.owner, _taken(half, now)])
    if answer.more:
        yield f"   and {plural(answer.more, 'line')} more: credwatch list --status refused --status cannot-tell"


def _named(vendors: Sequence[Vendor]) -> Iterator[Vendor]:
    """Those that have a line of their own, and one line for all others."""
    if len(vendors) <= _NAMED:
        yield from vendors
        return
    yield from vendors[: _NAMED - 1]
    rest = vendors[_NAMED - 1 :]
    total = rest[0]
    for one in rest[1:]:
        slowest = [each for each in (total.slowest, one.slowest) if each is not None]
        total = replace(
            total,
            keys=total.keys + one.keys,
            probed=total.probed or one.probed,
            works=total.works + one.works,
            refused=total.refused + one.refused,
            suspended=total.suspended + one.suspended,
            cannot_tell=total.cannot_tell + one.cannot_tell,
            not_tried=total.not_tried + one.not_tried,
            slowest=max(slowest, default=None),
        )
    yield replace(total, vendor="others")


def _row(vendor: Vendor) -> tuple[str, ...]:
    answers = (vendor.works, vendor.refused, vendor.suspended, vendor.cannot_tell)
    slowest = "" if vendor.slowest is None else f"{vendor.slowest // timedelta(milliseconds=1)} ms"
    told = (str(answer) if vendor.probed else "-" for answer in answers)
    return (vendor.vendor, str(vendor.keys), *told, str(vendor.not_tried), slowest)


def _word(line: Failing) -> str:
    return _EXPIRED if line.status is Status.EXPIRED and line.standing is not Standing.REFUSED else line.standing.value


def _parts(line: Failing, now: datetime) -> list[str]:
    return [
        _which(line),
        _since(line, now),
        because(line.standing, line.reason),
        _ONE_CAUSE.get(line.standing, "") if line.keys > 1 else "",
        line.owner,
        _taken(line.incident, now) if line.incident else "",
        f"silent: {line.ignored}" if line.ignored else "",
    ]


def _which(line: Failing) -> str:
    if line.keys > 1:
        account = head_tail(line.account) if line.account else "unknown"
        return f"{line.keys} keys of {line.vendor_name} account {account}"
    return f"{line.place} +{line.places - 1}" if line.places > 1 else line.place


def _since(line: Failing, now: datetime) -> str:
    """Between the last good answer and the first bad one."""
    if line.status is Status.EXPIRED and line.deadline is not None:
        return f"since {date(line.deadline, now)}"
    if line.since is None:
        return ""
    if line.standing is Standing.CANNOT_TELL:
        return f"since {since(line.since, now)}"
    if line.worked_at is None:
        return f"since {since(line.since, now)} or before"
    return f"since {since(line.worked_at, now)}–{since(line.since, now)}"


def _taken(incident: Incident, now: datetime) -> str:
    if incident.snoozed_until is not None and incident.snoozed_until > now:
        return f"{incident.acked_by} snoozed it until {at(incident.snoozed_until, now)}"
    if incident.acked_at is not None:
        return f"{incident.acked_by} has it since {at(incident.acked_at, now)}"
    return f"nobody has it: credwatch ack {incident.id}"
