"""What a rotation writes: a Secret beside the Secret, and then into it.

The pending slot is a Secret of its own in the same namespace, which no pod names; another one keeps what the Secret held
before it was promoted, since Kubernetes keeps no versions. Both bear a mark, and both go at the end.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from credwatch.contract import Conflict, Facts, Item, Payload, ProviderError, Reason, Staged, Step, Versioned
from credwatch_providers.kubernetes.cluster import Cluster, Refusal, secrets
from credwatch_providers.kubernetes.keepers import keeper, owner
from credwatch_providers.kubernetes.store import OURS, metadata_of, path_of, payload_of

_PENDING, _FORMER = OURS
_NOTE = "credwatch/"
"""How our annotations begin."""
_TYPE = "credwatch/kept"


@dataclass(frozen=True)
class _Stored:
    """A Secret at one version."""

    version: str
    data: Mapping[str, str] = field(repr=False)
    """Parts in base64, as they were sent."""
    note: Mapping[str, str]
    whole: Mapping[str, Any] = field(repr=False)

    @property
    def staged(self) -> Staged:
        """As a pending slot."""
        return Staged(self.version, self.note.get("mark", ""), _moment(self.note.get("at", "")))


class KubernetesStaging:
    """The part of a connection that is a `Stager`."""

    compare_and_swap = True

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def held(self, item: Item) -> Versioned:
        """What it holds now, and its version, from one answer."""
        now = self._now(item)
        return Versioned(now.version, payload_of(now.whole))

    def former(self, item: Item, version: str) -> Payload:
        """What it held under this version: now, or before the slot was promoted. NOT_FOUND for any other."""
        return payload_of(self._former(item, version).whole)

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Lay it into the slot, if that is empty or ours."""
        del token  # the slot says whose it is
        now = self._writable(item)
        slot = self._beside(item, _PENDING)
        if slot is not None and not slot.staged.ours(mark):
            raise _conflict(slot)
        at = self._cluster.now()
        note = {"mark": mark, "at": at.isoformat(), "of": item.locator.partition("/")[2]}
        laid = self._lay(item, _PENDING, _future(now, payload), note, slot)
        return Staged(laid.version, mark, at)

    def staged(self, item: Item) -> Staged | None:
        """What lies in the slot, whoever's it is; where nothing does, FORBIDDEN, with words, for a Secret that cannot be written."""
        slot = self._beside(item, _PENDING)
        if slot is None:
            self._writable(item)
        return None if slot is None else slot.staged

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """What lies in the slot, as readers of the Secret would have it. Conflict when it is not this."""
        return payload_of(self._this(item, staged).whole)

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """Write what lies in the slot into the Secret, if that is still at this version. What it held is kept beside."""
        slot, now = self._this(item, staged), self._at(item, base_version)
        note = {"mark": staged.mark, "base": base_version}
        self._lay(item, _FORMER, now.data, note, self._beside(item, _FORMER))
        return self._put(item, now, slot.data)

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """Write what it held under the first version, if it is still at the second."""
        former = self._former(item, base_version)
        return self._put(item, self._at(item, promoted_version), former.data)

    def discard(self, item: Item, staged: Staged) -> None:
        """Remove what lies beside the Secret, if this is what lies in the slot; which goes last, as it says whose it is."""
        slot = self._beside(item, _PENDING)
        if slot is None or (slot.version, slot.staged.mark) != (staged.version, staged.mark):
            return
        former = self._beside(item, _FORMER)
        for purpose, kept in ((_FORMER, former), (_PENDING, slot)):
            if kept is not None:
                self._cluster.delete(_path(item, purpose), kept.version)

    def call(self, step: Step, of: Facts | Item) -> str:
        """The write of a step."""
        if isinstance(of, Facts):
            return ""
        match step:
            case Step.STAGE:
                return f"create Secret {of.locator.partition('/')[0]}/{_name(of, _PENDING)}"
            case Step.PROMOTE:
                return f"patch Secret {of.locator} if still version {of.version}"
            case Step.REVERT:
                return f"patch Secret {of.locator} as it was in version {of.version}"
        return ""

    def _put(self, item: Item, now: _Stored, data: Mapping[str, str]) -> str:
        """The version at which the Secret holds these parts; only what differs is sent."""
        change = {"metadata": {"resourceVersion": now.version}, "data": _difference(now.data, data)}
        return _stored(self._cluster.patch(path_of(item), change)).version

    def _lay(
        self, item: Item, purpose: str, data: Mapping[str, str], note: Mapping[str, str], there: _Stored | None
    ) -> _Stored:
        known: dict[str, Any] = {"annotations": {f"{_NOTE}{name}": said for name, said in note.items()}}
        if there is not None:
            known["resourceVersion"] = there.version
            change = {"metadata": known, "data": _difference(there.data, data)}
            return _stored(self._cluster.patch(_path(item, purpose), change))
        namespace = item.locator.partition("/")[0]
        known |= {"name": _name(item, purpose), "labels": {"app.kubernetes.io/managed-by": "credwatch"}}
        made = {"apiVersion": "v1", "kind": "Secret", "type": _TYPE, "metadata": known, "data": dict(data)}
        return _stored(self._cluster.create(secrets(namespace), made))

    def _now(self, item: Item) -> _Stored:
        return _stored(self._cluster.get(path_of(item)))

    def _at(self, item: Item, version: str) -> _Stored:
        """The Secret, which must be at this version."""
        now = self._writable(item)
        if now.version != version:
            raise Conflict(Reason.CONFLICT, "somebody else wrote the Secret meanwhile", permanent=True)
        return now

    def _writable(self, item: Item) -> _Stored:
        now = self._now(item)
        known = metadata_of(now.whole)
        copier, managed = owner(known)
        if now.whole.get("immutable") is True:
            words = "it is immutable: make one of another name, and let its readers name that"
        elif copier or managed:
            words = f"{copier or 'its owner'} keeps it, and would write over ours: rotate where it comes from"
        elif program := keeper(known):
            words = (
                f"{program} keeps it, and would put the old value back: rotate where it has the value from, or take this"
                " Secret out of it"
            )
        else:
            return now
        raise ProviderError(Reason.FORBIDDEN, words, permanent=True)

    def _beside(self, item: Item, purpose: str) -> _Stored | None:
        try:
            return _stored(self._cluster.get(_path(item, purpose)))
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_FOUND:
                return None
            raise

    def _this(self, item: Item, staged: Staged) -> _Stored:
        """The slot, in which this must lie."""
        slot = self._beside(item, _PENDING)
        if slot is None or (slot.version, slot.staged.mark) != (staged.version, staged.mark):
            raise _conflict(slot)
        return slot

    def _former(self, item: Item, version: str) -> _Stored:
        now = self._now(item)
        if now.version == version:
            return now
        former = self._beside(item, _FORMER)
        if former is None or former.note.get("base") != version:
            raise ProviderError(Reason.NOT_FOUND, "what it held then is not kept", permanent=True)
        return former


