"""One time for a program that waits no time at all and for the servers that it asks."""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from credwatch.clock import SystemClock

_SHIFT = struct.Struct("d")


class Common(SystemClock):
    """The wall clock, and by how much it was moved on: by whoever waited, or by the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(_SHIFT.pack(0.0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SHIFT.size)

    @property
    def shift(self) -> timedelta:
        """So much later is it."""
        return timedelta(seconds=_SHIFT.unpack(self._memory[:])[0])

    @shift.setter
    def shift(self, shift: timedelta) -> None:
        self._memory[:] = _SHIFT.pack(shift.total_seconds())

    def now(self) -> datetime:
        """Of all of them."""
        return datetime.fromtimestamp(time.time(), UTC) + self.shift
