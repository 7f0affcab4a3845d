"""Alerts become messages: record, send, mark. Whatever is interrupted is looked for before it is said again."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from credwatch.alerts import speech
from credwatch.alerts.channel import Channel
from credwatch.alerts.posting import Posting, message_of
from credwatch.alerts.routes import Routes, Ruled
from credwatch.alerts.waiting import planned
from credwatch.clock import Clock
from credwatch.config.configuration import Config
from credwatch.ledger import Ledger
from credwatch.ledger.outbox import Outbox
from credwatch.model import Level


@dataclass(frozen=True)
class Delivered:
    """What came of it."""

    sent: int = 0
    """Messages, edits not counted."""
    queued: int = 0
    """Alerts that nobody was told yet, those of a later digest too."""
    later: int = 0
    """Of these, lines of the next digest."""
    next_digest: datetime | None = None
    """When that is."""
    snoozed: int = 0
    """Of these, what somebody wants to hear later."""
    dropped: int = 0
    """Alerts that were no longer true."""
    dead: str | None = None
    """Why a channel takes nothing."""
    shown: tuple[str, ...] = ()
    """What would be sent."""


def deliver(  # noqa: PLR0913  each is something that a test replaces
    ledger: Ledger,
    config: Config,
    channel: Channel,
    clock: Clock,
    stop: threading.Event,
    *,
    dry_run: bool = False,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> Delivered:
    """Tell what waits. The caller holds the lock that lets one delivery run at a time."""
    outbox, routes = Outbox(ledger), Ruled.of(config)
    if dry_run:
        return replace(_waiting(outbox, routes, clock.now()), shown=tuple(_shown(outbox, routes, clock.now())))
    posting = Posting(outbox, routes, channel, clock, stop, new_id)
    posting.run()
    dead = "; ".join(f"{name}: {reason}" for name, reason in posting.dead.items())
    left = _waiting(outbox, routes, clock.now())
    return replace(left, sent=posting.sent, dropped=posting.dropped, dead=dead or None)


def _waiting(outbox: Outbox, routes: Routes, now: datetime) -> Delivered:
    """What nobody was told yet, and for what it waits."""
    day = routes.digest_day(now)
    digested = outbox.digested(day or "")
    rows = [row for row in outbox.waiting() if not row.untrue]
    lines = [row for row in rows if row.level is Level.DIGEST]
    later = sum(day is None or routes.owner(row.owner) in digested for row in lines)
    return Delivered(
        queued=outbox.undelivered(),
        later=later,
        next_digest=routes.next_digest(now) if later else None,
        snoozed=sum(row.snoozed_until is not None and row.snoozed_until > now for row in rows),
    )


def _shown(outbox: Outbox, routes: Ruled, now: datetime) -> list[str]:
    begun = [(message, outbox.members(message.id)) for message in outbox.unfinished() if message.kind != "update"]
    rows = {row.id: row for row in outbox.waiting()}
    fresh = [
        (message_of(send, "dry-run", now), tuple(rows[member] for member in send.members))
        for send in planned(outbox, routes, now).sends
        if send.kind != "update"
    ]
    texts = []
    for message, members in (*begun, *fresh):
        words = speech.words(outbox, routes, message, [row for row in members if not row.untrue], now)
        if words is not None:
            thread = ", in the thread" if message.kind == "reply" else ""
            texts.append(f"To {message.channel}{thread}:\n{words.plainly()}")
    return texts