def _name(item: Item, purpose: str) -> str:
    return f"{purpose}{hashlib.sha256(item.locator.encode()).hexdigest()[:32]}"


def _path(item: Item, purpose: str) -> str:
    return secrets(item.locator.partition("/")[0], _name(item, purpose))


def _stored(secret: Mapping[str, Any]) -> _Stored:
    known = metadata_of(secret)
    annotations = known.get("annotations") or {}
    note = {name.removeprefix(_NOTE): str(said) for name, said in annotations.items() if name.startswith(_NOTE)}
    version = known.get("resourceVersion")
    if not isinstance(version, str) or not version:
        raise ProviderError(Reason.UNREADABLE, "this is no Secret")
    return _Stored(version, dict(secret.get("data") or {}), note, secret)


def _future(now: _Stored, payload: Payload) -> dict[str, str]:
    """These parts in base64; what does not change is as it was sent."""
    try:
        parts = {name: part.reveal_bytes() for name, part in payload.parts.items()}
    except UnicodeError:
        raise ProviderError(Reason.MALFORMED, "no Secret can hold the new value", permanent=True) from None
    return {
        name: now.data[name]
        if name in now.data and base64.b64decode(now.data[name]) == part
        else base64.b64encode(part).decode()
        for name, part in parts.items()
    }


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """As a merge patch: null removes."""
    gone: dict[str, str | None] = dict.fromkeys(before.keys() - after.keys())
    return gone | {name: part for name, part in after.items() if before.get(name) != part}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _conflict(slot: _Stored | None) -> Conflict:
    said = "nothing any more" if slot is None else slot.staged.mark or "what somebody else laid there"
    return Conflict(Reason.CONFLICT, f"the pending slot holds {said}", permanent=True)
