"""The daily look at the rotations that have ended: what came to be late is removed."""

from __future__ import annotations

from credwatch.errors import CredwatchError
from credwatch.ledger.queries.rotating import tidied, untidied
from credwatch.rotation.tidying import tidy, wonder
from credwatch.rotation.working import Workshop


def tidy_all(shop: Workshop) -> tuple[list[str], list[tuple[str, CredwatchError]]]:
    """Once a day, every rotation that ended in the last week: what was removed, and those that could not be looked at.

    What may be of ours, and nobody can tell, is told to a person.
    """
    removed: list[str] = []
    unseen: list[tuple[str, CredwatchError]] = []
    names = untidied(shop.ledger, shop.watch.clock.now())
    for name in names:
        if shop.watch.stop.is_set():
            return removed, unseen
        try:
            with shop.alone(shop.journal.one(name)) as rotation:
                if shop.gone(rotation):
                    continue  # nobody watches there any more
                run = shop.run(rotation)
                removed += tidy(run)
                wonder(run)
        except CredwatchError as error:
            unseen.append((f"cw-{name}", error))
    if names:
        tidied(shop.ledger, shop.watch.clock.now())
    return removed, unseen
