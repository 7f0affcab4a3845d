"""One connection to the ledger's file. Every write transaction, across processes and threads, is alone."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from credwatch.errors import LedgerError, LedgerFailing, LedgerLocked
from credwatch.ledger import damage
from credwatch.ledger.place import FILE, FULL, PASSING, READ_ONLY, unusable

PATIENCE = 60.0
"""Seconds for which somebody may keep the lock: longer than any transaction takes."""


class Connection:
    """The file, and the lock without which nobody writes it.

    SQLite before 3.51.3 can corrupt a WAL file when two connections write and checkpoint at the same moment, so a
    writer, and whoever closes, holds an flock on `ledger.lock`. Usable from several threads, one at a time.
    """

    def __init__(self, directory: Path | None, *, read_only: bool = False, patience: float = PATIENCE) -> None:
        self.directory = directory
        self.read_only = read_only
        self.begun_anew = directory is None or not (directory / FILE).exists()
        self._patience = patience
        self._mutex = threading.RLock()
        self._begun_now = False
        self._alone_now = False
        self._lock = _lock_file(directory) if directory is not None else None
        try:
            with self.alone():
                self.db = _connect(directory, read_only=read_only)
        except BaseException:
            if self._lock is not None:
                os.close(self._lock)
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writes that are kept together or not at all. Inside another transaction it is part of that one."""
        if self.read_only:
            raise LedgerError("this ledger was opened for reading")
        with self._mutex:
            if self._begun_now:
                yield self.db
                return
            with self.alone(), self._begun("begin immediate"):
                yield self.db

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Reads that see one state."""
        with self._mutex:
            if self._begun_now:
                yield self.db
                return
            with spoken(self.directory), self._begun("begin"):
                yield self.db

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process writes meanwhile, and SQLite's errors come as ours."""
        with self._mutex, spoken(self.directory):
            if self._lock is None or self._alone_now:
                yield
                return
            self._take(self._lock)
            self._alone_now = True
            try:
                yield
            finally:
                self._alone_now = False
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _take(self, lock: int) -> None:
        waited, pause = 0.0, 0.001
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waited >= self._patience:
                    raise LedgerLocked(
                        f"ledger.lock has been held for {waited:.0f} seconds by another credwatch, which hangs or was"
                        f" stopped. fuser {self.directory}/ledger.lock names it: end it and try again"
                    ) from None
                time.sleep(pause)
                waited, pause = waited + pause, min(pause * 2, 0.05)
            else:
                return

    def close(self) -> None:
        """The last one to close writes the log back into the file, so it is alone too."""
        with self.alone():
            self.db.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def _begun(self, how: str) -> Iterator[None]:
        self.db.execute(how)
        self._begun_now = True
        try:
            yield
            self.db.execute("commit")
        finally:
            self._begun_now = False
            if self.db.in_transaction:
                self.db.execute("rollback")


@contextmanager
def spoken(directory: Path | None = None) -> Iterator[None]:
    """SQLite's words as one sentence that ends with what to do. A broken rule of the schema stays what it is: a defect.

    What SQLite leaves open, the disk of the directory is asked.
    """
    try:
        yield
    except sqlite3.Error as error:
        said = _said(error, directory)
        if said is None:
            raise
        raise said from None


def _said(error: sqlite3.Error, directory: Path | None) -> LedgerError | None:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return LedgerFailing(FULL)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return LedgerFailing(READ_ONLY)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damage.unreadable(directory) or damage.damaged(directory)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerLocked(
                "the ledger is in use by a program that does not keep to its lock. Close that, try again"
            )
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN:
            return damage.unreadable(directory) or damage.unwritable(directory) or LedgerFailing(PASSING)
    return None


def _lock_file(directory: Path) -> int:
    try:
        return os.open(directory / "ledger.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(directory / "ledger.lock", error) from None


def _connect(directory: Path | None, *, read_only: bool) -> sqlite3.Connection:
    if directory is None:
        target = ":memory:"
    else:
        path = directory / FILE
        if path.exists() and not path.stat().st_size and damage.used(directory):
            raise damage.damaged(directory)
        if not read_only:
            _create(path)
        target = f"{path.as_uri()}?mode=rw"
    db = sqlite3.connect(target, uri=True, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        if read_only:
            db.execute("pragma query_only = 1")
        else:
            db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma foreign_keys = on")
    except BaseException:
        db.close()
        raise
    return db


def _create(path: Path) -> None:
    """The file is ours alone before anything is in it; SQLite gives its companions the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise unusable(path, error) from None
