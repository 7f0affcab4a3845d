"""rotate --due: one turn of the daemon. What can go on goes on, what a rule starts is begun, what is over is tidied."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from credwatch.cli.app import App
from credwatch.cli.rotating.opening import UNSURE, workshop
from credwatch.cli.rotating.telling import day
from credwatch.errors import CredwatchError, LedgerLocked
from credwatch.model.rotating import Rotation, Turn
from credwatch.rotation.afterwards import tidy_all
from credwatch.rotation.automatic import begin_all
from credwatch.rotation.reminding import remind_all

_log = logging.getLogger("credwatch.rotate")


def go_on_with_all(app: App) -> int:
    """Exit code 3 when one could not be gone on with; one that another process works on is left to it."""
    with workshop(app) as shop:
        done, failed = shop.due(said=_logged)
        begun, refused = begin_all(shop, said=_logged)
        removed, unseen = tidy_all(shop)
        reminded = remind_all(shop)
        ahead = shop.journal.active()
    for what, error in (*((f"cw-{one.id}", error) for one, error in failed), *unseen):
        if not isinstance(error, LedgerLocked):
            _log.warning("%s cannot be gone on with: %s", what, error)
    for credential, why in refused:
        _log.info("%s is not rotated: %s", credential, why)
    for what in reminded:
        _log.warning("%s still waits for a person: credwatch rotations show %s", what, what)
    for what in removed:
        _log.warning("removed what came to be late: %s", what)
    troubles: list[CredwatchError] = [error for _, error in (*failed, *unseen) if not isinstance(error, LedgerLocked)]
    counts = {"gone on with": len(done), "begun": len(begun), "not begun": len(refused), "tidied up": len(removed)}
    counts["could not be gone on with"] = len(troubles)
    said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    app.say(f"Rotations: {said}." if said else f"Nothing was due.{_next(ahead)}")
    return UNSURE if troubles else 0


def _next(ahead: Sequence[Rotation]) -> str:
    """When one of those under way is gone on with."""
    moments = [(one.next_try_at, one.id) for one in ahead if one.next_try_at is not None and not one.paused]
    if not moments:
        return ""
    at, name = min(moments)
    return f" The next is cw-{name}, at {day(at)}."


def _logged(rotation: Rotation, turn: Turn) -> None:
    if turn.to is not None:
        _log.info("cw-%s %s%s", rotation.id, rotation.state, f": {turn.detail}" if turn.detail else "")
