"""What everybody on this machine may read of a process while it runs, and what it leaves in its directories."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

GLANCE = 0.002
Written = dict[str, list[bytes]]
"""Where it was written, and what."""


class Witness:
    """Reads, as long as its block lasts, command lines and environments of a process and its children, and directories."""

    def __init__(self, pid: int, directories: Iterable[Path], written: Written) -> None:
        self._pid = pid
        self._directories = tuple(directories)
        self._written = written
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        seen: set[tuple[str, bytes]] = set()
        files: dict[Path, list[bytes]] = {}
        states: dict[Path, tuple[int, int]] = {}
        last = False
        while not last:
            last = self._over.wait(GLANCE)
            for pid in _family(self._pid):
                for name, where in (("cmdline", "command lines"), ("environ", "environments")):
                    with suppress(OSError):
                        seen.add((where, Path(f"/proc/{pid}/{name}").read_bytes()))
            for directory in self._directories:
                _read(directory, files, states)
        for where, what in seen:
            self._written.setdefault(where, []).append(what)
        self._written.setdefault("temporary files", []).extend(each for some in files.values() for each in some)


def _read(directory: Path, files: dict[Path, list[bytes]], states: dict[Path, tuple[int, int]]) -> None:
    """Every file below, as it was first and as it was last; a file that lives shortly is met once."""
    with suppress(OSError):
        for path in directory.rglob("*"):
            with suppress(OSError):
                state = path.stat()
                if path.is_file() and states.get(path) != (state.st_mtime_ns, state.st_size):
                    states[path] = state.st_mtime_ns, state.st_size
                    files[path] = [*files.get(path, [])[:1], f"{path.name}\n".encode() + path.read_bytes()]


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))
