"""A disk that fails, or a process that dies, at the operation that a test names; and a record of all operations."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Self

SOURCE = Path(__file__).with_suffix(".c")
AVAILABLE = shutil.which("cc") is not None
FROM_THEN_ON = 2**62
_PLAN = struct.Struct("=qqqqiiii64s64s")
_HEAD = struct.Struct("=qqqqqq")


class Kind(IntFlag):
    """What is done to a file. Opening counts where it is for writing."""

    OPEN = 1
    CREATE = 2
    WRITE = 4
    TRUNCATE = 8
    SYNC = 16
    UNLINK = 32
    RENAME = 64
    LINK = 128
    MKDIR = 256
    READ = 512


CHANGES = Kind(511) & ~Kind.OPEN
"""All that leaves a file or a directory different, and the waits until the disk has it."""


class Action(IntEnum):
    """What happens at the operation that is hit."""

    NOTHING = 0
    KILL_BEFORE = 1
    KILL_AFTER = 2
    KILL_HALFWAY = 3
    """A write of which only the first half happens."""
    FAIL = 4


@dataclass(frozen=True)
class Operation:
    """One line of the record. `inode` tells files apart, whatever they are called."""

    kind: Kind
    inode: int
    offset: int
    path: Path
    other: Path | None
    data: bytes


class Disk:
    """Processes that are started with `environment` have it below `folder`. One plan holds for all of them."""

    def __init__(self, place: Path, folder: Path) -> None:
        self._library = place / "disk.so"
        self._plan = place / "disk.plan"
        self.trace = place / "disk.trace"
        self.folder = folder
        if not self._library.exists():
            compiled = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(SOURCE)]
            subprocess.run(compiled, check=True)
        self._plan.write_bytes(b"\0" * _PLAN.size)
        self.trace.touch()
        with self._plan.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _PLAN.size)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs."""
        return {
            "LD_PRELOAD": str(self._library),
            "DISK_UNDER": str(self.folder),
            "DISK_PLAN": str(self._plan),
            "DISK_TRACE": str(self.trace),
        }

    def plan(
        self,
        action: Action = Action.NOTHING,
        first: int = 1,
        last: int = 0,
        *,
        kinds: Kind = CHANGES,
        error: int = 0,
        part: str = "",
        not_part: str = "-shm",
        traced: bool = False,
    ) -> Self:
        """From now on, the operations `first` to `last` (the first alone, unless told) of these kinds are hit.

        `part` and `not_part`: only of files whose path contains the one, and not the other. What was counted is forgotten.
        """
        values = (0, first, last or first, 0, kinds, action, error, traced, part.encode(), not_part.encode())
        self._shared[:] = _PLAN.pack(*values)
        return self

    @property
    def count(self) -> int:
        """How many operations of these kinds there were."""
        return int(_PLAN.unpack(self._shared[:])[0])

    @property
    def hits(self) -> int:
        """How many of them were hit."""
        return int(_PLAN.unpack(self._shared[:])[3])

    def known_anew(self) -> None:
        """Put on record that each file here is one that was on record before: it was copied, and has another inode."""
        with self.trace.open("ab") as record:
            for path in sorted(self.folder.rglob("*")):
                name = str(path).encode()
                record.write(_HEAD.pack(Kind.OPEN, path.stat().st_ino, 0, 0, len(name), 0) + name)

    def operations(self, at: int = 0) -> Iterator[Operation]:
        """What is on record, in its order, from this byte of the record on."""
        record = self.trace.read_bytes()
        while at + _HEAD.size <= len(record):
            kind, inode, offset, length, path, other = _HEAD.unpack_from(record, at)
            at += _HEAD.size
            size = length if kind == Kind.WRITE else 0
            names, data = record[at : at + path + other], record[at + path + other : at + path + other + size]
            at += path + other + size
            yield Operation(
                Kind(kind),
                inode,
                offset,
                Path(names[:path].decode()),
                Path(names[path:].decode()) if other else None,
                data,
            )
