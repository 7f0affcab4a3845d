"""Locks that last as long as their process: flock, so that a crash releases them. No lease by time."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from credwatch.errors import LedgerLocked
from credwatch.ledger.place import unusable

WATCH = "daemon-watch.lock"
ROTATE = "daemon-rotate.lock"
DELIVER = "deliver.lock"
SWEEP = "sweep.lock"


class Lock:
    """One named lock of a data directory; without a directory nobody else can want it.

    As a context manager it is taken at once, or LedgerLocked says who holds it.
    """

    def __init__(self, directory: Path | None, name: str) -> None:
        self.name = name
        self._path = directory / name if directory is not None else None
        self._file: int | None = None
        self._taken = False

    @property
    def held(self) -> bool:
        """Whether we hold it."""
        return self._taken

    @property
    def lost(self) -> bool:
        """Whether what we hold is no longer the file of that name: the directory was removed, or put back from elsewhere."""
        if self._file is None or self._path is None:
            return False
        try:
            return not os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def try_take(self) -> bool:
        """Take it now; False when another process holds it."""
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def take(self) -> None:
        """Take it now. LedgerLocked, with the process that holds it, when that cannot be."""
        if not self.try_take():
            raise LedgerLocked(f"{self.name} is held by {self.holder()}. Wait until it is done, or stop it")

    def wait(self) -> None:
        """Take it as soon as it is free."""
        self._lock(fcntl.LOCK_EX)

    def release(self) -> None:
        """Let it go, if we hold it."""
        if self._file is not None:
            os.close(self._file)
        self._file, self._taken = None, False

    def holder(self) -> str:
        """Who wrote themselves into the file last: "process 123"."""
        try:
            written = self._path.read_text().strip() if self._path is not None else ""
        except OSError:
            written = ""
        return f"process {written}" if written.isdigit() else "another process"

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def _lock(self, how: int) -> bool:
        if self._taken:
            return True
        if self._path is not None:
            file = _open(self._path)
            try:
                fcntl.flock(file, how)
            except BlockingIOError:
                os.close(file)
                return False
            except BaseException:
                os.close(file)
                raise
            with suppress(OSError):  # who holds it is a courtesy; on a full disk it is not said
                os.ftruncate(file, 0)
                os.pwrite(file, str(os.getpid()).encode(), 0)
            self._file = file
        self._taken = True
        return True


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(path, error) from None
