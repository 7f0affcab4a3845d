"""The steps as sqlite-utils applies them and remembers it. Only who makes or changes a ledger that is kept loads it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database, Migrations

from credwatch.ledger.history import STEPS, Step

MIGRATIONS = Migrations("credwatch")


def _add(name: str, step: Step) -> None:
    @MIGRATIONS(name=name)
    def _apply(db: Database) -> None:
        step.before(db.conn)
        for statement in _statements(step.script):
            db.execute(statement)


def _statements(script: str) -> Iterator[str]:
    """One by one, because SQLite would end our transaction before a whole script.

    sqlite-utils looks for their ends letter by letter, which takes longer than all the rest of a new ledger.
    """
    statement = ""
    for part in script.split(";")[:-1]:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


for _name, _step in STEPS.items():
    _add(_name, _step)


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
