"""Message 8: what we cannot see, which says nothing about the keys."""

from __future__ import annotations

from datetime import datetime

from credwatch.alerts.wording.names import concerned, left, length, plural, why
from credwatch.alerts.words import Code, Line, When, Words, compose, short
from credwatch.ledger.outbox import Sight, Story
from credwatch.model import About, Reason


def blind(story: Story, now: datetime) -> Words:
    """A provider that cannot be read, or a vendor that answers no try."""
    sight = _sight(story)
    cause = f" ({known})" if (known := why(story.reason or sight.reason)) else ""
    since = When(sight.since or story.opened_at, "moment")
    if story.about is About.VENDOR:
        head: Line = (f"Blind: {short(sight.name, 24)} answers no try since ", since, f"{cause}. ", _NOTHING)
        do: Line = _SAY_WHERE if story.reason is Reason.FORBIDDEN else ("Do: ", Code("credwatch status"))
    else:
        head = (f"Blind: credwatch cannot read {short(sight.name, 24)} since ", since, f"{cause}. ", _NOTHING)
        do = ("Do: ", Code(f"credwatch doctor {sight.name}"))
    said: Line = (". Its words: ", Code(short(sight.said, 120))) if sight.said else ()
    lines: list[Line | None] = [
        _unseen(sight, tried=story.about is About.VENDOR),
        concerned(sight.owners),
        _dates(sight, now),
        (*do, *said),
        _lasting(story, now),
    ]
    return compose(head, lines, reference=story.id, rest="credwatch doctor")


_NOTHING = "This says nothing about its keys"
_SAY_WHERE: Line = (
    "They may not do what we ask. Do: say what they may, ",
    Code("probe"),
    " in their ",
    Code("[[identify]]"),
    " line",
)


def cut_off(story: Story, now: datetime) -> Words:
    """Everything is out of reach at once: it is us."""
    sight = _sight(story)
    head: Line = (
        f"Blind: credwatch reaches none of {plural(sight.vendors, 'vendor')} and {plural(sight.stores, 'provider')} since ",
        When(sight.since or story.opened_at, "time"),
        "; most likely it is us",
    )
    lines: list[Line | None] = [
        ("This says nothing about the keys. All else is held until something answers.",),
        concerned(sight.owners),
        ("Do: look at this machine's network, DNS and proxy, then ", Code("credwatch doctor")),
        _lasting(story, now),
    ]
    return compose(head, lines, reference=story.id, rest="credwatch doctor")


def shrunk(story: Story, now: datetime) -> Words:
    """A listing that is far smaller than before."""
    del now
    sight = _sight(story)
    head: Line = (
        f"Blind: {short(sight.name)} shows {sight.listed} entries, before {sight.listed_before}. Nothing was called deleted",
    )
    lines: list[Line | None] = [
        ("A lost permission looks like this.",),
        ("Do: ", Code(f"credwatch doctor {sight.name}")),
        ("If it is meant: ", Code(f"credwatch ack {story.id}")),
    ]
    return compose(head, lines, reference=story.id, rest="credwatch doctor")


def _sight(story: Story) -> Sight:
    return story.sight or Sight(name=story.subject)


def _unseen(sight: Sight, *, tried: bool = False) -> Line:
    what, last = ("Not tried", "Last answer") if tried else ("Not seen", "Last complete look")
    spans: Line = (f"{what}: {sight.unseen} of {plural(sight.places, 'place')}.",)
    if sight.complete_at:
        spans = (*spans, f" {last} ", When(sight.complete_at), ".")
    if sight.watched:
        spans = (*spans, f" Still watched: {', '.join(short(name, 24) for name in sight.watched[:6])}.")
    return spans


def _dates(sight: Sight, now: datetime) -> Line:
    if sight.next_deadline is None:
        return ("Dates we know still count; the unseen have none that is known.",)
    if sight.next_deadline <= now:
        return ("Dates we know still count: one among the unseen has passed.",)
    return (f"Dates we know still count: the next among the unseen is in {left(sight.next_deadline, now)}.",)


def _lasting(story: Story, now: datetime) -> Line | None:
    """How long it has lasted, once that is long."""
    if not story.step.endswith("_long"):
        return None
    since = (story.sight.since if story.sight else None) or story.opened_at
    return (f"It has lasted for {length(now - since)}. Next word when it is back.",)
