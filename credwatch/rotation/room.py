"""What a person decides of a rotation on which another process is at work: one that only waits makes room for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from credwatch.clock import Clock
from credwatch.errors import LedgerError, LedgerLocked
from credwatch.ledger.locks import Lock

ROOM = timedelta(seconds=20)
"""So long a person waits for it: a step that is under way is not broken off."""
LOOK = 1.0
"""Seconds between two looks whether somebody wants it, and whether it is free."""


def lock_of(directory: Path | None, id_: str) -> Lock:
    """Held by whoever works on this rotation."""
    return Lock(directory, f"rotation-{id_}.lock")


@contextmanager
def room(directory: Path | None, id_: str, clock: Clock, stop: threading.Event) -> Iterator[None]:
    """Nobody else works on it meanwhile. LedgerLocked, with the way out, when somebody is in the middle of a step for longer."""
    lock, asked = lock_of(directory, id_), _asked(directory, id_)
    until = clock.monotonic() + ROOM.total_seconds()
    asked.wait()
    try:
        while not lock.try_take():
            if clock.monotonic() >= until or not clock.wait(LOOK, stop):
                raise LedgerLocked(
                    f"nothing was decided: {lock.holder()} is in the middle of a step of cw-{id_}. Try again, or stop it first:"
                    " the next process goes on from there"
                )
    finally:
        asked.release()
    try:
        yield
    finally:
        lock.release()


def wanted(directory: Path | None, id_: str) -> bool:
    """Whether a person waits to decide something of it."""
    asked = _asked(directory, id_)
    if directory is None or not (directory / asked.name).exists():
        return False
    try:
        free = asked.try_take()
    except LedgerError:
        return False
    asked.release()
    return not free


def _asked(directory: Path | None, id_: str) -> Lock:
    return Lock(directory, f"rotation-{id_}.asked.lock")
