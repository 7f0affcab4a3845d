"""Rotations that a rule begins: where it says so, when their date has come, and all is well. One at a time."""

from __future__ import annotations

from collections.abc import Iterator

from credwatch.errors import CredwatchError
from credwatch.ledger.queries.rotating import automatic, last_refusal, tried
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.planning import Order, plan
from credwatch.rotation.steps.preparing import prepare
from credwatch.rotation.working import Said, Workshop

BY = "credwatch"


def begin_all(shop: Workshop, said: Said | None = None) -> tuple[list[Rotation], list[tuple[str, str]]]:
    """Begin each whose time has come, and go on with it: how they stand, and the credentials that were not, with the reason.

    What is refused in the same words as the last time is not kept as a rotation again, and so told once.
    """
    begun: list[Rotation] = []
    refused: list[tuple[str, str]] = []
    for credential in _coming(shop):
        now = shop.watch.clock.now()
        try:
            rotation = plan(shop.opened, shop.ledger, _order(credential), shop.journal.new_id(now), now)
            why = _why_not(shop, rotation)
            if shop.watch.stop.is_set():
                break
            if not why or why != last_refusal(shop.ledger, credential):
                shop.ledger.audit(BY, "rotate", rotation.targets[0].place, detail=f"cw-{rotation.id}: by rule", now=now)
                rotation = shop.go_on(shop.journal.begin(rotation, now), said=said)
                why = rotation.reason if rotation.state is State.REJECTED else ""
                begun += [] if why else [rotation]
        except CredwatchError as error:
            why = str(error)
        if why:
            refused.append((credential, why))
            tried(shop.ledger, credential, why, shop.watch.clock.now())
    return begun, refused


def _coming(shop: Workshop) -> Iterator[str]:
    """One after the other: what one of them came to may hold back the next."""
    if shop.journal.paused_all():
        return
    for credential in automatic(shop.ledger, shop.watch.clock.now()):
        if shop.watch.stop.is_set():
            return
        yield credential


def _order(credential: str) -> Order:
    return Order(credential, BY, reason="its rule says auto, and its date has come", automatic=True)


def _why_not(shop: Workshop, rotation: Rotation) -> str:
    """Why it would not start; empty: it would. Nothing was begun."""
    turn = prepare(shop.run(rotation))
    if turn.to is State.PREPARED:
        return ""
    return turn.detail or str(turn.changes.get("reason", "")) or "it cannot be told"
