"""Whether what is kept in a directory is still there after a restart."""

from __future__ import annotations

import os
from pathlib import Path

from credwatch.ledger.place import mount

_LOST = {
    "tmpfs": "memory",
    "ramfs": "memory",
    "rootfs": "memory",
    "overlay": "the container's own layer",
    "aufs": "the container's own layer",
}
_EMPTY_DIR = "/volumes/kubernetes.io~empty-dir/"


def perishable(directory: Path, mounts: str) -> str | None:
    """Why the directory does not survive a restart; None when nothing says so. `mounts` is /proc/self/mountinfo."""
    kind, root = mount(Path(os.path.realpath(directory.absolute())), mounts)
    where = _LOST.get(kind) or ("an emptyDir, which ends with its pod" if _EMPTY_DIR in root else None)
    if where is None:
        return None
    return (
        f"{directory} lies on {where}: after a restart everything would be told again."
        " Put it on a disk that stays, or say ephemeral = true in [daemon] if that is meant"
    )
