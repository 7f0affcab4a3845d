"""What a person does to a file while it is being exchanged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Person = Callable[[Path], None]


def nobody(_: Path) -> None:
    pass


def replaces(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("person's")
    other.replace(path)


def writes_into(path: Path) -> None:
    path.write_text("person's")


def writes_as_much(path: Path) -> None:
    """Of the same length and the same date."""
    status = path.stat()
    path.write_text("odl")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def cuts_a_line(path: Path) -> None:
    """What is left is how the file began before."""
    path.write_text("ol")
