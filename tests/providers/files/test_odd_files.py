"""Files that are no plain files, and names that mean nothing: each told as what it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from credwatch_providers.files import FilesTable
from credwatch_providers.files.beside import LARGEST
from credwatch_providers.files.walking import Pattern, walk
from tests.providers.files.test_files_store import connected


@pytest.mark.parametrize(
    ("make", "said", "mend"),
    [
        (os.mkfifo, "a pipe, and not a plain file", "if it is no secret, leave it out: skip = [...]"),
        (
            lambda path: path.symlink_to("thing"),
            "a link that leads back to itself",
            "if it is no secret, leave it out: skip = [...]",
        ),
        (
            lambda path: path.symlink_to("/dev/zero"),
            "a device, and not a plain file",
            "if it is no secret, leave it out: skip = [...]",
        ),
        (
            lambda path: path.write_bytes(b"x" * (LARGEST + 1)),
            "larger than 1 MiB",
            "if it is no secret, leave it out: skip = [...]",
        ),
        (lambda _: None, "not_found", "mount it, or take it out of paths"),
    ],
    ids=["pipe", "loop", "device", "large", "absent"],
)
def test_what_is_not_read_is_told_as_what_it_is(
    tmp_path: Path, make: Callable[[Path], object], said: str, mend: str
) -> None:
    folder = tmp_path / "in"
    path = folder / "thing"
    folder.mkdir()
    make(path)
    files = connected(str(path) if os.path.lexists(path) else f"{path}/**")

    first = next(iter(files.diagnose()))

    assert (first.ok, first.said, first.mend) == (False, said, mend)


@pytest.mark.parametrize("name", [b"a*b", b"**", b"\xff\xfe", b"a#b"])
def test_a_path_that_is_no_pattern_is_the_file_of_that_name(tmp_path: Path, name: bytes) -> None:
    for each in (name, b"ab", b"other"):
        (tmp_path / os.fsdecode(each)).write_bytes(each)
    path = tmp_path / os.fsdecode(name)

    (named,) = FilesTable.model_validate({"paths": [path]}).paths

    assert [one.path for one in walk(Pattern(named), [])] == [str(path)]
