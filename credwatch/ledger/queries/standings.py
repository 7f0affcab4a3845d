"""What several questions about standings share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from credwatch.ledger.book import Ledger

ALIVE = "(c.status is null or c.status not in ('gone', 'unwatched'))"
"""Of `credential c`: something still shows it."""


@contextmanager
def reading(ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """Reads that see one state, with room for the rows of a large ledger: without it each would be read many times."""
    with ledger.read() as db:
        db.execute("pragma cache_size = -65536")
        yield db
