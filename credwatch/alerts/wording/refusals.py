"""A vendor's no: to one key, to all keys of an account, to the account itself, to one place."""

from __future__ import annotations

from datetime import datetime

from credwatch.alerts.wording.dates import state, warned
from credwatch.alerts.wording.names import (
    breaks,
    concerned,
    head_tail,
    label,
    plural,
    provider_of,
    replace_it,
    runbook,
    somewhere,
    then,
    title,
    whose,
    why,
)
from credwatch.alerts.words import Code, Line, Span, When, Words, compose, short
from credwatch.ledger.outbox import Key, Story
from credwatch.model import Reason


def refused(story: Story, now: datetime) -> Words:
    """Message 3: who refuses what; a cause only in the vendor's words."""
    key = story.keys[0]
    reason = story.reason or (key.tried.reason if key.tried else None)
    cause = why(reason)
    unlisted = key.listed_at is not None and not key.listed
    if reason is Reason.REJECTED_OR_CLOSED:
        known = f": {cause}"
    elif cause:
        known = f"; {cause}"
    else:
        known = "; its own list no longer shows it" if unlisted else ""
    noun = f"{key.environment} key {label(key)}"
    head: Line = (f"{_loud(story)}: {short(key.vendor_name)} refuses the {noun}{known}",)
    lines: list[Line | None] = [
        breaks(key),
        ("Held in: ", *somewhere(key.places)),
        replace_it(key, provider_of(key)),
        ("How we know: ", *_history(key, now)),
        _gone(key) if unlisted else _off(key, reason),
        _unknown(key, reason),
        _never(key),
        warned(story, key),
        runbook(key),
    ]
    return compose(head, lines, reference=story.id, rest=f"credwatch show {key.id}")


def half_pair(story: Story, now: datetime) -> Words:
    """One place holds a value that is refused while the key works elsewhere."""
    key = story.keys[0]
    head: Line = (f"{_loud(story)}: one place of {title(key)} holds a value that is refused",)
    provider = story.subject.partition(":")[0]
    lines: list[Line | None] = [
        breaks(key),
        ("Refused: ", Code(story.subject)),
        ("Its id and its secret are from different rotations, or the place was forgotten in one.",),
        ("Do: copy the value that works into this place, then ", Code(f"credwatch sweep {provider}")),
        ("How we know: ", *state(key, now)),
        runbook(key),
    ]
    return compose(head, lines, reference=story.id, rest=f"credwatch show {key.id}")


def suspended(story: Story, now: datetime) -> Words:
    """The account, not the key."""
    vendor, account = _account(story)
    credit = story.reason is Reason.OUT_OF_CREDIT
    did = (
        f"{vendor} says that account {account} is out of credit" if credit else f"{vendor} suspended account {account}"
    )
    head: Line = (f"{_loud(story)}: {did}; {plural(story.affected, 'key')} affected. A new key would not help",)
    mend = "pay or top up the account" if credit else f"ask {vendor} why"
    lines: list[Line | None] = [
        *_impacts(story),
        (f"Do: {mend}. Do not rotate: every key of the account stops and starts with it.",),
        ("How we know: ", *state(story.keys[0], now)) if story.keys else None,
        _affected(story),
        concerned(story.owners) if len(story.owners) > 1 else None,
        _acked(story),
    ]
    return compose(head, lines, reference=story.id, rest="credwatch status")


def all_refused(story: Story, now: datetime) -> Words:
    """One cause for all of them."""
    vendor, account = _account(story)
    since = min((key.refused_since for key in story.keys if key.refused_since), default=story.opened_at)
    head: Line = (
        f"{_loud(story)}: {vendor} refuses {_all(story.affected)} since ",
        When(since, "time"),
        f". One cause, at {vendor} or on the way there; do not rotate",
    )
    lines: list[Line | None] = [
        *_impacts(story),
        (f"Account: {account}. Several keys do not die in the same minute by themselves.",),
        (f"Do: look at {whose(vendor)} status page and at the account's billing, then ", Code("credwatch status")),
        ("How we know: ", *_history(story.keys[0], now)) if story.keys else None,
        _affected(story),
        concerned(story.owners) if len(story.owners) > 1 else None,
        _acked(story),
    ]
    return compose(head, lines, reference=story.id, rest="credwatch status")


def _all(keys: int) -> str:
    """One key alone is not all: others of its vendor, whose accounts are known, were refused with it."""
    return f"all {plural(keys, 'key')}" if keys > 1 else "several keys"


def _history(key: Key, now: datetime) -> Line:
    """When it worked, when it was refused, and whether others of the account work."""
    spans: list[Span] = [When(key.worked_at), " worked · "] if key.worked_at else []
    if key.refused_since:
        spans += ["never seen to work · "] if not spans else []
        spans += [then(key.refused_since, key.worked_at), " refused"]
        spans += [", ", Code(short(key.tried.detail, 80))] if key.tried and key.tried.detail else []
        if key.refused_last and key.refused_last > key.refused_since:
            spans += [" · ", then(key.refused_last, key.refused_since), " refused again"]
        if key.others_worked_at:
            at = then(key.others_worked_at, key.refused_last or key.refused_since)
            spans += [" · ", at, " other keys of this account work, so it is this key"]
        return (*spans, ".")
    return (*spans, *state(key, now))


def _gone(key: Key) -> Line | None:
    if key.listed_at is None:
        return None
    return ("The vendor's list no longer shows it (last seen ", When(key.listed_at), ").")


def _off(key: Key, reason: Reason | None) -> Line | None:
    if reason is not Reason.DISABLED or key.listed_at is None:
        return None
    return ("The vendor's list calls it disabled (read ", When(key.listed_at), ").")


def _unknown(key: Key, reason: Reason | None) -> Line:
    if reason is Reason.REJECTED_OR_CLOSED:
        return (f"Not known: {whose(key.vendor_name)} answer is the same for a revoked key and a closed account.",)
    return (f"Not known: who did it. {whose(key.vendor_name)} audit log would say.",)


def _never(key: Key) -> Line | None:
    """A vendor may say the same of a key that it knows elsewhere."""
    if key.worked_at is not None:
        return None
    vendor = short(key.vendor_name)
    return (
        f"It was never seen to work: it may belong to another region or host of {vendor}. Where it is tried, ",
        Code("probe"),
        " in its ",
        Code("[[identify]]"),
        " line says, or ",
        Code("[issuers]"),
        ".",
    )


def _account(story: Story) -> tuple[str, str]:
    vendor, _, account = story.subject.partition("/")
    name = story.keys[0].vendor_name if story.keys else vendor
    return short(name), head_tail(account) if account else "unknown"


def _impacts(story: Story) -> list[Line | None]:
    """What breaks, each thing once."""
    said = dict.fromkeys(key.impact.rstrip(".") for key in story.keys if key.impact)
    return [(f"Breaks: {short(impact, 200)}.",) for impact in list(said)[:3]]


def _affected(story: Story) -> Line | None:
    if not story.keys:
        return None
    more = story.affected - len(story.keys[:5])
    spans: list[Span] = [f"Affected: {', '.join(title(key) for key in story.keys[:5])}"]
    return (*spans, f" and {more} more: ", Code("credwatch status")) if more > 0 else tuple(spans)


def _acked(story: Story) -> Line | None:
    return (f"Acknowledged by {short(story.acked_by)}.",) if story.acked_by else None


def _loud(story: Story) -> str:
    return story.level.value.capitalize()
