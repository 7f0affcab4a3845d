"""Message 1: everything of one owner that can wait, once a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from credwatch.alerts.wording.dates import ends
from credwatch.alerts.wording.names import label, left, numbered, plural, somewhere, title
from credwatch.alerts.words import Code, Line, Strong, When, Words, compose, short
from credwatch.ledger.outbox import Digest, Entry, Key
from credwatch.model import ClockName, Status

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
        if two and entry.key is not None and entry.key.impact:
            lines.append((f"  Breaks: {short(entry.key.impact, 200).rstrip('.')}.",))
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
    owner = short(told.owner)
    dated = told.steps.get("expiring", 0)
    if dated == total and told.first is not None and told.first > now:
        verb = "stops" if dated == 1 else "stop"
        return (
            f"Warning: {plural(dated, 'credential')} of {owner} {verb} working, the first on ",
            When(told.first, "day"),
        )
    if told.steps.get("overdue", 0) == total:
        verb = "is older than its rule" if total == 1 else "are older than their rule"
        return (f"Warning: {plural(total, 'credential')} of {owner} {verb}; no date, no hurry",)
    first: Line = (", the first date is ", When(told.first, "day")) if told.first is not None else ()
    need = "needs" if total == 1 else "need"
    return (f"Warning: {plural(total, 'credential')} of {owner} {need} a look", *first)


def _entry(entry: Entry, now: datetime) -> Line:
    key = entry.key
    if key is None:
        return ("• ", Strong((_says(entry),)), " · ", Code(entry.subject))
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
    keys = [entry.key for entry in entries if entry.key is not None]
    tried = [key.tried.at for key in keys if key.tried is not None and key.tried.validity.value == "valid"]
    calm = keys and len(tried) == len(entries) and all(key.status in (Status.EXPIRING, Status.OK) for key in keys)
    return ("Nothing is broken: every one was tried and works, the first at ", When(min(tried)), ".") if calm else None


def _counted(told: Digest, owner: str) -> list[Line | None]:
    lines: list[Line | None] = []
    if old := told.steps.get("overdue", 0):
        command = Code(f"credwatch list --owner {owner} --overdue")
        lines.append((f"Older than their rule, no date, no hurry: {plural(old, 'key')}. ", command))
    if unowned := told.steps.get("unowned", 0):
        lines.append((f"Nobody owns: {plural(unowned, 'key')}. ", Code("credwatch findings unowned")))
    return lines
