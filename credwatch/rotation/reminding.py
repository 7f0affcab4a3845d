"""The daily word to a person who has not chosen: what is true by now, and what can be chosen."""

from __future__ import annotations

from credwatch.errors import CredwatchError, LedgerLocked
from credwatch.ledger.journal import Milestone
from credwatch.ledger.queries.rotating import stop_of, unanswered
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.stops import reminder
from credwatch.rotation.working import Workshop


def remind_all(shop: Workshop) -> list[str]:
    """Each rotation that waits for a person, and of which nothing was said for a day. Their names."""
    reminded: list[str] = []
    for name in unanswered(shop.ledger, shop.watch.clock.now()):
        if shop.watch.stop.is_set():
            break
        try:
            with shop.alone(shop.journal.one(name)) as rotation:
                if rotation.state is State.NEEDS_OPERATOR:
                    shop.journal.remind(rotation, _said(shop, rotation), shop.watch.clock.now())
                    reminded.append(f"cw-{name}")
        except LedgerLocked:
            continue  # somebody is choosing at this moment
    return reminded


def _said(shop: Workshop, rotation: Rotation) -> Milestone:
    """As it is now; as it was said before, where it cannot be looked at."""
    try:
        return reminder(shop.run(rotation))
    except CredwatchError as error:
        words = f"It cannot be looked at now: {error}. A person must choose"
        return Milestone("still", words=words, lines=stop_of(shop.ledger, rotation.id))
