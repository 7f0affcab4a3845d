"""One file in the place of another, while somebody else writes there."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from credwatch.contract import Conflict
from credwatch_providers.files.swapping import content, exchange, swap
from tests.providers.files.persons import Person, replaces, writes_as_much, writes_into


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that holds `old`."""
    made = tmp_path / "key.env"
    made.write_text("old")
    return made


def unsupported(_: Path, __: Path) -> None:
    raise OSError(errno.EINVAL, "")


@pytest.mark.parametrize("by", [exchange, unsupported])
@pytest.mark.parametrize("person", [replaces, writes_into, writes_as_much])
def test_what_was_written_in_the_last_moment_goes_back(
    path: Path, person: Person, by: Callable[[Path, Path], None]
) -> None:
    was, ours = content(path, 99), path.with_name("ours")
    ours.write_text("new")

    def meanwhile(one: Path, other: Path) -> None:
        person(other)
        by(one, other)

    with pytest.raises(Conflict):
        swap(ours, path, was, meanwhile)

    assert path.read_text() in {"person's", "odl"}


@pytest.mark.parametrize("by", [exchange, unsupported])
def test_a_swap_leaves_nothing_behind(path: Path, by: Callable[[Path, Path], None]) -> None:
    ours = path.with_name("ours")
    ours.write_text("new")
    swap(ours, path, content(path, 99), by)

    assert path.read_text() == "new"
    assert [*path.parent.iterdir()] == [path]


def test_what_a_file_system_refuses_is_no_conflict_and_changes_nothing(path: Path) -> None:
    ours = path.with_name("ours")
    ours.write_text("new")

    def refuses(_: Path, __: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    with pytest.raises(OSError, match="busy"):
        swap(ours, path, content(path, 99), refuses)
    assert path.read_text() == "old"
