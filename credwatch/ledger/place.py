"""Where the ledger may live: a directory of ours alone, on a disk of this machine."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from credwatch.errors import LedgerError, LedgerFailing

FILE = "credwatch.db"
_NETWORK = re.compile(r"nfs\d*|cifs|smb\d*|smbfs|ncpfs|afs|fuse\.sshfs")
MEND = "Give the user that credwatch runs as the right to write there, or name another directory: [daemon] data"
FULL = "the disk that holds the ledger is full: nothing was written. Make room, then try again"
READ_ONLY = (
    "the ledger cannot be written: its file or its disk is read-only. A disk that fails becomes read-only by itself: look"
    f" at dmesg. {MEND}"
)
PASSING = (
    "the ledger could not be read or written, and now its disk does both. Try again; if this comes back, look at dmesg,"
    " and at what else uses the data directory"
)
BROKEN = "the disk that holds the ledger fails to read or write: look at dmesg, and put the data on another disk"


def prepare(directory: Path, mounts: str) -> Path:
    """Make the directory, 0700. LedgerError for a network file system, named by `mounts` (/proc/self/mountinfo)."""
    directory = directory.absolute()
    kind = file_system(Path(os.path.realpath(directory)), mounts)
    if _NETWORK.fullmatch(kind):
        raise LedgerError(
            f"{directory} lies on {kind}: locks and shared memory do not hold there, and SQLite would lose data."
            " Name a directory on a disk of this machine"
        )
    try:
        _make(directory)
        _close_to_others(directory)
    except OSError as error:
        raise unusable(directory, error) from None
    return directory


def absent(directory: Path) -> bool:
    """Whether there is no such thing; what cannot be looked at is no such case."""
    try:
        directory.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def unusable(path: Path, error: OSError) -> LedgerError:
    """What the system said of the path, as one sentence that ends with what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return LedgerFailing(FULL)
        case errno.EROFS:
            return LedgerFailing(READ_ONLY)
        case errno.EIO:
            return LedgerFailing(BROKEN)
    return LedgerError(f"{path} cannot be used: {error.strerror}. {MEND}")


def sync(directory: Path) -> None:
    """Wait until the disk has the names that were made or changed in it: that a file is on the disk is not enough."""
    folder = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that the path lies on."""
    return mount(path, mounts)[0]


def mount(path: Path, mounts: str) -> tuple[str, str]:
    """The type of the file system that the path lies on, and which part of it is mounted there.

    Of the last mount, where several cover each other; empty where none is known.
    """
    best, kind, root = -1, "", ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, types = left.split(" "), right.split(" ")
        if len(fields) < 5 or not types[0]:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind, root = len(point.parts), types[0], fields[3]
    return kind, root


def _make(directory: Path) -> None:
    """The directory is on the disk before anything is in it; one that is empty may be the half of a start that was cut off."""
    new = [one for one in (directory, *directory.parents) if not one.exists()]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in new or ([directory] if not any(directory.iterdir()) else []):
        sync(one.parent)


def _close_to_others(directory: Path) -> None:
    found = directory.stat()
    if stat.S_IMODE(found.st_mode) & 0o077 == 0:
        return
    if found.st_uid == os.geteuid():
        directory.chmod(0o700)
    elif found.st_mode & stat.S_IWOTH:
        raise LedgerError(
            f"{directory} belongs to somebody else and everybody may write to it. Name a directory below it: it is made"
        )
