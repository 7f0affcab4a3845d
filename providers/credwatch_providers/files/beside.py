"""What a rotation lays beside a file: hidden, never listed, and with a first line that says whose it is.

`.name.credwatch-pending` is the slot, `.name.credwatch-former` what the file held before; `.name.credwatch-new` is there
only while something is written, and `.name.credwatch-next` only while one file takes the place of the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from credwatch.contract import Staged
from credwatch_providers.files.swapping import Content, attributes, content, laid

LARGEST = 1 << 20
"""Bytes. What is larger is no secret."""
_LINE = 1 << 12
"""So long may the first line be."""

Purpose = Literal["pending", "former", "new", "next"]


@dataclass(frozen=True)
class Laid:
    """A file of ours; of somebody else, when it says of nobody whose it is."""

    version: str
    note: Mapping[str, str]
    data: bytes = field(repr=False)

    @property
    def staged(self) -> Staged:
        """As a pending slot."""
        return Staged(self.version, self.note.get("mark", ""), _moment(self.note.get("at", "")))


def beside(path: Path, purpose: Purpose) -> Path:
    """Where it lies."""
    return path.with_name(f".{path.name}.credwatch-{purpose}")


def read(path: Path, purpose: Purpose) -> Laid | None:
    """What lies there; None: nothing."""
    try:
        there = content(beside(path, purpose), LARGEST + _LINE)
    except FileNotFoundError:
        return None
    line, _, data = there.data.partition(b"\n")
    try:
        note = json.loads(line)["credwatch"]
        return Laid(there.version, {name: str(said) for name, said in note.items()}, data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Laid(there.version, {}, b"")


def lay(path: Path, purpose: Purpose, note: Mapping[str, str], data: bytes, like: Content) -> None:
    """Lay it there, in one piece, for the owner of the file alone."""
    line = json.dumps({"credwatch": note}).encode() + b"\n"
    new = beside(path, "new")
    laid(new, line + data, like.status, 0o600, attributes(path))
    new.replace(beside(path, purpose))


def clear(path: Path) -> None:
    """Nothing of ours lies beside it any more: the slot, which says whose it is, goes last."""
    for each in (beside(path, "new"), beside(path, "former"), beside(path, "pending")):
        each.unlink(missing_ok=True)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
