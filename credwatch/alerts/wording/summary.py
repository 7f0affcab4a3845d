"""Message 5: what the first look found, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from credwatch.alerts.wording.names import day_left, is_day, length, plural, somewhere, title
from credwatch.alerts.words import Code, Line, Strong, When, Words, compose, short
from credwatch.ledger.outbox import Counts, Due


def summary(counts: Counts, every: timedelta, pages: str) -> Words:
    """The counts, what needs a person this week, and what was not seen."""
    urgent = len(counts.urgent)
    needs = f"{urgent} needs a person this week" if urgent == 1 else f"{urgent} need a person this week"
    head: Line = (
        f"credwatch is watching: {plural(counts.credentials, 'credential')} in {plural(counts.places, 'place')}. "
        + (needs if urgent else "None needs a person this week"),
    )
    oldest = f", the oldest {length(counts.oldest)}" if counts.oldest else ""
    shown = counts.urgent[:3]
    lines: list[Line | None] = [
        *(_urgent(due, counts.at) for due in shown),
        (f"and {urgent - len(shown)} more: ", Code("credwatch status")) if urgent > len(shown) else None,
        (
            *_number("Within 30 days", counts.expiring),
            " · ",
            *_number("refused", counts.refused),
            *_some("expired", counts.expired),
            *_some("suspended", counts.suspended),
            " · ",
            *_number("older than their rule", counts.overdue),
            f"{oldest} · ",
            *_number("works, nothing to do", counts.well),
        ),
        (
            *_number("Cannot be tried", counts.untried),
            " · ",
            *_number("not recognised", counts.unrecognised),
            ": they are watched by age only. ",
            Code("credwatch list --kind unrecognised"),
        ),
        (
            *_number("Nobody owns", counts.unowned),
            " · ",
            *_number("held by no store", counts.unheld),
            " · ",
            *_number("bound to one person's account", counts.personal),
            " · ",
            *_number("same key in staging and production", counts.shared),
        ),
        _unseen(counts),
        ("What was found now is not told one by one. Each speaks at its next step; ", Code("credwatch status")),
        (f"Watching every {length(every)}. This channel gets warnings, {short(pages)} gets pages.",),
    ]
    return compose(head, lines, reference=f"cw-first-{counts.at:%Y%m%d}", rest="credwatch status")


def _number(what: str, number: int | None) -> Line:
    return (Strong((what,)), " cannot be told" if number is None else f" {number}")


def _some(what: str, number: int) -> Line:
    """Said only where there is one."""
    return (" · ", *_number(what, number)) if number else ()


def _urgent(due: Due, now: datetime) -> Line:
    key = due.key
    deadline = due.deadline or key.deadline
    if deadline is not None and is_day(key):
        return (Strong(("This week",)), f" · {title(key)}: {day_left(deadline, now)}")
    where: Line = (" · ", *somewhere(key.places, alone="")) if key.places else ()
    if due.step in ("expiring", "expired") and deadline is not None:
        verb = "stops working" if deadline > now else "has expired"
        return (Strong(("This week",)), f" · {title(key)} {verb} ", When(deadline), *where)
    return (Strong(("Now",)), f" · {title(key)}: {due.step.replace('_', ' ')}", *where)


def _unseen(counts: Counts) -> Line:
    if not counts.unseen:
        return ("Not seen: nothing; every provider was listed completely.",)
    more = len(counts.unseen) - 5
    names = ", ".join(short(name, 40) for name in counts.unseen[:5]) + (f" and {more} more" if more > 0 else "")
    return (f"Not seen: {names}. ", Code("credwatch doctor"))
