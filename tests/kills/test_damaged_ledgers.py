"""A ledger that is damaged, or not ours to write: said in one line with what helps, and what helps does help."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.kills.forks import Ended
from tests.kills.points import differences
from tests.kills.world import Stack
from tests.servers.disk import Action, Kind

FIXTURE = Path(__file__).parents[1] / "ledger" / "fixtures" / "schema-1.db"
READERS = ("status", "list")
COMMANDS = ("sweep", "deliver", *READERS, "run")
PAGE = 4096
COMPANIONS = ("credwatch.db", "credwatch.db-wal", "credwatch.db-shm")


def header(path: Path) -> None:
    write(path, 0, b"This is no database. ")


def page(path: Path) -> None:
    write(path, path.stat().st_size // PAGE // 2 * PAGE, b"\xff" * PAGE)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // PAGE * PAGE)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def text(path: Path) -> None:
    path.write_text("name,status\nvoice-prod,ok\n" * 400)


def log_of_another(path: Path) -> None:
    """The -wal of another ledger, as an unfinished copy of a backup leaves it."""
    other = path.with_name("other.db")
    db = sqlite3.connect(other, isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("create table t (a text)")
    db.executemany("insert into t values (?)", [("x" * 2000,)] * 200)
    shutil.copyfile(other.with_name("other.db-wal"), path.with_name("credwatch.db-wal"))
    db.close()
    other.unlink()


DAMAGES = (header, page, cut, empty, text, log_of_another)


def write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def one_line(ended: Ended) -> str:
    """What it said; empty, unless it ended as it should."""
    return ended.complaint if ended.code == 74 else ""


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        pytest.param(command, damage, id=f"{command}, {damage.__name__}")
        for command in COMMANDS
        for damage in DAMAGES
        if not (damage is page and command in READERS)
    ],
)
def test_it_is_named_damaged_and_left_as_it_is(stack: Stack, command: str, damage: Callable[[Path], None]) -> None:
    """Who only reads does not look at every page. SQLite itself puts a log that lies beside a file into it."""
    stack.go_back(2, "deliver" if command == "deliver" else "sweep")
    damage(stack.data / "credwatch.db")
    before = (stack.data / "credwatch.db").read_bytes()
    ended = stack.run(command)

    assert one_line(ended).startswith("credwatch: the ledger is damaged. Stop credwatch and move credwatch.db, "), ended
    assert damage is log_of_another or (stack.data / "credwatch.db").read_bytes() == before


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_without_a_backup_what_it_says_begins_anew_and_tells_once(stack: Stack, damage: Callable[[Path], None]) -> None:
    stack.go_back(2, "sweep")
    damage(stack.data / "credwatch.db")
    said = one_line(stack.run("sweep"))
    assert f"out of {stack.data}; there is no backup, and the next sweep begins a new ledger" in said
    for name in COMPANIONS:
        (stack.data / name).unlink(missing_ok=True)
    stack.go_on("sweep")
    stack.run("deliver")

    oncall = stack.scene.slack.rooms["voice-oncall"].texts()
    assert len([text for text in oncall if "Twilio" in text]) == 1
    assert len([text for text in oncall if "Deepgram refuses" in text]) == 1


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_with_a_backup_it_names_the_newest_and_that_works(stack: Stack, damage: Callable[[Path], None]) -> None:
    stack.go_back(1, "sweep")
    stack.data.mkdir(mode=0o700)
    shutil.copyfile(FIXTURE, stack.data / "credwatch.db")
    assert stack.run("sweep").code == 0
    (backup,) = stack.data.glob("*.backup.db")
    damage(stack.data / "credwatch.db")
    said = one_line(stack.run("status"))
    assert f"then copy {backup.name} to credwatch.db" in said
    for name in COMPANIONS:
        (stack.data / name).unlink(missing_ok=True)
    shutil.copy(backup, stack.data / "credwatch.db")
    codes = [stack.run(command).code for command in ("sweep", "deliver", "status")]

    assert codes[:2] == [0, 0]
    assert codes[2] in {0, 1, 2}, "a status is an answer"
    assert stack.damage() == []


def test_a_migration_that_is_killed_at_any_commit_is_made_again_and_its_backup_is_whole(stack: Stack) -> None:
    def begin() -> None:
        stack.go_back(1, "sweep")
        stack.data.mkdir(mode=0o700)
        shutil.copyfile(FIXTURE, stack.data / "credwatch.db")

    begin()
    stack.disk.plan(kinds=Kind.SYNC)
    assert stack.run("deliver").code == 0
    wrong: list[str] = []
    for number in range(1, stack.disk.count + 1):
        begin()
        stack.killed(Action.KILL_AFTER, number, "deliver", kinds=Kind.SYNC)
        wrong += [f"{number}: {row}" for row in stack.damage()]
        stack.go_on("deliver")
        for backup in stack.data.glob("*.backup.db"):
            with closing(sqlite3.connect(backup)) as db:
                wrong += [f"{number}: {row}" for row in db.execute("pragma integrity_check") if row != ("ok",)]
        wrong += [f"{number}: {left} stays" for left in stack.data.glob("*.part*")]

    assert wrong == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_ledger_of_a_newer_version_is_left_alone(stack: Stack, command: str) -> None:
    stack.go_back(2, "deliver" if command == "deliver" else "sweep")
    with closing(sqlite3.connect(stack.data / "credwatch.db", isolation_level=None)) as db:
        future = (
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('credwatch', '9999_future', '')"
        )
        db.execute(future)
    before = (stack.data / "credwatch.db").read_bytes()
    ended = stack.run(command)

    assert one_line(ended).endswith("Install that version again, or restore a backup"), ended
    assert (stack.data / "credwatch.db").read_bytes() == before


def test_a_program_that_keeps_the_ledger_to_itself_is_waited_for_and_then_named(stack: Stack) -> None:
    """For the half minute that SQLite waits."""
    stack.go_back(2, "sweep")
    with closing(sqlite3.connect(stack.data / "credwatch.db", isolation_level=None)) as foreign:
        foreign.execute("pragma locking_mode = exclusive")
        foreign.execute("begin exclusive")
        ended = stack.run("sweep")

    said = "the ledger is in use by a program that does not keep to its lock. Close that, try again"
    assert (ended.code, ended.err) == (75, f"credwatch: {said}\n")
    stack.go_on("sweep")
    assert differences(stack.expected[2], stack.known()) == []
