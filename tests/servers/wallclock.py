"""A wall clock that a test can move for its child processes."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from datetime import timedelta
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
AVAILABLE = shutil.which("cc") is not None


class Wallclock:
    """Children that are started with `environment` see the wall clock shifted; their monotonic clock is real."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "wallclock.so"
        self._shift = folder / "wallclock"
        compiled = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(SOURCE), "-lm"]
        subprocess.run(compiled, check=True)
        self.move(timedelta(0))

    @property
    def environment(self) -> dict[str, str]:
        """What a child needs."""
        return {"LD_PRELOAD": str(self._library), "WALLCLOCK_FILE": str(self._shift)}

    def move(self, shift: timedelta) -> None:
        """From now on it is this much later than it is, in children that run already too."""
        handle = os.open(self._shift, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(handle, struct.pack("d", shift.total_seconds()), 0)
        os.close(handle)
