"""How a ledger of an older version is brought up to date."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from credwatch.errors import LedgerError
from credwatch.ledger import Ledger, steps
from credwatch.ledger.connection import Connection
from credwatch.ledger.history import STEPS
from credwatch.ledger.migrations import migrate
from credwatch.ledger.names import former
from tests.ledger.world import DAY, START, World, seen

FIXTURES = Path(__file__).parent / "fixtures"
SCHEMA = "select name, sql from sqlite_schema where name not like '%sqlite_migrations%' order by name"


def two_steps() -> Migrations:
    """A future in which a column was added."""
    migrations = Migrations("credwatch")

    @migrations(name="0001_first")
    def first(_db: Database) -> None:
        raise AssertionError

    @migrations(name="0002_mood")
    def mood(db: Database) -> None:
        db.execute("alter table credential add column mood text")

    return migrations


def test_a_ledger_in_memory_and_one_that_is_kept_are_made_by_the_same_steps(tmp_path: Path) -> None:
    with Ledger.open(None, now=START) as passing, passing.read() as db:
        in_memory = db.execute(SCHEMA).fetchall()
    with Ledger.open(tmp_path, now=START, mounts="") as kept, kept.read() as db:
        on_disk = db.execute(SCHEMA).fetchall()

    assert in_memory == on_disk
    assert steps.names(steps.MIGRATIONS) == STEPS.keys()


def open_fixture(tmp_path: Path, version: int) -> Connection:
    shutil.copyfile(FIXTURES / f"schema-{version}.db", tmp_path / "credwatch.db")
    return Connection(tmp_path)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_ledger_of_each_schema_opens_with_all_that_is_in_it(tmp_path: Path, version: int) -> None:
    shutil.copyfile(FIXTURES / f"schema-{version}.db", tmp_path / "credwatch.db")

    with Ledger.open(tmp_path, now=START, mounts="") as ledger:
        found = World(ledger)
        known = found.column("select coalesce(name, '') from credential order by key_id")
        chain = ledger.verify_audit()
        found.sweep(seen("vault:kv/a#KEY", "f2", key="SK2"))

        assert (known, chain, found.one("select count(*) from copy")) == (["voice", ""], None, 2)


def test_the_schema_of_a_new_ledger_is_the_one_of_the_newest_fixture(tmp_path: Path) -> None:
    newest = open_fixture(tmp_path, 3)
    with Ledger.open(None, now=START) as new, new.read() as db:
        expected = db.execute(SCHEMA).fetchall()

    assert newest.db.execute(SCHEMA).fetchall() == expected
    newest.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_ledger_of_an_older_schema_becomes_one_of_the_newest(tmp_path: Path, version: int) -> None:
    connection = open_fixture(tmp_path, version)
    with Ledger.open(None, now=START) as new, new.read() as db:
        expected = db.execute(SCHEMA).fetchall()

    migrate(connection, START)

    assert connection.db.execute(SCHEMA).fetchall() == expected
    assert connection.db.execute("pragma foreign_key_check").fetchall() == []
    connection.close()


def test_the_second_schema_keeps_every_word_of_the_first(tmp_path: Path) -> None:
    connection = open_fixture(tmp_path, 1)
    db = connection.db
    first, second = (
        row[0]
        for row in db.execute(
            "select id from credential order by (select min(t.fingerprint) from tried t where t.credential_id = credential.id)"
        )
    )
    db.execute("delete from probe")
    for at, validity in enumerate(["valid", "valid", "invalid", "unknown", "unknown", "valid", "valid"]):
        db.execute("insert into probe values (null, ?, 'f1', 1, ?, ?, 'ok', ?, 1)", (first, at, validity, f"said {at}"))
    db.execute("update tried set validity = 'valid', reason = 'ok', at = 6 where credential_id = ?", (first,))
    db.execute("update credential set policy = '{}'")
    db.execute("insert into alias values ('', 'id', 'c-old', ?)", (second,))
    db.execute("insert into message (id, kind, channel, state, created_at) values ('m-1', 'post', '#a', 'sent', 1)")
    db.executemany("insert into meta values (?, ?)", [("says:m-1", "words"), ("says:forgotten", "x"), ("other", "y")])

    migrate(connection, START)

    runs = "select at, until, times, validity, detail from {} where credential_id = ? order by at"
    over = [(0, 1, 2, "valid", "said 1"), (2, 2, 1, "invalid", "said 2"), (3, 4, 2, "unknown", "said 4")]
    assert db.execute(runs.format("answer"), (first,)).fetchall() == over
    assert db.execute(runs.format("probe"), (first,)).fetchall()[3][:4] == (5, 6, 2, "valid")
    assert db.execute("select count(*), min(said) from policy").fetchone() == (1, "{}")
    assert db.execute("select credential_id from alias where name = ?", (former("c-old"),)).fetchone() == (second,)
    assert db.execute("select says from message").fetchall() == [("words",)]
    assert db.execute("select key from meta where key <> 'audit_head'").fetchall() == [("other",)]
    connection.close()


def test_before_a_migration_a_backup_is_written(tmp_path: Path) -> None:
    connection = open_fixture(tmp_path, 1)

    migrate(connection, START, two_steps())

    connection.db.execute("select mood from credential")
    connection.close()
    (backup,) = tmp_path.glob("*.backup.db")
    assert (backup.name, stat.S_IMODE(backup.stat().st_mode)) == ("credwatch-1-20261120T080000Z.backup.db", 0o600)
    with Ledger.open(None, now=START), sqlite3.connect(backup) as old:
        assert old.execute("select count(*) from credential").fetchone() == (2,)
    old.close()


def test_three_backups_stay(tmp_path: Path) -> None:
    for day in range(5):
        (tmp_path / "credwatch.db").unlink(missing_ok=True)
        connection = open_fixture(tmp_path, 1)
        migrate(connection, START + day * DAY, two_steps())
        connection.close()

    names = sorted(path.name for path in tmp_path.glob("*.backup.db"))
    assert names == [f"credwatch-1-202611{22 + day}T080000Z.backup.db" for day in range(3)]


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    migrations = two_steps()

    @migrations(name="0003_broken")
    def broken(db: Database) -> None:
        db.execute("delete from alias")
        raise ZeroDivisionError

    connection = open_fixture(tmp_path, 1)
    with pytest.raises(ZeroDivisionError):
        migrate(connection, START, migrations)

    columns = [row[1] for row in connection.db.execute("pragma table_info(credential)")]
    rows = connection.db.execute("select count(*) from alias").fetchone()[0]
    connection.close()
    assert ("mood" in columns, rows > 0) == (False, True)


def test_a_new_ledger_needs_no_backup(tmp_path: Path) -> None:
    Ledger.open(tmp_path, now=START, mounts="").shut()
    Ledger.open(tmp_path, now=START + timedelta(days=1), mounts="").shut()

    assert list(tmp_path.glob("*.backup.db")) == []


def test_a_reader_does_not_migrate(tmp_path: Path) -> None:
    open_fixture(tmp_path, 1).close()
    reader = Connection(tmp_path, read_only=True)

    with pytest.raises(LedgerError, match="older schema"):
        migrate(reader, START, two_steps())

    reader.close()
