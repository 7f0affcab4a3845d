"""What a rotation writes: a file beside the file, and then in its place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from credwatch.contract import Conflict, Facts, Item, Payload, ProviderError, Reason, Secret, Staged, Step, Versioned
from credwatch_providers.files.beside import LARGEST, Laid, beside, clear, lay, read
from credwatch_providers.files.locating import path_of
from credwatch_providers.files.settling import TAKE, foreign, left_over, settle, unsettled
from credwatch_providers.files.swapping import Content, attributes, content, kept, laid, locked, swap
from credwatch_providers.files.walking import reason_of
from credwatch_providers.files.writable import why_not


class FilesStaging:
    """The part of a connection that is a `Stager`."""

    compare_and_swap = True

    def __init__(self, now: Callable[[], datetime], *, writes: bool) -> None:
        self._now = now
        self._writes = writes

    def call(self, step: Step, of: Facts | Item) -> str:
        """The write of a step."""
        if isinstance(of, Facts):
            return ""
        path = path_of(of.locator)
        match step:
            case Step.STAGE:
                return f"write {beside(path, 'pending')}"
            case Step.PROMOTE:
                return f"exchange it with {path} if that is as it was"
        return ""

    def held(self, item: Item) -> Versioned:
        """The file as it is now, and its version."""
        path = path_of(item.locator)
        with _told():
            self._settled(path)
            now = _whole(path)
        return Versioned(now.version, _payload(now.data))

    def former(self, item: Item, version: str) -> Payload:
        """What it held under this version: now, or before the slot was promoted. NOT_FOUND for any other."""
        with _told():
            return _payload(_former(path_of(item.locator), version))

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Lay it into the slot, if that is empty or ours."""
        del token  # the slot says whose it is
        data = _data(payload)
        with self._changing(item) as path:
            there = read(path, "pending")
            if there is not None and not there.staged.ours(mark):
                raise _conflict(there)
            now = _whole(path)
            at = self._now()
            note = {"mark": mark, "at": at.isoformat(), "base": now.version, "held": _hash(now.data)}
            lay(path, "pending", note, data, now)
            kept(path.parent)
            return Staged(content(beside(path, "pending"), 0).version, mark, at)

    def staged(self, item: Item) -> Staged | None:
        """What lies in the slot, whoever's it is; where nothing does, FORBIDDEN, with words, for a file that cannot be replaced."""
        path = path_of(item.locator)
        with _told():
            self._settled(path)
            if out := foreign(path):
                raise ProviderError(Reason.FORBIDDEN, f"{left_over(out)}: {TAKE}", permanent=True)
            if not os.path.lexists(beside(path, "pending")):
                _replaceable(path)
            there = read(path, "pending")
        return None if there is None else there.staged

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """What lies in the slot, as readers of the file would have it. Conflict when it is not this."""
        with _told():
            return _payload(_this(path_of(item.locator), staged).data)

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """Put what lies in the slot in the place of the file, if that is still at this version."""
        with self._changing(item) as path:
            slot = _this(path, staged)
            now = _at(path, base_version)
            if slot.note.get("base") == base_version and slot.note.get("held") != _hash(now.data):
                raise Conflict(Reason.CONFLICT, "somebody else wrote the file meanwhile", permanent=True)
            lay(path, "former", {"mark": staged.mark, "base": base_version}, now.data, now)
            return _put(path, slot.data, now)

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """Put what it held under the first version in the place of the file, if that is still at the second."""
        with self._changing(item) as path:
            former = _former(path, base_version)
            return _put(path, former, _at(path, promoted_version))

    def discard(self, item: Item, staged: Staged) -> None:
        """Remove all that lies beside the file, if this is what lies in the slot."""
        with self._alone(item) as path:
            there = read(path, "pending")
            if there is not None and (there.version, there.staged.mark) == (staged.version, staged.mark):
                clear(path)
                kept(path.parent)

    @contextmanager
    def _changing(self, item: Item) -> Iterator[Path]:
        """The same, of one that can be replaced."""
        with self._alone(item) as path:
            _replaceable(path)
            yield path

    @contextmanager
    def _alone(self, item: Item) -> Iterator[Path]:
        """The file, which no other process of ours changes now. What fails has changed nothing of it."""
        if not self._writes:
            raise ProviderError(Reason.MISCONFIGURED, "this connection was opened to read", permanent=True)
        path = path_of(item.locator)
        with _told(permanent=True), locked(path.parent):
            settle(path)
            yield path

    def _settled(self, path: Path) -> None:
        """What a rotation left that was cut off in an exchange is seen before the file is."""
        if self._writes and unsettled(path):
            with locked(path.parent):
                settle(path)


def _put(path: Path, data: bytes, now: Content) -> str:
    """These bytes in the place of what the file holds; the version."""
    new, next_ = beside(path, "new"), beside(path, "next")
    laid(new, data, now.status, now.status.st_mode & 0o7777, attributes(path))
    new.replace(next_)
    swap(next_, path, now)
    try:
        kept(path.parent)
        return content(path, LARGEST).version
    except OSError as error:
        raise ProviderError(Reason.UNREADABLE, error.strerror or "") from None


def _whole(path: Path) -> Content:
    now = content(path, LARGEST)
    if len(now.data) > LARGEST:
        raise ProviderError(Reason.TOO_LARGE, "larger than 1 MiB", permanent=True)
    return now


def _at(path: Path, version: str) -> Content:
    """The file, which must be at this version."""
    now = _whole(path)
    if now.version != version:
        raise Conflict(Reason.CONFLICT, "somebody else wrote the file meanwhile", permanent=True)
    return now


def _this(path: Path, staged: Staged) -> Laid:
    """The slot, in which this must lie."""
    there = read(path, "pending")
    if there is None or (there.version, there.staged.mark) != (staged.version, staged.mark):
        raise _conflict(there)
    return there


def _former(path: Path, version: str) -> bytes:
    now = _whole(path)
    if now.version == version:
        return now.data
    before = read(path, "former")
    if before is None or before.note.get("base") != version:
        raise ProviderError(Reason.NOT_FOUND, "what it held then is not kept", permanent=True)
    return before.data


def _replaceable(path: Path) -> None:
    if words := why_not(path):
        raise ProviderError(Reason.FORBIDDEN, words, permanent=True)


def _data(payload: Payload) -> bytes:
    try:
        data = payload.parts[""].reveal_bytes()
    except UnicodeError:
        raise ProviderError(Reason.MALFORMED, "no file can hold the new value", permanent=True) from None
    if len(data) > LARGEST:
        raise ProviderError(Reason.TOO_LARGE, "larger than 1 MiB", permanent=True)
    return data


def _payload(data: bytes) -> Payload:
    return Payload({"": Secret(data)})


def _hash(data: bytes) -> str:
    """It stands only in the slot, which lies beside the very bytes."""
    return hashlib.sha256(data).hexdigest()


def _conflict(there: Laid | None) -> Conflict:
    said = "nothing any more" if there is None else there.staged.mark or "what somebody else laid there"
    return Conflict(Reason.CONFLICT, f"the pending slot holds {said}", permanent=True)


@contextmanager
def _told(*, permanent: bool = False) -> Iterator[None]:
    """What the operating system refuses, as ProviderError. `permanent`: nothing of the file was changed by then."""
    try:
        yield
    except OSError as error:
        reason = reason_of(error)
        certain = permanent or reason in {Reason.NOT_FOUND, Reason.FORBIDDEN}
        raise ProviderError(reason, error.strerror or "", permanent=certain) from None
