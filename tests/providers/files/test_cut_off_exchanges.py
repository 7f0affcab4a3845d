"""A process that died in an exchange of files, while somebody else wrote there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credwatch.contract import Conflict, Item, NoSettings, Payload, ProviderError, Reason, Secret, Setup
from credwatch_providers.files import Files, FilesTable
from credwatch_providers.files.beside import beside, lay
from credwatch_providers.files.swapping import content, exchange, laid, swap
from tests.providers.files.persons import Person, cuts_a_line, nobody, replaces, writes_into

MARK = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"


class Killed(BaseException):
    """The end of a process."""


class Standing:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


def files(path: Path, *, writes: bool = True) -> Files:
    table = FilesTable(paths=(str(path.parent),))
    return Files(Setup("files", table, NoSettings(), Standing(), None, writes=writes))  # type: ignore[arg-type]


def item(path: Path) -> Item:
    return Item("files", str(path))


def shown(path: Path, *, writes: bool = True) -> str:
    """What a rotation sees there."""
    return files(path, writes=writes).held(item(path)).payload.parts[""].reveal()


def names(path: Path) -> list[str]:
    return sorted(each.name.removeprefix(".key.env.credwatch-") for each in path.parent.iterdir())


def exchanged_and_killed(next_: Path, path: Path, person: Person) -> None:
    def by(one: Path, other: Path) -> None:
        person(other)
        exchange(one, other)
        raise Killed

    with pytest.raises(Killed):
        swap(next_, path, content(path, 99), by)


def renamed_and_killed(next_: Path, path: Path, person: Person) -> None:
    """Where a file system cannot exchange: behind the rename, before the last look."""
    os.link(path, next_.with_name(f"{next_.name}-out"))
    person(path)
    next_.replace(path)


def linked_and_killed(next_: Path, path: Path, person: Person) -> None:
    """The same, before the rename."""

    def by(_: Path, __: Path) -> None:
        raise OSError(errno.EINVAL, "")

    os.link(path, next_.with_name(f"{next_.name}-out"))
    person(path)
    with pytest.raises(FileExistsError):
        swap(next_, path, content(path, 99), by)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that holds `old`, with a slot that holds `new`, and all that is laid before an exchange."""
    made = tmp_path / "key.env"
    made.write_text("old")
    files(made).stage(item(made), Payload({"": Secret("new")}), MARK, "")
    now = content(made, 99)
    lay(made, "former", {"mark": MARK, "base": now.version}, now.data, now)
    laid(beside(made, "next"), b"new", now.status, 0o600, {})
    return made


@pytest.mark.parametrize(
    ("dies", "person", "then"),
    [
        (exchanged_and_killed, nobody, "new"),
        (exchanged_and_killed, replaces, "person's"),
        (exchanged_and_killed, writes_into, "person's"),
        (exchanged_and_killed, cuts_a_line, "ol"),
        (renamed_and_killed, nobody, "new"),
        (renamed_and_killed, writes_into, "person's"),
        (renamed_and_killed, cuts_a_line, "ol"),
        (linked_and_killed, nobody, "old"),
        (linked_and_killed, replaces, "person's"),
        (linked_and_killed, writes_into, "person's"),
    ],
)
def test_the_next_process_sees_what_was_written_and_leaves_nothing_between(
    path: Path, dies: Callable[[Path, Path, Person], None], person: Person, then: str
) -> None:
    dies(beside(path, "next"), path, person)

    assert shown(path) == then
    assert path.read_text() == then
    assert names(path) == ["former", "key.env", "pending"]
    assert files(path).staged(item(path)) is not None


def test_a_write_finds_it_too(path: Path) -> None:
    """Whoever did not look before."""
    staged = files(path, writes=False).staged(item(path))
    exchanged_and_killed(beside(path, "next"), path, replaces)
    assert staged is not None
    files(path).discard(item(path), staged)

    assert path.read_text() == "person's"
    assert names(path) == ["key.env"]


def test_of_two_who_wrote_neither_is_overwritten_and_a_person_is_told(path: Path) -> None:
    exchanged_and_killed(beside(path, "next"), path, replaces)
    path.write_text("later")

    for ask in (files(path).held, files(path).staged):
        with pytest.raises(Conflict, match=r"written twice .* the earlier in .*\.key\.env\.credwatch-next: take what"):
            ask(item(path))
    assert (path.read_text(), beside(path, "next").read_text()) == ("later", "person's")


def test_a_process_that_only_reads_changes_nothing_and_says_where_it_lies(path: Path) -> None:
    exchanged_and_killed(beside(path, "next"), path, replaces)
    before = names(path)

    with pytest.raises(ProviderError, match=r"credwatch-next holds what somebody wrote .* remove it") as refused:
        files(path, writes=False).staged(item(path))
    assert (refused.value.reason, refused.value.permanent) == (Reason.FORBIDDEN, True)
    assert (shown(path, writes=False), names(path)) == ("new", before)


@pytest.mark.parametrize(("person", "wrong"), [(nobody, 0), (replaces, 1)])
def test_doctor_tells_what_a_person_wrote_and_not_what_is_ours(path: Path, person: Person, wrong: int) -> None:
    exchanged_and_killed(beside(path, "next"), path, person)
    told = [one for one in files(path, writes=False).diagnose() if not one.ok]

    assert [(one.what, one.mend) for one in told] == [
        (f"files of {path}", "take from it what is needed, and remove it")
    ] * wrong
    assert all(str(beside(path, "next")) in one.said for one in told)
