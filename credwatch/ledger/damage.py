"""What is wrong with the ledger's file or its disk, and what can be done about it. It asks the files, not SQLite."""

from __future__ import annotations

import os
from pathlib import Path

from credwatch.errors import LedgerCorrupt, LedgerError
from credwatch.ledger.locks import DELIVER, SWEEP
from credwatch.ledger.place import FILE, unusable

BACKUPS = "credwatch-*.backup.db"
_LATER = ("fingerprint.key", SWEEP, DELIVER)
_PIECE = 1 << 20
_BLOCK = 4096


def used(directory: Path | None) -> bool:
    """Whether a ledger was once whole here: these are made only after that."""
    return directory is not None and any((directory / name).exists() for name in _LATER)


def backups(directory: Path) -> list[Path]:
    """Those that there are, the newest last."""
    return sorted(directory.glob(BACKUPS), key=lambda one: one.stat().st_mtime)


def damaged(directory: Path | None) -> LedgerCorrupt:
    """What is to be done: it names the newest backup, or says that there is none."""
    kept = backups(directory) if directory is not None else []
    away = f"Stop credwatch and move {FILE}, {FILE}-wal and {FILE}-shm out of {directory}"
    then = (
        f"then copy {kept[-1].name} to {FILE}: what it does not know yet is looked at and told anew"
        if kept
        else "there is no backup, and the next sweep begins a new ledger: what is wrong then is told once more"
    )
    return LedgerCorrupt(f"the ledger is damaged. {away}; {then}")


def unreadable(directory: Path | None) -> LedgerError | None:
    """What the disk says when the whole file is read from it; None when it says nothing."""
    if directory is None or not (path := directory / FILE).exists():
        return None
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            at = 0
            while piece := len(os.pread(file, _PIECE, at)):
                at += piece
        finally:
            os.close(file)
    except OSError as error:
        return unusable(path, error)
    return None


def unwritable(directory: Path | None) -> LedgerError | None:
    """What the disk says when a block is written to it beside the ledger; None when it takes it."""
    if directory is None:
        return None
    path = directory / f"{FILE}.try"
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, bytes(_BLOCK))
            os.fsync(file)
        finally:
            os.close(file)
            path.unlink(missing_ok=True)
    except OSError as error:
        return unusable(path, error)
    return None
