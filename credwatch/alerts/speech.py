"""What a message says at this moment, and where: looked up at each send, from the ledger's present state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from credwatch.alerts.routes import Routes, Ruled
from credwatch.alerts.wording import clear
from credwatch.alerts.wording.digest import digest
from credwatch.alerts.wording.incident import incident
from credwatch.alerts.wording.rotation import milestone, rotation, still
from credwatch.alerts.wording.summary import summary
from credwatch.alerts.words import Words
from credwatch.config.rules import environments
from credwatch.ledger.outbox import Course, Message, Outbox, Row
from credwatch.ledger.queries.joined import counted
from credwatch.model import Level


def words(outbox: Outbox, routes: Ruled, message: Message, members: Sequence[Row], now: datetime) -> Words | None:
    """The words of a message now, whole days by the configured calendar. None: there is nothing to say any more."""
    now = now.astimezone(routes.terms.timezone)
    if message.digest_owner is not None and message.digest_date is not None:
        told = outbox.digest(message.digest_owner, message.digest_date, [row.id for row in members])
        return digest(told, now, routes.mention(message.digest_owner)) if members else None
    if message.incident_id is None:
        return _alone(outbox, routes, members[0], now) if members else None
    course = outbox.course(message.incident_id)
    if course is not None:
        line = _line(outbox, course, members) if message.kind == "reply" and members else None
        return line or rotation(course, now, routes.mention(course.owner))
    story = outbox.story(message.incident_id)
    if story is None:
        return None
    calls = any(row.level is Level.PAGE for row in members)
    owner = next(iter(story.owners), story.owner)
    said = incident(story, now, routes.mention(owner) if calls else "")
    return clear.in_thread(said) if message.kind == "reply" and story.closed_at is not None else said


def _line(outbox: Outbox, course: Course, members: Sequence[Row]) -> Words | None:
    """In the thread of a rotation, or of one stop of it; None: there it says the same as the message."""
    if course.stop is None:
        return milestone(course, outbox.said([row.id for row in members]))
    return still(course) if members[0].step == "still" else None


def where(routes: Routes, message: Message, members: Sequence[Row]) -> str:
    """Where a first message goes by the configuration of today."""
    if message.digest_owner is not None:
        return routes.of_owner(message.digest_owner)
    loudest = next((row for row in members if row.level is Level.PAGE), members[0] if members else None)
    return routes.where(loudest.level, loudest.about, loudest.owner) if loudest else message.channel


def moved(routes: Routes, message: Message, members: Sequence[Row]) -> bool:
    """Whether what it tells goes to another channel by the configuration of today; an all-clear never does."""
    loud = [row for row in members if row.level is not Level.RESOLVED]
    return any(routes.where(row.level, row.about, row.owner) != message.channel for row in loud)


def _alone(outbox: Outbox, routes: Ruled, row: Row, now: datetime) -> Words | None:
    """An alert without an incident: a summary, or news that needs no end."""
    if row.step == "summary":
        counts = outbox.counts(now, *counted(outbox.ledger, environments(routes.config, now)))
        return summary(counts, routes.terms.interval, routes.pages)
    story = outbox.alone(row.id)
    return incident(story, now, routes.mention(row.owner) if row.level is Level.PAGE else "") if story else None
