"""A file as it is, and another one in its place: whole, on the disk, and only if it is still as it was."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from credwatch.contract import Conflict, ProviderError, Reason
from credwatch_providers.files.walking import unopened

_EXCHANGE = 2
"""RENAME_EXCHANGE of renameat2(2)."""
_HERE = -100
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
_CHANGED = "somebody else wrote the file meanwhile"


@dataclass(frozen=True)
class Content:
    """A file at one moment."""

    data: bytes = field(repr=False)
    status: os.stat_result = field(repr=False)

    @property
    def version(self) -> str:
        """Changes with every write, and with nothing that only reads. It tells nothing of the value."""
        seen = self.status
        return f"{seen.st_ino}-{seen.st_mtime_ns}-{seen.st_ctime_ns}-{seen.st_size}"


def content(path: Path, largest: int) -> Content:
    """The file as it is now, at most one byte more than the largest. OSError; ProviderError while it is written."""
    descriptor = opened(path)
    with os.fdopen(descriptor, "rb") as file:
        before = Content(b"", os.fstat(descriptor))
        read = Content(file.read(largest + 1), os.fstat(descriptor))
    if before.version != read.version:
        raise ProviderError(Reason.UNREADABLE, "written while it was read")
    return read


def opened(path: Path) -> int:
    """A descriptor of a plain file. Never waits for a pipe or a device. OSError, for other things with words."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(0, unopened(mode))
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def laid(path: Path, data: bytes, like: os.stat_result, mode: int, extra: dict[str, bytes]) -> None:
    """A file with these bytes, on the disk, with the owner of another one and its further attributes."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        made = os.fstat(descriptor)
        if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
            os.fchown(descriptor, like.st_uid, like.st_gid)
        here = attributes(descriptor)
        for name, value in extra.items():
            if here.get(name) != value:
                os.setxattr(descriptor, name, value)
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def attributes(file: int | Path) -> dict[str, bytes]:
    """The further attributes of a file: access lists and labels."""
    try:
        return {name: os.getxattr(file, name) for name in os.listxattr(file)}
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            return {}
        raise


def exchange(one: Path, other: Path) -> None:
    """Each file gets the other's name, at once. OSError, as of EINVAL where the file system cannot."""
    renamed = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renamed is None:
        raise OSError(errno.ENOSYS, "renameat2")
    if renamed(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def swap(new: Path, path: Path, was: Content, by: Callable[[Path, Path], None] = exchange) -> None:
    """The file `new` in the place of `path`, if that still holds what it held. Conflict; then nothing is changed.

    The two are exchanged, and what comes out is read: whatever was written until that moment goes back. Where a file
    system cannot exchange, a rename follows the last look at once, and what is written into the file between is seen.
    """
    out, ours = new, content(new, new.stat().st_size)
    if not _exchanged(new, path, by):
        out = out_of(new)
        os.link(path, out)
        if not _same(out, was):
            out.unlink()
            new.unlink()
            raise Conflict(Reason.CONFLICT, _CHANGED, permanent=True)
        new.replace(path)
    if not _same(out, was):
        give_back(out, path, ours, by)
        raise Conflict(Reason.CONFLICT, _CHANGED, permanent=True)
    out.unlink()


def give_back(out: Path, path: Path, ours: Content, by: Callable[[Path, Path], None] = exchange) -> None:
    """What came out of the file takes its place again, while that holds what we put there.

    Conflict where it no longer does: the file stays as somebody wrote it last, and what came out lies beside it.
    """
    if not _same(path, ours):
        raise kept_both(out, path)
    if not _exchanged(out, path, by):
        out.replace(path)
    elif _same(out, ours):
        out.unlink()
    else:
        by(out, path)
        raise kept_both(out, path)


def out_of(new: Path) -> Path:
    """Where what was in the file stays for a moment, where a file system cannot exchange."""
    return new.with_name(f"{new.name}-out")


def kept_both(out: Path, path: Path) -> Conflict:
    """Two people wrote, and neither is overwritten."""
    said = (
        f"{path.name} was written twice while a rotation exchanged it. The later writing is in it, the earlier in {out}:"
        " take what is needed from there, and remove it"
    )
    return Conflict(Reason.CONFLICT, said, permanent=True)


def _exchanged(one: Path, other: Path, by: Callable[[Path, Path], None]) -> bool:
    """False: the file system cannot, and nothing was changed."""
    try:
        by(one, other)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        return False
    return True


def kept(directory: Path) -> None:
    """What was named in the directory is on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """No other process of ours writes in this directory meanwhile."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _same(path: Path, was: Content) -> bool:
    """Whether it is that file, and holds the same. Its names have changed, and with them when it was last changed."""
    with suppress(OSError, ProviderError):
        now = content(path, len(was.data))
        return (now.status.st_ino, now.data) == (was.status.st_ino, was.data)
    return False
