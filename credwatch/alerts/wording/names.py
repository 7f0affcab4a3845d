"""How a message names a key, a length of time and a place. Only public ids are shown, and of those the ends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from credwatch.alerts.words import Code, Line, Link, Span, When, short
from credwatch.model import Reason

if TYPE_CHECKING:
    from credwatch.ledger.outbox import Key  # every command says a length of time; few read the outbox

_DAY = timedelta(days=1)
_PREFIXED = re.compile(r"(AKIA|ASIA|[A-Z]{2})[0-9A-Za-z]{10,}")

REASONS = {
    Reason.REFUSED: "",
    Reason.REVOKED: "it was revoked",
    Reason.EXPIRED: "it has expired",
    Reason.DISABLED: "it is disabled",
    Reason.REJECTED_OR_CLOSED: "revoked, or its account is closed; we cannot tell which",
    Reason.OUT_OF_CREDIT: "out of credit",
    Reason.ACCOUNT_SUSPENDED: "suspended",
    Reason.LOGIN_REFUSED: "login refused",
    Reason.MISCONFIGURED: "its configuration is wrong",
    Reason.FORBIDDEN: "not allowed",
    Reason.RATE_LIMITED: "too many requests",
    Reason.SERVER_ERROR: "its server fails",
    Reason.TIMEOUT: "no answer in time",
    Reason.UNREACHABLE: "not reachable",
    Reason.DNS: "its name does not resolve",
    Reason.TLS: "its TLS certificate is not accepted",
    Reason.WRONG_ACCOUNT: "our credentials lead to another account",
    Reason.BROKEN: "the listing broke off",
}


def why(reason: Reason | None) -> str:
    """A reason in words; its own word where none is needed."""
    return "" if reason is None else REASONS.get(reason, reason.value.replace("_", " "))


def head_tail(public: str) -> str:
    """A public id, short: `SK…41d2`, `AKIA…3XYZ`, the first eight characters of a UUID."""
    if len(public) <= 10:
        return short(public)
    if found := _PREFIXED.fullmatch(public):
        return f"{found[1]}…{public[-4:]}"
    return short(public[:8])


def label(key: Key) -> str:
    """Which one of its kind: its name, else its id, else the field that holds it, or held it last."""
    if key.name:
        return f'"{short(key.name)}"'
    if key.key_id:
        return head_tail(key.key_id)
    place = key.places[0] if key.places else key.last_place
    return short(place.rpartition("#")[2].rpartition(":")[2]) or key.id


def title(key: Key) -> str:
    """`Deepgram key "voice-prod"`; a deadline is its own name."""
    return short(key.name, 80) if key.kind == "deadline" and key.name else f"{short(key.title)} {label(key)}"


def numbered(key: Key) -> str:
    """The title with the head of its public id, so that two of one name differ."""
    return f"{title(key)} ({head_tail(key.key_id)})" if key.name and key.key_id else title(key)


def length(of: timedelta) -> str:
    """Rounded down: "3 days", "26 hours", "48 minutes", "3 years"."""
    seconds = max(0, int(of.total_seconds()))
    for unit, size, least in (("year", 365 * 86400, 2), ("day", 86400, 2), ("hour", 3600, 2)):
        if seconds >= least * size:
            return f"{seconds // size} {unit}s"
    return plural(seconds // 60, "minute")


def then(at: datetime, before: datetime | None) -> When:
    """A time that is told after another: the day is said only where it is another one."""
    same = before is not None and at.astimezone(UTC).date() == before.astimezone(UTC).date()
    return When(at, "time" if same else "moment")


def left(until: datetime, now: datetime) -> str:
    """How long it is until then: what is just below three days is three days, for the date stands beside it."""
    remaining = until - now
    return length(remaining + min(timedelta(minutes=59), remaining / 25))


def whose(name: str) -> str:
    """The possessive: "Deepgram's", "ElevenLabs'"."""
    return f"{short(name)}'" if name.endswith("s") else f"{short(name)}'s"


def is_day(key: Key) -> bool:
    """Its date is a whole day that a person wrote down, not a moment."""
    return key.kind == "deadline"


def day(at: datetime, now: datetime) -> str:
    """A whole day, by the calendar that `now` is in: every reader sees the same."""
    return f"{at.astimezone(now.tzinfo):%a %-d %b}"


def within(until: datetime, now: datetime) -> str:
    """Days until then, a begun one counted: by the calendar where `until` is a whole day."""
    return plural(max(1, -((now - until) // _DAY)), "day")


def day_left(at: datetime, now: datetime) -> str:
    """How far a whole day is: "30 days, Sun 13 Dec", "today, Sun 13 Dec", "3 days ago, Sun 13 Dec"."""
    days = (at.astimezone(now.tzinfo).date() - now.date()).days
    how_far = "today" if days == 0 else plural(days, "day") if days > 0 else f"{plural(-days, 'day')} ago"
    return f"{how_far}, {day(at, now)}"


def plural(number: int, noun: str) -> str:
    """One of it, or several: "1 key", "7 keys"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def somewhere(places: Sequence[str], *, alone: str = " (only place)") -> Line:
    """The first place, and how many more; `alone` is said where there is no other."""
    if not places:
        return ("no store",)
    more = len(places) - 1
    return (Code(places[0]), f", {plural(more, 'more place')}" if more else alone)


def concerned(owners: Mapping[str, int]) -> Line | None:
    """Whose keys they are: the one who is called may own only some of them."""
    if not owners:
        return None
    whose = [f"{plural(keys, 'key')} of {short(owner, 24)}" for owner, keys in list(owners.items())[:5]]
    more = len(owners) - len(whose)
    return (f"Concerns {', '.join(whose)}" + (f" and {plural(more, 'more owner')}." if more > 0 else "."),)


def breaks(key: Key) -> Line | None:
    """What stops when this key does."""
    return (f"Breaks: {short(key.impact, 200).rstrip('.')}.",) if key.impact else None


def runbook(key: Key) -> Line | None:
    """Where somebody wrote down what to do."""
    spans: list[Span] = []
    for url, what in ((key.runbook, "Runbook"), (key.link, "More")):
        if url.startswith(("https://", "http://")):
            spans += [" · " if spans else "", Link(url, what)]
        elif url:
            spans += [" · " if spans else "", f"{what}: {short(url, 120)}"]
    return tuple(spans) or None


def noted(key: Key) -> Line | None:
    """What a person wrote beside it, and where there is more."""
    more = runbook(key) or ()
    note = short(key.note, 200)
    return (note, " · " if note and more else "", *more) if note or more else None


def replace_it(key: Key, provider: str | None) -> Line:
    """What to do about a key that has to be replaced by hand, with one command to paste."""
    if not provider:
        return ("Do: ", Code(f"credwatch show {key.id}"))
    places = len(key.places)
    into = "put it there" if places == 1 else f"put it into {'both' if places == 2 else f'all {places}'} places"
    return (f"Do: make a new key at {short(key.vendor_name)}, {into}, then ", Code(f"credwatch sweep {provider}"))


def provider_of(key: Key) -> str | None:
    """The connection that its first place belongs to."""
    return key.places[0].partition(":")[0] if key.places else None
