"""A date that comes near, and one that has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from credwatch.alerts.wording.names import (
    breaks,
    day_left,
    is_day,
    left,
    noted,
    provider_of,
    replace_it,
    runbook,
    somewhere,
    title,
)
from credwatch.alerts.words import Code, Line, Span, When, Words, compose, short
from credwatch.ledger.outbox import Key, Story
from credwatch.model import ClockName, Validity

_FRESH = timedelta(days=1)
"""A try that is older says nothing of now."""


def expiring(story: Story, now: datetime) -> Words:
    """Message 2: what stops, in how long, and when."""
    key = story.keys[0]
    deadline = story.deadline or key.deadline or now
    if is_day(key):
        return _whole_day(story, key, deadline, now)
    if deadline <= now:
        return expired(story, now)
    head: Line = (f"{_loud(story)}: {ends(key, story.clock)} in {left(deadline, now)}, ", When(deadline))
    return compose(head, _body(story, key, now), reference=story.id, rest=f"credwatch show {key.id}")


def expired(story: Story, now: datetime) -> Words:
    """The date has come; whether the vendor refuses it is said apart."""
    key = story.keys[0]
    deadline = story.deadline or key.deadline
    if is_day(key) and deadline:
        return _whole_day(story, key, deadline, now)
    on: Line = (" (", When(deadline), ")") if deadline else ()
    refused = key.tried is not None and key.tried.validity is Validity.INVALID
    works = key.tried is not None and key.tried.validity is Validity.VALID and key.tried.at >= (deadline or now)
    told = " and is refused" if refused else ", yet it still works" if works else ""
    head: Line = (f"{_loud(story)}: {title(key)} has expired", *on, told)
    return compose(head, _body(story, key, now), reference=story.id, rest=f"credwatch show {key.id}")


def _whole_day(story: Story, key: Key, at: datetime, now: datetime) -> Words:
    """A date that a person wrote down: it comes, and nothing can be tried."""
    coming = "in " if at > now else ""
    head: Line = (f"{_loud(story)}: {title(key)}: {coming}{day_left(at, now)}",)
    lines = [breaks(key), noted(key), warned(story, key)]
    return compose(head, lines, reference=story.id, rest=f"credwatch show {key.id}")


def ends(key: Key, clock: ClockName | None) -> str:
    """What happens on the date, and to what."""
    name = title(key)
    match clock:
        case ClockName.IDLE:
            return f"{name} is removed by {short(key.vendor_name, 24)} unless it is used:"
        case ClockName.DELETION:
            return f"{name} is deleted from its store"
        case ClockName.DUE:
            return f"{name} is due to be rotated by its store"
        case ClockName.POLICY:
            return f"{name} is older than its rule"
        case _:
            return f"{name} stops working"


def _body(story: Story, key: Key, now: datetime) -> list[Line | None]:
    return [
        breaks(key),
        ("Held in: ", *somewhere(key.places)),
        _keep_it(key) if story.clock is ClockName.DELETION else replace_it(key, provider_of(key)),
        _known(key, now),
        warned(story, key),
        runbook(key),
    ]


def _keep_it(key: Key) -> Line:
    """A store has planned to delete it: the key itself may be well."""
    return ("Do: cancel the deletion in its store, or move the key first, then ", Code(f"credwatch show {key.id}"))


def _known(key: Key, now: datetime) -> Line:
    source = short(key.source, 80) or "the date that its vendor gave"
    listed: Line = (", read ", When(key.listed_at)) if key.listed and key.listed_at else ()
    return ("How we know: ", source, *listed, ". ", *state(key, now))


def state(key: Key, now: datetime) -> Line:
    """What the last try said, in whose words, and when."""
    tried = key.tried
    if tried is None:
        return ("It has not been tried.",)
    when = When(tried.at)
    match tried.validity:
        case Validity.VALID:
            milliseconds = int(tried.latency.total_seconds() * 1000)
            works = "works now (tried " if now - tried.at < _FRESH else "worked when it was last tried ("
            return (f"The key {works}", when, f", {milliseconds} ms).")
        case Validity.INVALID:
            said: Line = (": ", Code(short(tried.detail, 80))) if tried.detail else ()
            return (f"{short(key.vendor_name)} refuses it (tried ", when, *said, ").")
        case Validity.SUSPENDED:
            return ("Its account is suspended (tried ", when, ").")
        case _:
            return ("Whether it works now we cannot tell (tried ", when, f", {tried.reason.value.replace('_', ' ')}).")


def warned(story: Story, key: Key) -> Line | None:
    """When it was said before, and who has it."""
    spans: list[Span] = []
    if key.warned:
        spans.append("Warned on ")
        for at, following in pairwise((*key.warned, None)):
            if at is not None:
                spans += [When(at, "day"), ", " if following else ""]
        spans.append(f" in {short(key.warned_in)}; " if key.warned_in else "; ")
        spans.append("" if story.acked_by else "nobody acknowledged.")
    if story.acked_by:
        spans.append(f"acknowledged by {short(story.acked_by)}")
        spans += [" ", When(story.acked_at, "time"), "."] if story.acked_at else ["."]
    return tuple(spans) or None


def _loud(story: Story) -> str:
    return story.level.value.capitalize()
