"""The ledger for those who only read it: opened when it is there, and again after it could not be read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from credwatch.errors import LedgerError

if TYPE_CHECKING:
    from credwatch.ledger import Ledger


class Book:
    """One open ledger for many threads, one of them at a time. `opening` may come later, with `opened_by`."""

    def __init__(self, opening: Callable[[], Ledger] | None = None) -> None:
        self._opening = opening
        self._turn = threading.Lock()
        self._ledger: Ledger | None = None

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """The ledger. LedgerError as long as there is none, or it cannot be read."""
        with self._turn:
            if self._ledger is None:
                if self._opening is None:
                    raise LedgerError("where the ledger is has not been read yet")
                self._ledger = self._opening()
            try:
                yield self._ledger
            except LedgerError:
                self._put_down()
                raise

    def opened_by(self, opening: Callable[[], Ledger]) -> None:
        """It is known now where the ledger is."""
        self._opening = opening

    def shut(self) -> None:
        """Put it down. A later reader opens it again."""
        with self._turn:
            self._put_down()

    def _put_down(self) -> None:
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.shut()
