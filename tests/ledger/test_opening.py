"""Where a ledger may live, who may read it, and how it is brought up to date."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from credwatch.errors import LedgerCorrupt, LedgerError, LedgerTooNew
from credwatch.ledger import Ledger
from credwatch.ledger.connection import spoken
from credwatch.ledger.place import file_system
from tests.ledger.world import START, World, seen

FIXTURES = Path(__file__).parent / "fixtures"
MOUNTS = """\
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
31 22 0:26 / /var/lib rw,relatime - tmpfs tmpfs rw
40 22 0:40 / /srv/shared\\040data rw,relatime - nfs4 filer:/export rw
41 40 0:41 / /srv/shared\\040data/local rw - xfs /dev/sdb rw
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc", "ext4"),
        ("/var/lib/credwatch", "tmpfs"),
        ("/var/library", "ext4"),
        ("/srv/shared data/x", "nfs4"),
        ("/srv/shared data/local/x", "xfs"),
    ],
)
def test_the_longest_mount_names_the_file_system(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused_with_the_reason(tmp_path: Path) -> None:
    mounts = f"40 22 0:40 / {tmp_path} rw,relatime - nfs4 filer:/export rw\n"

    with pytest.raises(LedgerError, match="lies on nfs4: locks"):
        Ledger.open(tmp_path / "data", now=START, mounts=mounts)

    assert not (tmp_path / "data").exists()


def test_directory_and_files_are_ours_alone(kept: World) -> None:
    kept.sweep(seen("vault:kv/a#K", "f1"))
    directory = kept.ledger.directory

    assert directory is not None
    assert mode(directory) == 0o700
    assert {path.name: mode(path) for path in directory.iterdir()} == {
        "credwatch.db": 0o600,
        "credwatch.db-shm": 0o600,
        "credwatch.db-wal": 0o600,
        "ledger.lock": 0o600,
    }


def test_a_directory_of_ours_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    Ledger.open(tmp_path, now=START, mounts="").shut()

    assert mode(tmp_path) == 0o700


def test_it_writes_ahead_and_waits_for_the_disk(kept: World) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys")

    assert [kept.one(f"pragma {name}") for name in pragmas] == ["wal", 2, 1]


def test_a_reader_sees_the_same_and_cannot_write(kept: World) -> None:
    kept.sweep(seen("vault:kv/a#K", "f1"))

    with Ledger.open(kept.ledger.directory, now=START, read_only=True, mounts="") as reader:
        with reader.read() as db:
            (found,) = db.execute("select count(*) from credential").fetchone()
        with pytest.raises(LedgerError, match="opened for reading"), reader.transaction():
            pass
        with pytest.raises(LedgerError, match="read-only"), reader.read() as db:
            db.execute("delete from credential")

    assert (found, kept.one("select count(*) from credential")) == (1, 1)


def test_a_reader_makes_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        Ledger.open(tmp_path / "data", now=START, read_only=True, mounts="")

    assert not (tmp_path / "data").exists()


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(kept: World) -> None:
    with kept.ledger.transaction() as db:
        db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('credwatch', '9999_future', '')"
        )

    for read_only in (False, True):
        with pytest.raises(LedgerTooNew, match="newer credwatch"):
            Ledger.open(kept.ledger.directory, now=START, read_only=read_only, mounts="")


def test_a_file_that_is_no_database_is_named_damaged(tmp_path: Path) -> None:
    (tmp_path / "credwatch.db").write_bytes(b"This is no database at all. " * 100)

    with pytest.raises(LedgerCorrupt, match="damaged"):
        Ledger.open(tmp_path, now=START, mounts="")


def test_a_torn_page_is_found(kept: World) -> None:
    kept.sweep(*(seen(f"vault:kv/{n}#K", f"f{n}") for n in range(300)))
    root = kept.one("select rootpage from sqlite_schema where name = 'copy_credential'")
    directory = kept.ledger.directory
    kept.ledger.shut()
    assert directory is not None
    with (directory / "credwatch.db").open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)

    with pytest.raises(LedgerCorrupt):
        Ledger.open(directory, now=START, mounts="")

    kept.ledger = Ledger.open(None, now=START)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_FULL, "disk that holds the ledger is full"),
        (sqlite3.SQLITE_READONLY, "read-only"),
        (sqlite3.SQLITE_IOERR, "look at dmesg"),
        (sqlite3.SQLITE_BUSY, "does not keep to its lock"),
    ],
)
def test_sqlites_errors_become_sentences(code: int, said: str) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code

    with pytest.raises(LedgerError, match=said), spoken():
        raise error


def test_a_full_disk_writes_nothing_and_says_so(kept: World) -> None:
    kept.sweep(seen("vault:kv/a#K", "f1"))
    with kept.ledger.read() as db:
        pages = db.execute("pragma page_count").fetchone()[0]
    kept.ledger._connection.db.execute(f"pragma max_page_count = {pages}")

    with pytest.raises(LedgerError, match="full"):
        kept.look(*(seen(f"vault:kv/{n}#K", f"f{n}") for n in range(2000)))

    assert kept.one("select count(*) from credential") == 1
