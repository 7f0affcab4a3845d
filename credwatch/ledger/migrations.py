"""How the schema came to be: named steps, each applied once, after a backup."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from credwatch.errors import LedgerError, LedgerTooNew
from credwatch.ledger import damage
from credwatch.ledger.connection import Connection
from credwatch.ledger.history import STEPS
from credwatch.ledger.place import sync, unusable

if TYPE_CHECKING:
    from sqlite_utils import Migrations

KEPT = 3
"""So many backups stay."""


def migrate(connection: Connection, now: datetime, migrations: Migrations | None = None) -> None:
    """Bring the ledger to this version. LedgerTooNew when it is ahead; a reader only looks."""
    with connection.alone():
        applied = _applied(connection.db)
        if migrations is None and applied == STEPS.keys():
            return
        if migrations is None and connection.directory is None:
            for step in STEPS.values():  # what is kept nowhere has no history either
                step.before(connection.db)
                connection.db.executescript(step.script)
            return
        from credwatch.ledger import steps  # noqa: PLC0415  sqlite-utils is loaded by who changes the schema only

        wanted = migrations or steps.MIGRATIONS
        known = steps.names(wanted)
        if not known >= applied:
            raise LedgerTooNew("a newer credwatch wrote this ledger. Install that version again, or restore a backup")
        if known == applied:
            return
        if not applied and not connection.begun_anew and damage.used(connection.directory):
            raise damage.damaged(connection.directory)
        if connection.read_only:
            raise LedgerError(
                "this ledger has an older schema. Any command that writes brings it up to date: credwatch sweep"
            )
        if applied and connection.directory is not None:
            quick_check(connection)
            _back_up(connection.db, connection.directory, len(applied), now)
        with connection.transaction():
            steps.apply(connection.db, wanted)


def version() -> int:
    """The schema that this program reads and writes, counted from 1."""
    return len(STEPS)


def _applied(db: sqlite3.Connection) -> set[str]:
    """The steps that were applied, as sqlite-utils keeps them."""
    if not db.execute("select 1 from sqlite_schema where name = '_sqlite_migrations'").fetchone():
        return set()
    return {name for (name,) in db.execute("select name from _sqlite_migrations where migration_set = 'credwatch'")}


def quick_check(connection: Connection) -> None:
    """LedgerCorrupt when SQLite finds the file inconsistent. Reads all of it: 0.2 s for 100,000 credentials."""
    with connection.read() as db:
        found = db.execute("pragma quick_check(1)").fetchone()[0]
    if found != "ok":
        raise damage.unreadable(connection.directory) or damage.damaged(connection.directory)


def _back_up(db: sqlite3.Connection, directory: Path, version: int, now: datetime) -> None:
    """A copy that is on the disk, name and all, before anything is changed. Of an attempt that was cut off nothing stays."""
    path = directory / f"credwatch-{version}-{now:%Y%m%dT%H%M%SZ}.backup.db"
    draft = path.with_suffix(".part")
    try:
        for left in directory.glob("credwatch-*.part*"):
            left.unlink()
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        with closing(sqlite3.connect(draft)) as copy:
            db.backup(copy)
        draft.replace(path)
        sync(directory)
        for old in damage.backups(directory)[:-KEPT]:
            old.unlink()
    except OSError as error:
        raise unusable(path, error) from None
