"""The files as a store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator, StringConstraints

from credwatch.contract import (
    Diagnosis,
    Item,
    NoSettings,
    Payload,
    ProbeResult,
    ProviderError,
    Reason,
    Secret,
    Settings,
    Setup,
    Unlisted,
)
from credwatch_providers.files.beside import LARGEST
from credwatch_providers.files.locating import locator_of, path_of
from credwatch_providers.files.settling import TAKE, foreign, left_over
from credwatch_providers.files.staging import FilesStaging
from credwatch_providers.files.swapping import opened
from credwatch_providers.files.walking import Pattern, Seen, Unseen, reason_of, walk

_TOO_LARGE = "larger than 1 MiB"

_EPOCH = datetime.fromtimestamp(0, UTC)
_MENDS = {
    Reason.FORBIDDEN: "give the user that credwatch runs as the right to read this",
    Reason.NOT_FOUND: "mount it, or take it out of paths",
}
_LEAVE_OUT = "if it is no secret, leave it out: skip = [...]"

Written = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")]


def _path_or_pattern(given: object) -> str | Path:
    """A pattern as it is written in a table, or the very path that the command line names."""
    if isinstance(given, Path) or (isinstance(given, str) and given and "\0" not in given):
        return given
    raise ValueError("a path is text, in quotes, and not empty")


class FilesTable(Settings):
    """`[providers.NAME] use = "files"`: files, directories with all that is in them, or patterns of such."""

    paths: Annotated[tuple[Annotated[str | Path, PlainValidator(_path_or_pattern)], ...], Field(min_length=1)]
    skip: tuple[Written, ...] = ()


class Files(FilesStaging):
    """A connection to files: a `Provider`, a `Store`, a `Diagnose` and a `Stager`."""

    def __init__(self, setup: Setup[FilesTable, NoSettings]) -> None:
        super().__init__(setup.http.now, writes=setup.writes)
        self.name = setup.name
        self._patterns = [Pattern(path) for path in setup.settings.paths]
        self._skip = [Pattern(path) for path in setup.settings.skip]

    def check(self) -> ProbeResult:
        """Whether any of the paths can be looked at."""
        if any(pattern.reachable for pattern in self._patterns):
            return ProbeResult.valid()
        return ProbeResult.unknown(Reason.NOT_FOUND, "none of the paths exists")

    def items(self) -> Iterator[Item | Unlisted]:
        """Every file once, a directory at a time.

        Names beginning with ".." are a volume's own and are left out, and so is what a rotation lays beside a file.
        A private key beside its certificate is part of that and no item.
        """
        seen: set[str] = set()
        several = len(self._patterns) > 1
        for pattern in self._patterns:
            for found in walk(pattern, self._skip):
                if found.path in seen:
                    continue
                if several:
                    seen.add(found.path)
                yield self._unlisted(found) if isinstance(found, Unseen) else self._item(found)

    def read(self, item: Item) -> Payload:
        """The file as it is now. ProviderError when it is not a plain file that can be read."""
        path = path_of(item.locator)
        try:
            content = _content(path)
        except OSError as error:
            raise ProviderError(reason_of(error), error.strerror or "") from None
        if len(content) > LARGEST:
            raise ProviderError(Reason.TOO_LARGE, _TOO_LARGE)
        return Payload({"": Secret(content)})

    def diagnose(self) -> Iterator[Diagnosis]:
        """How many files there are, and what cannot be read."""
        count = 0
        for one in self.items():
            if isinstance(one, Unlisted):
                said, mend = one.message or one.reason, _MENDS.get(one.reason, _LEAVE_OUT)
                yield Diagnosis(f"files of {one.scope}", ok=False, said=said, mend=mend)
                continue
            count += 1
            if out := foreign(path_of(one.locator)):
                yield Diagnosis(f"files of {one.locator}", ok=False, said=left_over(out), mend=TAKE)
        yield Diagnosis("files", ok=True, said=f"{count} listed")

    def _item(self, file: Seen) -> Item | Unlisted:
        if file.status.st_size > LARGEST:
            return self._unlisted(Unseen(file.path, Reason.TOO_LARGE, _TOO_LARGE))
        if not os.access(file.path, os.R_OK, effective_ids=True):
            return self._unlisted(Unseen(file.path, Reason.FORBIDDEN))
        version = f"{file.status.st_mtime_ns}-{file.status.st_size}"
        return Item(self.name, locator_of(file.path), version=version, written_at=_moment(file.status.st_mtime_ns))

    @staticmethod
    def _unlisted(what: Unseen) -> Unlisted:
        return Unlisted(locator_of(what.path), what.reason, what.said)


def _content(path: Path) -> bytes:
    """At most one byte more than the largest."""
    with os.fdopen(opened(path), "rb") as file:
        return file.read(LARGEST + 1)


def _moment(nanoseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
