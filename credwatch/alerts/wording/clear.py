"""Message 4: what was wrong is over, for how long it was so, and what is true instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from credwatch.alerts.wording.names import day, is_day, length, plural, somewhere, then, title
from credwatch.alerts.words import HEAD, Code, Line, Span, Struck, When, Words, compose, plain, short
from credwatch.ledger.outbox import Key, Story, Successor
from credwatch.model import About, ClockName

_ROOM = HEAD - len("Resolved 00:00 UTC: ")


def resolved(story: Story, now: datetime) -> Words:
    """The page as it stands once it is over."""
    at = story.closed_at or story.moved_at
    if story.closed_why == "folded":
        return _folded(story, at)
    head: Line = (Struck(f"{_word(story)}:"), "Resolved ", When(at, "time"), ": ", *_what(story, now))
    lines: list[Line | None] = [_instead(story), _course(story), _former(story)]
    return compose(head, lines, reference=story.id, rest="credwatch status")


def _folded(story: Story, at: datetime) -> Words:
    """It is not over: it goes on as part of something larger, which has a message of its own."""
    into = story.larger
    vendor = short(story.keys[0].vendor_name, 24) if story.keys else "its vendor"
    if into is None:
        what = "part of a larger incident"
    elif into.about is About.CREDENTIAL:
        what = f"told as {into.id}: it is the same key"
    elif into.step == "suspended":
        what = f"part of {into.id}: {vendor} suspended the account; a new key would not help"
    else:
        what = f"part of {into.id}: {vendor} refuses all keys of the account; do not rotate"
    head: Line = (Struck(f"{_word(story)}:"), "Since ", When(at, "time"), f" {what}")
    before = title(story.keys[0]) if story.keys else story.subject
    lines: list[Line | None] = [(f"This was told of {before} alone.",), _course(story)]
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
    ended: Mapping[str, Line] = {
        "replaced": _replaced(story, key),
        "gone": (f"{named} is held by no store any more",),
        "unwatched": (f"{named} is no longer watched: its place left the configuration",),
    }
    if story.closed_why in ended:
        return ended[story.closed_why]
    if _was_out(story) and key.worked_at:
        return (f"{named} works again{lasted}",)
    return (f"{named} works until ", When(key.deadline, "day")) if key.deadline else (f"{named} is well",)


def _replaced(story: Story, key: Key) -> Line:
    """That there is a key that works again, where there was none; else what the place holds now."""
    after = story.successor
    if after is None:
        return (f"{title(key)} was replaced",)
    if _was_out(story) and after.key.worked_at:
        return (f"{key.environment} has a working {short(key.title)} again{_at_most(key, story)}",)
    whole = _holds(after, after.place, version=True)
    brief = _holds(after, after.place, version=False)
    tail = _holds(after, f"…{after.place[after.place.rfind('/') :]}", version=False)
    return next((line for line in (whole, brief) if len(plain(line)) <= _ROOM), tail)


def _holds(after: Successor, place: str, *, version: bool) -> Line:
    works = ", and it works" if after.key.worked_at else ""
    if version and after.version:
        since: Line = (f"since version {short(after.version, 24)} (", When(after.since, "time"), ")")
    else:
        since = ("since ", When(after.since, "time"))
    return (Code(place), " holds a different key ", *since, works)


def _was_out(story: Story) -> bool:
    return story.step in ("refused", "expired")


def _lasted(story: Story) -> str:
    return f" (after {length(story.closed_at - story.opened_at)})" if story.closed_at else ""


def _at_most(key: Key, story: Story) -> str:
    """Between the last time that it worked and the first that its place did again."""
    if not _was_out(story) or key.refused_since is None or story.closed_at is None:
        return ""
    return f" (after at most {length(story.closed_at - (key.worked_at or key.refused_since))})"


def _instead(story: Story) -> Line | None:
    """What the place holds now; where the first line has said that, what it replaced."""
    after = story.successor
    if story.closed_why != "replaced" or after is None:
        return None
    named = title(after.key) if after.key.name or after.key.key_id else ""
    if _was_out(story) and after.key.worked_at:
        return (*_holds(after, after.place, version=True), f": {named}." if named else ".")
    until: Line = ()
    if after.key.deadline and after.key.clock is ClockName.HARD:
        until = (", until ", When(after.key.deadline, "day"))
    before = title(story.keys[0]) if story.keys else story.subject
    return (f"It replaced {before}", f"; it is {named}" if named else "", *until, ".")


def _course(story: Story) -> Line | None:
    """It died · noticed · told · acknowledged · over. The day is said where it changes."""
    key = story.keys[0] if len(story.keys) == 1 else None
    spans: list[Span] = []
    seen = story.opened_at
    if key is not None and key.refused_since is not None:
        seen = key.refused_since
        if key.worked_at:
            spans += ["It died between ", When(key.worked_at), " and ", then(seen, key.worked_at)]
        else:
            spans += ["It was dead by ", When(seen)]
        spans += [" · noticed ", then(seen, seen)]
    else:
        spans += ["Noticed ", When(seen)]
    over = f"{story.closed_why.replace('well', 'well again') or 'over'} "
    by = f" ({short(story.acked_by)})"
    steps = (("told ", story.told_at, ""), ("acknowledged ", story.acked_at, by), (over, story.closed_at, ""))
    for what, at, who in steps:
        if at is not None:
            spans += [f" · {what}", then(at, seen), who]
            seen = at
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
