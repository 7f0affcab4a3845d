"""What a power cut leaves of a directory: everything that was waited for, and of the rest what the disk had by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.servers.disk import Kind, Operation

SECTOR = 512


@dataclass(frozen=True)
class Survives:
    """What of the things that nobody waited for is there. Of two operations the later one may be there alone."""

    name: Callable[[], float]
    """How much of what happened to one name in its directory: 0 nothing, 1 all."""
    sector: Callable[[], bool]
    """Whether one sector that was written is there."""
    whole: bool = True
    """A write is there or is not; otherwise each of its sectors."""


def nothing() -> Survives:
    """Only what was waited for."""
    return Survives(lambda: 0.0, lambda: False)


def everything() -> Survives:
    """The disk was quicker than the cut."""
    return Survives(lambda: 1.0, lambda: True)


def some(chance: Random, *, torn: bool) -> Survives:
    """Some names, and some of the writes; `torn`: some sectors of them."""
    return Survives(chance.random, lambda: chance.random() < 0.5, whole=not torn)


def names_only() -> Survives:
    """Every name is there, and of its content what was waited for: files that are empty, as after an unfinished copy."""
    return Survives(lambda: 1.0, lambda: False)


@dataclass
class _File:
    """The bytes that the disk has, and what was done since."""

    durable: bytearray = field(default_factory=bytearray)
    since: list[Operation] = field(default_factory=list)
    directory: bool = False


@dataclass
class _Name:
    """Which file a name stood for on the disk, and since then."""

    durable: _File | None = None
    since: list[_File | None] = field(default_factory=list)

    @property
    def now(self) -> _File:
        """As those see it who are still there."""
        file = [self.durable, *self.since][-1]
        assert file is not None, "what is opened is there"
        return file


def lying(operations: Iterable[Operation], root: Path, survives: Survives) -> dict[Path, bytes]:
    """The files below `root` when the power comes back. It is there itself, and was empty at the first operation."""
    machine = _Machine()
    for one in operations:
        machine.happened(one)
    found = {path: _chosen(name, survives) for path, name in machine.names.items()}
    there = {path: file for path, file in found.items() if file is not None}
    return {
        path: bytes(_content(file, survives))
        for path, file in there.items()
        if not file.directory and _reached(path, root, there) and not path.name.endswith("-shm")
    }


@dataclass
class _Machine:
    """What is on the disk, and what only the memory has."""

    files: dict[int, _File] = field(default_factory=dict)
    """By their present inodes."""
    names: dict[Path, _Name] = field(default_factory=dict)

    def happened(self, one: Operation) -> None:
        """One operation."""
        match one.kind:
            case Kind.CREATE | Kind.MKDIR:
                self.files[one.inode] = _File(directory=one.kind is Kind.MKDIR)
                self._becomes(one.path, self.files[one.inode])
            case Kind.OPEN:
                self.files[one.inode] = self.names[one.path].now
            case Kind.WRITE | Kind.TRUNCATE:
                self.files[one.inode].since.append(one)
            case Kind.SYNC:
                self._waited_for(one)
            case Kind.UNLINK:
                self._becomes(one.path, None)
            case _:
                self._called(one)

    def _becomes(self, path: Path, file: _File | None) -> None:
        self.names.setdefault(path, _Name()).since.append(file)

    def _called(self, one: Operation) -> None:
        """A link or a rename."""
        assert one.other is not None
        self._becomes(one.other, self.files[one.inode])
        if one.kind is Kind.RENAME:
            self._becomes(one.path, None)

    def _waited_for(self, one: Operation) -> None:
        if (file := self.files.get(one.inode)) is not None:
            for change in file.since:
                _apply(file.durable, change.kind, change.offset, change.data)
            file.since.clear()
        for path, name in self.names.items():
            if path.parent == one.path and name.since:
                name.durable = name.since[-1]
                name.since.clear()


def _chosen(name: _Name, survives: Survives) -> _File | None:
    """The file that the name stands for: what it was, or what it became since."""
    history = [name.durable, *name.since]
    return history[min(round(survives.name() * (len(history) - 1)), len(history) - 1)]


def _reached(path: Path, root: Path, there: dict[Path, _File]) -> bool:
    return path.parent == root or (path.parent in there and _reached(path.parent, root, there))


def _content(file: _File, survives: Survives) -> bytearray:
    content = bytearray(file.durable)
    for change in file.since:
        if change.kind is Kind.TRUNCATE or survives.whole:
            if survives.sector():
                _apply(content, change.kind, change.offset, change.data)
            continue
        end = change.offset + len(change.data)
        at = change.offset
        while at < end:
            until = min((at // SECTOR + 1) * SECTOR, end)
            if survives.sector():
                _apply(content, Kind.WRITE, at, change.data[at - change.offset : until - change.offset])
            at = until
    return content


def _apply(content: bytearray, kind: Kind, offset: int, data: bytes) -> None:
    if kind is Kind.TRUNCATE:
        del content[offset:]
    size = offset + len(data)
    content.extend(b"\0" * (size - len(content)))
    if kind is Kind.WRITE:
        content[offset:size] = data
