"""Judges with something to say, and what was queued of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from credwatch.model import About, Judgement, Level, Memory, News, Reason, Status
from tests.ledger.world import World, judged


def says(*news: News, status: Status = Status.INVALID, **more: Any) -> Callable[[Memory, datetime], Judgement]:
    """A judge who says this of every credential; `self` in a subject is the credential's id."""

    def judge(memory: Memory, _now: datetime) -> Judgement:
        own = (replace(one, subject=memory.credential) if one.subject == "self" else one for one in news)
        return judged(status, *own, **more)

    return judge


REFUSED = News(About.CREDENTIAL, "self", "refused", Level.PAGE, reason=Reason.REFUSED)
EXPIRED = replace(REFUSED, step="expired")
WELL = News(About.CREDENTIAL, "self", "well", Level.RESOLVED)
DIGEST = News(About.CREDENTIAL, "self", "expiring", Level.DIGEST, "expiry:30", opens=False)


def outbox(world: World) -> list[tuple[str, str]]:
    """Step and state of every row, in the order they were queued."""
    return [(row["step"], row["state"]) for row in world.rows("select step, state from outbox order by id")]
