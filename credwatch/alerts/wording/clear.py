"""Message 4: what was wrong is over, for how long it was so, and what is true instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from credwatch.alerts.wording.names import day, is_day, length, plural, somewhere, title
from credwatch.alerts.words import Code, Line, Span, Struck, When, Words, compose, short
from credwatch.ledger.outbox import Key, Story
from credwatch.model import About


def resolved(story: Story, now: datetime) -> Words:
    """The page as it stands once it is over."""
    at = story.closed_at or story.moved_at
    head: Line = (Struck(f"{_word(story)}:"), "Resolved ", When(at, "time"), ": ", *_what(story, now))
    lines: list[Line | None] = [_instead(story), _course(story), _former(story)]
    return compose(head, lines, reference=story.id, rest="credwatch status")


def in_thread(words: Words) -> Words:
    """The same in one line, for the thread."""
    return Words(tuple(span for span in words.head if not isinstance(span, Struck)), (), words.reference)


def _word(story: Story) -> str:
    sees = story.about in (About.PROVIDER, About.VENDOR, About.SELF)
    return "Blind" if sees else story.level.value.capitalize()


def _what(story: Story, now: datetime) -> Line:
    key = story.keys[0] if story.keys else None
    match story.about:
        case About.PROVIDER:
            return (f"{short(story.subject)} can be read again{_lasted(story)}",)
        case About.VENDOR:
            vendor = short(story.sight.name if story.sight else story.subject)
            return (f"the keys of {vendor} can be tried again{_lasted(story)}",)
        case About.SELF:
            return (f"credwatch reaches vendors and providers again{_lasted(story)}",)
        case About.ACCOUNT:
            vendor = short(key.vendor_name if key else story.subject.partition("/")[0])
            return (f"{vendor} takes the {plural(story.affected, 'key')} of this account again{_lasted(story)}",)
        case About.PLACE:
            return ("this place holds what works again: ", Code(short(story.subject, 60)))
    return _of_key(story, key, now) if key else (f"{short(story.subject)} is well",)


def _of_day(story: Story, key: Key, now: datetime) -> Line:
    if story.closed_why in ("gone", "unwatched") or key.deadline is None:
        return (f"{title(key)}: the configuration names this date no longer",)
    return (f"{title(key)}: the date is {day(key.deadline, now)}",)


def _of_key(story: Story, key: Key, now: datetime) -> Line:
    if is_day(key):
        return _of_day(story, key, now)
    named, lasted = title(key), _at_most(key, story)
    works = ", and what replaced it works" if story.successor and story.successor.key.worked_at else ""
    ended: Mapping[str, Line] = {
        "replaced": (f"{named} was replaced{works}{lasted}",),
        "gone": (f"{named} is held by no store any more",),
        "unwatched": (f"{named} is no longer watched: its place left the configuration",),
    }
    if story.closed_why in ended:
        return ended[story.closed_why]
    if story.step in ("refused", "expired") and key.worked_at:
        return (f"{named} works again{lasted}",)
    return (f"{named} works until ", When(key.deadline, "day")) if key.deadline else (f"{named} is well",)


def _lasted(story: Story) -> str:
    return f" (after {length(story.closed_at - story.opened_at)})" if story.closed_at else ""


def _at_most(key: Key, story: Story) -> str:
    """Between the last time that it worked and the first that its place did again."""
    if story.step not in ("refused", "expired") or key.refused_since is None or story.closed_at is None:
        return ""
    return f" (after at most {length(story.closed_at - (key.worked_at or key.refused_since))})"


def _instead(story: Story) -> Line | None:
    after = story.successor
    if story.closed_why != "replaced" or after is None:
        return None
    version = f" since version {short(after.version, 24)}" if after.version else ""
    works = " and it works" if after.key.worked_at else ""
    return (
        Code(after.place),
        f" holds a different key{version} (",
        When(after.since, "time"),
        f"),{works}: {title(after.key)}.",
    )


def _course(story: Story) -> Line | None:
    """It died · noticed · told · acknowledged · over."""
    key = story.keys[0] if len(story.keys) == 1 else None
    spans: list[Span] = []
    if key is not None and key.refused_since is not None:
        spans += ["It died between ", When(key.worked_at), " and "] if key.worked_at else ["It was dead by "]
        spans += [When(key.refused_since, "time"), " · noticed ", When(key.refused_since, "time")]
    else:
        spans += ["Noticed ", When(story.opened_at)]
    if story.told_at:
        spans += [" · told ", When(story.told_at, "time")]
    if story.acked_at:
        spans += [" · acknowledged ", When(story.acked_at, "time"), f" ({short(story.acked_by)})"]
    if story.closed_at:
        spans += [f" · {story.closed_why.replace('well', 'well again') or 'over'} ", When(story.closed_at, "time")]
    return tuple(spans)


def _former(story: Story) -> Line | None:
    """The key that was replaced is still alive at its vendor, and nobody holds it."""
    key = story.keys[0] if story.keys else None
    if story.closed_why != "replaced" or key is None or not key.listed or key.refused_since or key.places:
        return None
    return (
        f"The former key is still alive at {short(key.vendor_name)} and ",
        *somewhere(())[:1],
        " holds it. If nobody needs it: ",
        Code(f"credwatch show {key.id}"),
    )
