"""From patterns to files. Follows links, but no loop; opens nothing."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from credwatch.contract import Reason

_TOKEN = re.compile(r"(?P<below>/\*\*\Z)|(?P<deep>(?<![^/])\*\*/)|(?P<any>\*\*+)|(?P<one>\*)|(?P<text>[^*/]+|/)")
_FORMS = {"below": "(?:/.*)?", "deep": "(?:.*/)?", "any": ".*", "one": "[^/]*"}
_REASONS = {
    errno.EACCES: Reason.FORBIDDEN,
    errno.EPERM: Reason.FORBIDDEN,
    errno.ENOENT: Reason.NOT_FOUND,
    errno.ENOTDIR: Reason.NOT_FOUND,
}
_KEY_NAMES = re.compile(r"(?P<stem>.+)(?:\.key|[.-]key\.pem)|privkey(?P<number>[0-9]*)\.pem")
_BESIDE = re.compile(r"\..+\.credwatch-(?:pending|former|new|next(?:-out)?)", re.DOTALL)
"""What a rotation lays beside a file."""
_CERTIFICATE_NAMES = ("{}.crt", "{}.cer", "{}.cert", "{}.pem", "{}-cert.pem", "{}.crt.pem", "{}.cert.pem")


@dataclass(frozen=True)
class Seen:
    """A file."""

    path: str
    status: os.stat_result = field(repr=False)


@dataclass(frozen=True)
class Unseen:
    """What could not be looked at, and everything below it."""

    path: str
    reason: Reason
    said: str = ""
    """What it is, where the reason alone does not say it."""


class Pattern:
    """A file, a directory with all that is in it, or a pattern: `*` within one name, `**` across directories.

    A `Path` is what it names; a `*` in it means nothing.
    """

    def __init__(self, text: str | Path) -> None:
        self.text = str(PurePath(text))
        star = self.text.find("*")
        self.wild = star >= 0 and isinstance(text, str)
        head = self.text[: self.text.rfind("/", 0, star) + 1] if self.wild else self.text
        self.root = Path(head)
        self.depth = None if "**" in self.text or not self.wild else self.text.count("/", len(head)) + 1
        below = "" if self.wild else "(?:/.*)?"
        self._regex = re.compile((_translated if self.wild else re.escape)(self.text) + below, re.DOTALL)

    def matches(self, path: str) -> bool:
        """Whether the path is meant."""
        return self._regex.fullmatch(path) is not None

    @property
    def reachable(self) -> bool:
        """Whether there is anything to look at, shut or not, or a place where it would be if it were there."""
        try:
            self.root.stat()
        except OSError as error:
            return reason_of(error) is not Reason.NOT_FOUND or self.may_go
        return True

    @property
    def may_go(self) -> bool:
        """Whether what is not there is a file that somebody has deleted. A name without an ending may be a directory.

        Then it may be a volume that is not mounted: nobody deletes that, and its keys live.
        """
        named_as_a_file = bool(self.root.suffix) or self.root.name.startswith(".")
        return not self.wild and named_as_a_file and _listable(self.root.parent)


def reason_of(error: OSError) -> Reason:
    """Why something could not be looked at."""
    return _REASONS.get(error.errno or 0, Reason.UNREADABLE)


def unseen(path: str, error: OSError) -> Unseen:
    """What could not be looked at for this error."""
    reason = reason_of(error)
    loop = "a link that leads back to itself" if error.errno == errno.ELOOP else error.strerror or ""
    return Unseen(path, reason, loop if reason is Reason.UNREADABLE else "")


def unopened(mode: int) -> str:
    """What a thing is that is no plain file."""
    forms = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISDIR, "a directory"))
    return next((name for is_one, name in forms if is_one(mode)), "a device") + ", and not a plain file"


def walk(pattern: Pattern, skip: Sequence[Pattern]) -> Iterator[Seen | Unseen]:
    """The files of a pattern in a steady order, a directory at a time.

    A file that may have been deleted is gone and is not mentioned.
    """
    root = pattern.root
    try:
        status = root.stat()
    except OSError as error:
        if reason_of(error) is not Reason.NOT_FOUND or not pattern.may_go:
            yield unseen(str(root), error)
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _below(pattern, skip)
    elif stat.S_ISREG(status.st_mode):
        if not _BESIDE.fullmatch(root.name):
            yield Seen(str(root), status)
    else:
        yield Unseen(str(root), Reason.UNREADABLE, unopened(status.st_mode))


def _below(pattern: Pattern, skip: Sequence[Pattern]) -> Iterator[Seen | Unseen]:
    followed: set[tuple[int, int]] = set()
    waiting = [(pattern.root, 1)]
    while waiting:
        directory, depth = waiting.pop()
        try:
            names = sorted(os.listdir(directory))  # noqa: PTH208  names alone: what else is known of each takes a KiB
        except OSError as error:
            yield unseen(str(directory), error)
            continue
        beside = frozenset(names)
        deeper = []
        for name in names:
            path = str(directory / name)
            if _left_out(name, beside) or any(one.matches(path) for one in skip):
                continue
            try:
                status = os.stat(path)  # noqa: PTH116  the same text as is shown
            except OSError as error:
                if reason_of(error) is not Reason.NOT_FOUND:
                    yield unseen(path, error)
                continue
            if stat.S_ISREG(status.st_mode) and pattern.matches(path):
                yield Seen(path, status)
            elif stat.S_ISDIR(status.st_mode) and depth != pattern.depth and _enters(path, status, pattern, followed):
                deeper.append((Path(path), depth + 1))
        waiting += reversed(deeper)


def _enters(path: str, status: os.stat_result, pattern: Pattern, followed: set[tuple[int, int]]) -> bool:
    """Whether to go into a directory; through a link only to what is not walked anyhow, and once.

    A mounted Kubernetes volume keeps its directories below `..data`, where only links lead.
    """
    if not os.path.islink(path):  # noqa: PTH114  the same
        return True
    tree, target = os.path.realpath(pattern.root), os.path.realpath(path)
    outside_or_hidden = any(name.startswith("..") for name in PurePath(os.path.relpath(target, tree)).parts)
    here = (status.st_dev, status.st_ino)
    if not outside_or_hidden or here in followed or os.path.commonpath([tree, target]) == target:
        return False
    followed.add(here)
    return True


def _left_out(name: str, names: Collection[str]) -> bool:
    """Whether it is no file of its own: a volume's, a rotation's, or part of one beside it."""
    return name.startswith("..") or _BESIDE.fullmatch(name) is not None or _belongs(name, names)


def _belongs(name: str, names: Collection[str]) -> bool:
    """Whether a file is the private key of a certificate beside it, by the names that everybody gives the two."""
    read = _KEY_NAMES.fullmatch(name)
    if read is None:
        return False
    if (number := read["number"]) is not None:
        return f"cert{number}.pem" in names or f"fullchain{number}.pem" in names
    return any(form.format(read["stem"]) in names for form in _CERTIFICATE_NAMES)


def _listable(directory: Path) -> bool:
    return os.access(directory, os.R_OK | os.X_OK) and directory.is_dir()


def _translated(text: str) -> str:
    return "".join(
        re.escape(token.group()) if token.lastgroup == "text" else _FORMS[token.lastgroup or "one"]
        for token in _TOKEN.finditer(text)
    )
