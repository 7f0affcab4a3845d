"""What a rotation writes into a key-value store of version 2: beside an item, and then in its place.

Vault compares and swaps by the version, and keeps former ones. The pending slot of an item is an item of its own, in a
folder that no policy of a reader names; its name tells nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from credwatch.contract import Conflict, Facts, Item, Payload, ProviderError, Reason, Staged, Step, Versioned
from credwatch_providers.vault.client import Client, Kept, Mount, moment
from credwatch_providers.vault.exact import members, payload_of, replaced, written
from credwatch_providers.vault.paths import PENDING, plain
from credwatch_providers.vault.refusals import MISMATCH, Refusal
from credwatch_providers.vault.store import KeyValueStore

_CERTAIN = frozenset({400, 403, 404, 405, 413})
"""Where Vault says this, it has written nothing."""
_OURS = "credwatch"


@dataclass(frozen=True)
class _Slot:
    """What lies in a pending slot. Version 0: nothing ever did."""

    version: str
    staged: Staged | None = None
    data: str = ""
    """The future item, as it is written."""


class VaultStaging:
    """The part of a connection that is a `Stager`."""

    compare_and_swap = True

    def __init__(self, client: Client, store: KeyValueStore) -> None:
        self._client = client
        self._store = store

    def held(self, item: Item) -> Versioned:
        """What it holds now, and its version, from one answer."""
        kept = self._read(*self._place(item))
        return Versioned(kept.version, payload_of(_members(kept.data)))

    def former(self, item: Item, version: str) -> Payload:
        """What it held under this version; NOT_FOUND when Vault no longer keeps it."""
        return payload_of(_members(self._read(*self._place(item), version).data))

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Lay it into the slot, if that is empty or ours."""
        del token  # Vault knows none: the version is what is compared
        mount, path = self._place(item)
        slot = self._slot(mount, item)
        if slot.staged is not None and not slot.staged.ours(mark):
            raise Conflict(Reason.CONFLICT, f"the pending slot is taken by {_said(slot.staged)}", permanent=True)
        data = written(replaced(_members(self._read(mount, path).data), payload))
        at = self._client.now()
        note = json.dumps({"mark": mark, "at": at.isoformat(), "locator": item.locator})
        with _effect():
            whole = written({_OURS: note, "data": data})
            version = self._client.write(mount, _pending(item), whole, slot.version)
        return Staged(version, mark, at)

    def staged(self, item: Item) -> Staged | None:
        """What lies in the slot, whoever's it is."""
        mount, _ = self._place(item)
        return self._slot(mount, item).staged

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """What lies in the slot, as the item's readers would have it. Conflict when it is not this."""
        mount, _ = self._place(item)
        return payload_of(_members(self._this(mount, item, staged).data))

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """Write what lies in the slot into its item, if that is still at this version."""
        mount, path = self._place(item)
        slot = self._this(mount, item, staged)
        with _effect():
            return self._client.write(mount, path, slot.data, base_version)

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """Write what it held under the first version, if it is still at the second."""
        mount, path = self._place(item)
        former = self._read(mount, path, base_version)
        with _effect():
            return self._client.write(mount, path, former.data, promoted_version)

    def discard(self, item: Item, staged: Staged) -> None:
        """Delete the slot with all its versions, if this is what lies there."""
        mount, _ = self._place(item)
        there = self._slot(mount, item).staged
        if there is not None and (there.version, there.mark) == (staged.version, staged.mark):
            with _effect():
                self._client.forget(mount, _pending(item))

    def call(self, step: Step, of: Facts | Item) -> str:
        """The write of a step."""
        if isinstance(of, Facts):
            return ""
        mount, path = self._store.located(of)
        match step:
            case Step.STAGE:
                return f"create {mount.path}/{_pending(of)}"
            case Step.PROMOTE:
                return f"write {mount.path}/{path} if still version {of.version}"
            case Step.REVERT:
                return f"write {mount.path}/{path} as it was in version {of.version}"
        return ""

    def _place(self, item: Item) -> tuple[Mount, str]:
        """The mount of an item, and its path there. ProviderError for a mount that keeps no versions."""
        mount, path = self._store.located(item)
        if mount.version != 2:
            words = (
                f"{mount.path} keeps no versions, so nothing is written there: vault kv enable-versioning {mount.path}"
            )
            raise ProviderError(Reason.MISCONFIGURED, words, permanent=True)
        return mount, path

    def _read(self, mount: Mount, path: str, version: str = "") -> Kept:
        """A version that is there; the current one when none is named."""
        kept = self._client.kept(mount, path, version)
        if not kept.data:
            raise ProviderError(Reason.NOT_FOUND, "nothing is there any more", permanent=True)
        return kept

    def _slot(self, mount: Mount, item: Item) -> _Slot:
        kept = self._client.kept(mount, _pending(item))
        if not kept.data:
            return _Slot(kept.version)
        parts = _members(kept.data)
        try:
            note = json.loads(parts[_OURS])
            return _Slot(kept.version, Staged(kept.version, str(note["mark"]), moment(note["at"])), parts["data"])
        except (KeyError, TypeError, ValueError, RecursionError):
            return _Slot(kept.version, Staged(kept.version, ""))

    def _this(self, mount: Mount, item: Item, staged: Staged) -> _Slot:
        """The slot, in which this must lie."""
        slot = self._slot(mount, item)
        there = slot.staged
        if there is None or (there.version, there.mark) != (staged.version, staged.mark):
            raise Conflict(Reason.CONFLICT, f"the pending slot holds {_said(there)}", permanent=True)
        return slot


def _pending(item: Item) -> str:
    return f"{PENDING}/{hashlib.sha256(plain(item.locator).encode()).hexdigest()[:32]}"


def _members(data: str) -> dict[str, str]:
    try:
        return members(data)
    except (ValueError, RecursionError):
        raise ProviderError(Reason.UNREADABLE, "the answer holds no value") from None


def _said(staged: Staged | None) -> str:
    if staged is None:
        return "nothing any more"
    at = f" since {staged.at:%Y-%m-%d %H:%M} UTC" if isinstance(staged.at, datetime) else ""
    return f"{staged.mark or 'somebody else'}{at}"


@contextmanager
def _effect() -> Iterator[None]:
    """Whether a refusal means that nothing was written."""
    try:
        yield
    except Refusal as refusal:
        if refusal.theirs and refusal.status == 400 and MISMATCH in refusal.words:
            raise Conflict(Reason.CONFLICT, "somebody else wrote there meanwhile", permanent=True) from None
        certain = refusal.theirs and refusal.status in _CERTAIN
        raise ProviderError(refusal.reason, str(refusal), permanent=certain) from None
