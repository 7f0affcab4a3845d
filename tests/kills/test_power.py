"""What a power cut leaves, by the record of a process: the simulation itself, and that it finds who does not wait."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.kills import power
from tests.kills.power import SECTOR, Survives, lying
from tests.servers.disk import Action, Disk, Kind

KEPT = """
import os
def kept(name, data, how):
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(file, data)
    if "file" in how:
        os.fsync(file)
    os.close(file)
    if "name" in how:
        folder = os.open(".", os.O_RDONLY)
        os.fsync(folder)
"""
SQLITE = """
import os, sqlite3
from pathlib import Path
db = sqlite3.connect(Path("kept.db").absolute(), isolation_level=None)
db.execute("pragma journal_mode = wal")
db.execute("pragma synchronous = {}")
db.execute("create table t (n)")
db.execute("insert into t values (1)")
os._exit(0)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    folder = tmp_path / "machine"
    folder.mkdir()
    return Disk(tmp_path, folder).plan(traced=True)


def ran(disk: Disk, program: str) -> int:
    command = [sys.executable, "-I", "-S", "-c", program]
    return subprocess.run(command, env=disk.environment, cwd=disk.folder, check=False).returncode


def left(disk: Disk, survives: Survives) -> Mapping[str, bytes]:
    return {path.name: content for path, content in lying(disk.operations(), disk.folder, survives).items()}


def paths(disk: Disk, program: str) -> str:
    """The program with whole paths: relative ones are not below the folder for the shim."""
    return f"{KEPT}\nhere = {str(disk.folder)!r} + '/'\n{program}"


@pytest.mark.parametrize(
    ("how", "survives", "expected"),
    [
        ("", power.nothing, {}),
        ("", power.names_only, {"a": b""}),
        ("", power.everything, {"a": b"text"}),
        ("file", power.nothing, {}),
        ("file", power.names_only, {"a": b"text"}),
        ("name", power.nothing, {"a": b""}),
        ("file name", power.nothing, {"a": b"text"}),
    ],
)
def test_a_file_is_there_when_it_and_its_name_were_waited_for(
    disk: Disk, how: str, survives: Callable[[], Survives], expected: dict[str, bytes]
) -> None:
    assert ran(disk, paths(disk, f"kept(here + 'a', b'text', {how!r})")) == 0

    assert left(disk, survives()) == expected


def test_a_rename_that_was_not_waited_for_leaves_the_old_name_or_the_new(disk: Disk) -> None:
    assert ran(disk, paths(disk, "kept(here + 'a', b'text', 'file name'); os.rename(here + 'a', here + 'b')")) == 0

    assert left(disk, power.nothing()) == {"a": b"text"}
    assert left(disk, power.everything()) == {"b": b"text"}


def test_what_is_torn_is_torn_at_sectors(disk: Disk) -> None:
    whole = bytes(range(1, 9)) * SECTOR
    assert ran(disk, paths(disk, f"kept(here + 'a', bytes(range(1, 9)) * {SECTOR}, 'name')")) == 0

    content = left(disk, power.some(Random(3), torn=True))["a"].ljust(len(whole), b"\0")  # noqa: S311  no secret
    sectors = [content[at : at + SECTOR] == whole[at : at + SECTOR] for at in range(0, len(whole), SECTOR)]
    assert 0 < sum(sectors) < len(sectors)
    assert all(not any(content[at * SECTOR :][:SECTOR]) for at, there in enumerate(sectors) if not there)


@pytest.mark.parametrize(("synchronous", "rows"), [("full", 1), ("off", 0)])
def test_a_database_that_does_not_wait_for_its_disk_is_found_out(disk: Disk, synchronous: str, rows: int) -> None:
    assert ran(disk, SQLITE.format(synchronous)) == 0

    files = left(disk, power.nothing())
    again = disk.folder.parent / "again"
    again.mkdir()
    for name, content in files.items():
        (again / name).write_bytes(content)
    with closing(sqlite3.connect(again / "kept.db")) as db:
        tables = db.execute("select count(*) from sqlite_schema").fetchone()[0]
        found = db.execute("select count(*) from t").fetchone()[0] if tables else 0
    assert found == rows


def test_a_process_dies_and_fails_at_the_operation_that_was_named(disk: Disk) -> None:
    two = paths(disk, "kept(here + 'a', b'one', ''); kept(here + 'b', b'two', '')")
    codes = [
        ran(disk.plan(Action.KILL_BEFORE, 2, kinds=Kind.WRITE), two),
        (disk.folder / "b").read_bytes(),
        ran(disk.plan(Action.KILL_HALFWAY, 2, kinds=Kind.WRITE), two),
        (disk.folder / "b").read_bytes(),
        ran(disk.plan(Action.FAIL, 2, kinds=Kind.WRITE, error=errno.ENOSPC), two),
        disk.hits,
    ]

    assert codes == [-9, b"", -9, b"t", 1, 1]
