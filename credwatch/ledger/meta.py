"""What is known of the whole ledger: one text under each name."""

from __future__ import annotations

import sqlite3

from credwatch.ledger.rows import first

FAILURES = "rotation_failures"
"""How many rows that say that something failed have gone from the journal."""
PAUSED = "rotations_paused"
"""Why no rotation begins, by whom and since when."""
UNPAUSED = "rotations_unpaused"
"""When a person last said that rotations may begin again."""
TIDIED = "rotations_tidied"
"""When all that ended lately was looked at."""
TRIED = "rotation_tried:"
"""And the id of a credential: when a rule was last to begin its rotation, and why it did not."""


def get(db: sqlite3.Connection, name: str) -> str | None:
    """The text; None where nothing was ever put."""
    found = first(db, "select value from meta where key = ?", name)
    return found["value"] if found is not None else None


def put(db: sqlite3.Connection, name: str, text: str) -> None:
    """It stands in the place of the one before."""
    query = "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value"
    db.execute(query, (name, text))


def drop(db: sqlite3.Connection, name: str) -> bool:
    """Whether there was one."""
    return bool(db.execute("delete from meta where key = ?", (name,)).rowcount)
