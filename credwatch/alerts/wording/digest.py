"""Message 1: everything of one owner that can wait, once a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from credwatch.alerts.wording.dates import ends
from credwatch.alerts.wording.names import (
    breaks,
    day,
    day_left,
    is_day,
    label,
    left,
    noted,
    numbered,
    plural,
    somewhere,
    title,
    within,
)
from credwatch.alerts.words import Code, Line, Strong, When, Words, compose, short
from credwatch.ledger.outbox import Digest, Entry, Key
from credwatch.model import ClockName, Status

_CALM = (Status.EXPIRING, Status.OK)
_TWO_LINES = 4
"""Up to so many entries say what they break."""
_SAYS: Mapping[str, str] = {
    "refused": "is refused",
    "suspended": "account suspended",
    "all_refused": "all keys of this account are refused; one cause, do not rotate",
    "half_pair": "holds a value that is refused",
    "due": "its store's rotation is overdue",
}


def digest(told: Digest, now: datetime, mention: str = "") -> Words:
    """Dates first, the nearest at the top; what is only old is a number."""
    total = sum(told.steps.values())
    entries = told.entries
    two = len(entries) <= _TWO_LINES
    lines: list[Line | None] = []
    for entry in entries[: 10 if two else 7]:
        lines.append(_entry(entry, now))
        if two and entry.key is not None:
            lines.append(_beneath(entry.key))
    owner = short(told.owner)
    hidden = total - _aged(told) - len(entries[: 10 if two else 7])
    if hidden > 0:
        lines.append((f"and {hidden} more: ", Code(f"credwatch list --owner {owner}")))
    calm = _calm(entries) if len(entries) == total - _aged(told) else None
    lines += [calm, *_counted(told, owner)]
    named = mention if any(_near(entry, now) for entry in entries) else ""
    date = told.date.replace("-", "")
    return compose(_head(told, total, now), lines, reference=f"cw-digest-{owner}-{date}", mention=named)


def _head(told: Digest, total: int, now: datetime) -> Line:
    first, last = told.first, told.last
    if told.steps.get("expiring", 0) == total and first is not None and last is not None and first > now:
        on = ", on " if total == 1 else ", the first on "
        return (f"Warning: {_comes(told, total)} within {within(last, now)}{on}", _first_day(told, first, now))
    owner = short(told.owner)
    if told.steps.get("overdue", 0) == total:
        verb = "is older than its rule" if total == 1 else "are older than their rule"
        return (f"Warning: {plural(total, 'credential')} of {owner} {verb}; no date, no hurry",)
    if told.days == total and first is None:
        return (f"Warning: {plural(total, 'date')} of {owner} {'has' if total == 1 else 'have'} come",)
    dated: Line = (", the first date is ", _first_day(told, first, now)) if first is not None else ()
    things = [plural(number, noun) for number, noun in _things(told, total)]
    return (f"Warning: {' and '.join(things)} of {owner} {'needs' if total == 1 else 'need'} a look", *dated)


def _comes(told: Digest, total: int) -> str:
    """What stops working, and the dates that come."""
    does = {"credential": ("stops working", "stop working"), "date": ("comes", "come")}
    said: list[str] = []
    for number, noun in _things(told, total):
        whose = "" if said else f" of {short(told.owner)}"
        said.append(f"{plural(number, noun)}{whose} {does[noun][number > 1]}")
    return " and ".join(said)


def _things(told: Digest, total: int) -> list[tuple[int, str]]:
    """How many credentials, how many dates; only what there is."""
    return [pair for pair in ((total - told.days, "credential"), (told.days, "date")) if pair[0]]


def _first_day(told: Digest, first: datetime, now: datetime) -> str | When:
    nearest = next((entry.key for entry in told.entries if entry.deadline == first), None)
    return day(first, now) if nearest is not None and is_day(nearest) else When(first, "day")


def _beneath(key: Key) -> Line | None:
    """The second line of an entry: what breaks, or what was written beside a date."""
    said = noted(key) if is_day(key) else breaks(key)
    return ("  ", *said) if said else None


def _entry(entry: Entry, now: datetime) -> Line:
    key = entry.key
    if key is None:
        return ("• ", Strong((_says(entry),)), " · ", Code(entry.subject))
    if is_day(key) and entry.deadline is not None:
        return ("• ", Strong((day_left(entry.deadline, now),)), f" · {title(key)}")
    where: Line = (" · ", *somewhere(key.places, alone="")) if key.places else ()
    if entry.deadline is not None and entry.step in ("expiring", "due") and entry.deadline > now:
        date = Strong((f"{left(entry.deadline, now)}, ", When(entry.deadline)))
        what = numbered(key) if entry.clock in (None, ClockName.HARD) else ends(key, entry.clock).rstrip(":")
        return ("• ", date, f" · {what}", *where)
    if entry.step in ("expiring", "expired"):
        since: Line = (" ", When(entry.deadline, "day")) if entry.deadline else ()
        return (
            "• ",
            Strong(("expired", *[span for span in since if isinstance(span, (str, When))])),
            f" · {numbered(key)}",
            *where,
        )
    return ("• ", Strong((_says(entry),)), f" · {_named(entry, key)}", *where)


def _named(entry: Entry, key: Key) -> str:
    staging = "" if key.environment == "production" else f" ({short(key.environment, 20)})"
    about = f"{title(key)}{staging}"
    return about if label(key) else f"{about} {entry.subject}"


def _says(entry: Entry) -> str:
    return _SAYS.get(entry.step, entry.step.replace("_", " "))


def _near(entry: Entry, now: datetime) -> bool:
    """Production's date is so near that the owner is named; nobody is called for what feeds anything else."""
    key, deadline = entry.key, entry.deadline
    if key is None or key.mention is None or deadline is None:
        return False
    return key.environment == "production" and deadline - now <= key.mention


def _aged(told: Digest) -> int:
    return told.steps.get("overdue", 0) + told.steps.get("unowned", 0)


def _calm(entries: tuple[Entry, ...]) -> Line | None:
    """Said only when every key of the message was tried and works."""
    keys = [entry.key for entry in entries if entry.key is None or not is_day(entry.key)]
    works = [key.tried.at for key in keys if key and key.tried and key.tried.validity.value == "valid"]
    calm = works and len(works) == len(keys) and all(key and key.status in _CALM for key in keys)
    if not calm:
        return None
    tried = "it was tried and works, at " if len(keys) == 1 else "every one was tried and works, the first at "
    return (f"Nothing is broken: {tried}", When(min(works)), ".")


def _counted(told: Digest, owner: str) -> list[Line | None]:
    lines: list[Line | None] = []
    if old := told.steps.get("overdue", 0):
        command = Code(f"credwatch list --owner {owner} --overdue")
        lines.append((f"Older than their rule, no date, no hurry: {plural(old, 'key')}. ", command))
    if unowned := told.steps.get("unowned", 0):
        lines.append((f"Nobody owns: {plural(unowned, 'key')}. ", Code(f"credwatch list --owner {owner}")))
    return lines
