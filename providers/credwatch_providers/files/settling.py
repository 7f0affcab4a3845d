"""What an exchange left that was cut off: ours is removed, and what somebody wrote in that instant goes back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from credwatch_providers.files.beside import LARGEST, beside, read
from credwatch_providers.files.swapping import content, exchange, give_back, kept_both, out_of


def settle(path: Path, by: Callable[[Path, Path], None] = exchange) -> None:
    """Nothing waits any more between the file and what takes its place. Under the lock of its directory.

    What came out of the file, and is neither what we put there nor what it held before, goes back, as it would have at
    once. Conflict where the file was written again since: then both stay, for a person.
    """
    for out in _left(path):
        ours = _ours(path)
        if out.samefile(path) or content(out, LARGEST).data in ours:
            out.unlink()
            continue
        now = content(path, LARGEST)
        if now.data not in ours:
            raise kept_both(out, path)
        give_back(out, path, now, by)


TAKE = "take from it what is needed, and remove it"


def unsettled(path: Path) -> bool:
    """Whether an exchange goes on, or was cut off."""
    return bool(_left(path))


def foreign(path: Path) -> Path | None:
    """The file beside it that holds what somebody wrote in the instant of an exchange; None: there is none."""
    for out in _left(path):
        if not out.samefile(path) and content(out, LARGEST).data not in _ours(path):
            return out
    return None


def left_over(out: Path) -> str:
    """What is said of it."""
    return f"a rotation was cut off in an exchange, and {out} holds what somebody wrote in that instant"


def _left(path: Path) -> list[Path]:
    next_ = beside(path, "next")
    return [out for out in (out_of(next_), next_) if os.path.lexists(out)]


def _ours(path: Path) -> set[bytes]:
    """What a rotation puts into the file, and what it held before: the only bytes of it that are kept elsewhere."""
    return {one.data for one in (read(path, "pending"), read(path, "former")) if one is not None and one.note}
