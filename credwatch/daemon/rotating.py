"""When something of rotations is due, a child does it. The identities that write are loaded there, and end with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from credwatch.clock import Clock
from credwatch.daemon.children import Children
from credwatch.errors import CredwatchError, LedgerLocked
from credwatch.ledger.locks import ROTATE, Lock
from credwatch.ledger.queries.rotating import waiting
from credwatch.web.book import Book

PAUSE, AFTER_TROUBLE = timedelta(minutes=1), timedelta(minutes=5)
"""Between two children: what one could not go on with, the next cannot at once."""
LONGEST = timedelta(hours=1)

_log = logging.getLogger("credwatch.daemon")


class Rotating:
    """One child at a time, and no two processes of a data directory that stay start one beside each other.

    `ended` is told when a child has: there may be something to tell.
    """

    def __init__(self, children: Children, book: Book, clock: Clock, ended: Callable[[], None]) -> None:
        self._children = children
        self._book = book
        self._clock = clock
        self._ended = ended
        self._not_before = 0.0
        self._busy = threading.Lock()
        self._config: Path | None = None
        self._lock = Lock(None, ROTATE)
        self._own = True

    def configure(self, directory: Path, snapshot: Path, *, own: bool) -> None:
        """Children read this configuration. `own`: that nobody else starts one holds as long as we live."""
        self._config, self._own = snapshot, own
        self._lock = Lock(directory, ROTATE)

    @property
    def idle(self) -> bool:
        """No child runs."""
        return not self._busy.locked()

    def turn(self) -> None:
        """Start a child if it would find something to do, and wait until it has ended. It raises nothing that we raise on purpose."""
        if self._config is None or self._children.stop.is_set() or self._clock.monotonic() < self._not_before:
            return
        with self._busy:
            try:
                with self._book.open() as ledger:
                    due = waiting(ledger, self._clock.now())
                if due:
                    self._child(self._config)
            except (CredwatchError, OSError) as error:
                _log.error("rotate was not started: %s", error)
                self._pause(AFTER_TROUBLE)

    def _child(self, config: Path) -> None:
        with suppress(LedgerLocked):  # another process that stays does it
            if not self._own:
                self._lock.take()
            try:
                code = self._children.run("rotate", "--due", limit=LONGEST, config=("--config", str(config)))
            finally:
                self._lock.release()
            self._pause(AFTER_TROUBLE if code else PAUSE)
            self._ended()

    def _pause(self, length: timedelta) -> None:
        self._not_before = self._clock.monotonic() + length.total_seconds()
