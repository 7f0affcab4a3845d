"""Whether a file can be replaced so that its readers notice nothing but its value; found without changing anything."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from credwatch_providers.files.beside import beside

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(rb"\\([0-7]{3})")
_LONGEST = 255 - len("-out")
"""Bytes of a name."""


def why_not(path: Path, mounts: Path = _MOUNTS) -> str:
    """Why it cannot, in words; empty: it can. OSError when it cannot be looked at."""
    status = path.lstat()
    return _elsewhere(path, status, mounts) or _shut(path) or _owned(status)


def _elsewhere(path: Path, status: os.stat_result, mounts: Path) -> str:
    """The file is not only what lies here under this name."""
    if stat.S_ISLNK(status.st_mode) or path.parent.is_symlink():
        return "a link leads there, which something else keeps: give the file that it leads to, or rotate where it comes from"
    if not stat.S_ISREG(status.st_mode):
        return "not a plain file"
    if status.st_nlink > 1:
        return "the file has a second name, which would keep the old value"
    if _mounted(path, mounts):
        return "the file is mounted by itself: mount its directory, so that it can be replaced"
    return ""


def _shut(path: Path) -> str:
    """Nothing can be laid beside it."""
    if len(os.fsencode(beside(path, "pending").name)) > _LONGEST:
        return "its name is too long for another one beside it"
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=True):
        return "its directory cannot be written"
    return ""


def _owned(status: os.stat_result) -> str:
    """Only root gives a file away, and others only to a group of their own."""
    us = os.geteuid()
    if us == 0:
        return ""
    if status.st_uid != us:
        return "it belongs to another user, and would then be ours"
    if status.st_gid not in {os.getegid(), *os.getgroups()}:
        return "it belongs to a group that we are not in, and would then be ours"
    return ""


def _mounted(path: Path, mounts: Path) -> bool:
    """Whether something is mounted on the file itself, as containers do with single files."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return False
    points = (_OCTAL.sub(lambda code: bytes([int(code[1], 8)]), line.split(b" ")[4]) for line in lines)
    return os.fsencode(os.path.realpath(path)) in points
