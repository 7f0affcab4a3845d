"""The message of one incident in its present state: what it is, or how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from credwatch.alerts.wording import blind, clear, dates, refusals
from credwatch.alerts.words import Code, Words, compose
from credwatch.ledger.outbox import Story
from credwatch.model import About, Level

Wording = Callable[[Story, datetime], Words]

_STEPS: Mapping[str, Wording] = {
    "expiring": dates.expiring,
    "expired": dates.expired,
    "refused": refusals.refused,
    "half_pair": refusals.half_pair,
    "suspended": refusals.suspended,
    "all_refused": refusals.all_refused,
    "shrunk": blind.shrunk,
    "blind": blind.blind,
    "blind_long": blind.blind,
    "cut_off": blind.cut_off,
    "cut_off_long": blind.cut_off,
}


def incident(story: Story, now: datetime, mention: str = "") -> Words:
    """The words of its message now, whole days by the calendar that `now` is in; a mention only while it is open."""
    if story.closed_at is not None or story.level is Level.RESOLVED:
        return clear.resolved(story, now)
    words = _wording(story)(story, now)
    return Words(words.head, words.lines, words.reference, mention)


def _wording(story: Story) -> Wording:
    needs_key = story.about in (About.CREDENTIAL, About.PLACE)
    needs_sight = story.about in (About.PROVIDER, About.VENDOR, About.SELF)
    if (needs_key and not story.keys) or (needs_sight and story.sight is None):
        return _bare
    return _STEPS.get(story.step, _bare)


def _bare(story: Story, now: datetime) -> Words:
    """A step that has no sentence of its own, or whose subject the ledger does not know."""
    del now
    step = story.step.replace("_", " ")
    return compose(
        (f"{story.level.value.capitalize()}: {step}: {story.subject}",),
        [("Do: ", Code("credwatch status"))],
        reference=story.id,
    )
