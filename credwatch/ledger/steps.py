"""The steps of the schema, as sqlite-utils applies them. Only who makes or changes a ledger loads them."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from credwatch.ledger.lighter import SECOND, prepare
from credwatch.ledger.schema import FIRST

MIGRATIONS = Migrations("credwatch")


@MIGRATIONS(name="0001_first")
def _first(db: Database) -> None:
    db.executescript(FIRST)


@MIGRATIONS(name="0002_lighter")
def _lighter(db: Database) -> None:
    prepare(db.conn)
    db.executescript(SECOND)


def names(migrations: Migrations) -> set[str]:
    """Of all its steps."""
    empty = Database(memory=True, execute_plugins=False)
    try:
        return {one.name for one in migrations.pending(empty)}
    finally:
        empty.close()


def apply(db: sqlite3.Connection, migrations: Migrations) -> None:
    """Every step that was not applied yet."""
    migrations.apply(Database(db, execute_plugins=False, strict=True))
