"""The words that several commands share: names of keys, times, lengths, reasons. The same as in Slack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from credwatch.alerts.wording.names import head_tail, length, plural, why
from credwatch.ledger.standings import Standing
from credwatch.model import Reason

if TYPE_CHECKING:
    from credwatch.ledger.queries.ahead import Named  # not every command that prints asks what fails next

__all__ = ["at", "because", "coming", "date", "head_tail", "length", "plural", "remaining", "since", "title"]

_REASONS = {
    Reason.ADDRESS_NOT_ALLOWED: "our address is not on the key's allow-list",
    Reason.CLOCK_SKEW: "our clock is wrong",
    Reason.WRONG_HOST: "it belongs to another region or host",
    Reason.MALFORMED: "what is stored there cannot be such a key",
    Reason.BREAKER_OPEN: "too many of this account failed before it",
    Reason.REDIRECTED: "its vendor sent us elsewhere, where no key is sent",
    Reason.TOO_LARGE: "the answer was too large",
    Reason.UNREADABLE: "the answer is not what its vendor documents",
    Reason.UNEXPECTED: "the answer stands in no document of its vendor",
    Reason.LIMITED: "it may not do what we ask",
}
_REFUSALS = (Reason.REFUSED, Reason.REVOKED, Reason.EXPIRED, Reason.REJECTED_OR_CLOSED)
_MONTHS = timedelta(days=300)
"""A day without its year is within so long."""


def title(key: Named) -> str:
    """`Deepgram key "voice-prod"`, `Twilio API key SK…41d2`; a deadline is its own name."""
    if key.kind == "deadline" and key.name:
        return key.name
    if key.name:
        return f'{key.title} "{key.name}"'
    if key.key_id:
        return f"{key.title} {head_tail(key.key_id)}"
    return f"{key.title} {key.place.rpartition('#')[2].rpartition(':')[2] or key.id}"


def because(standing: Standing | None, reason: Reason | None) -> str:
    """Why it stands so, where the word alone does not say it."""
    if standing is Standing.CANNOT_TELL and reason in _REFUSALS:
        return "looked refused once; it is tried again before that is believed"
    return _REASONS.get(reason, why(reason)) if reason not in (None, Reason.OK, Reason.REFUSED) else ""


def date(moment: datetime, now: datetime) -> str:
    """`14 Nov`, with its year when that is far."""
    moment = moment.astimezone(UTC)
    year = "" if abs(moment - now) < _MONTHS else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}"


def at(moment: datetime, now: datetime) -> str:
    """`16:33` today, `19 Nov 16:33` on another day."""
    clock = f"{moment.astimezone(UTC):%H:%M}"
    return clock if _same_day(moment, now) else f"{date(moment, now)} {clock}"


def since(moment: datetime, now: datetime) -> str:
    """To the minute in the last two days, to the day before: `16:33`, `19 Nov 16:33`, `14 Nov`."""
    recent = timedelta(0) <= now - moment < timedelta(days=2)
    return at(moment, now) if recent else date(moment, now)


def coming(moment: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """`Fri  4 Dec`, so that days stand under days. A day that a person wrote down is one in their zone."""
    moment = moment.astimezone(zone)
    year = "" if abs(moment - now) < _MONTHS else f" {moment.year}"
    return f"{moment:%a} {moment.day:>2} {moment:%b}{year}"


def remaining(until: datetime, now: datetime) -> str:
    """`14 d`, `5 h`, `40 min`: rounded down."""
    seconds = max(int((until - now).total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3_600, "h")):
        if seconds >= size:
            return f"{seconds // size:,} {unit}"
    return f"{seconds // 60} min"


def _same_day(moment: datetime, now: datetime) -> bool:
    return moment.astimezone(UTC).date() == now.astimezone(UTC).date()
