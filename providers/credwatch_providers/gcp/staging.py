"""Secret Manager as a rotation writes it. It knows no compare-and-swap: versions are numbered, and a gap is a stranger's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from credwatch.contract import (
    Conflict,
    Facts,
    Item,
    Payload,
    ProviderError,
    Reason,
    Secret,
    Staged,
    Step,
    Versioned,
    after_writing,
)
from credwatch_providers.gcp.connection import Connection, told
from credwatch_providers.gcp.slots import NOTHING, Slots
from credwatch_providers.gcp.store import PENDING, Secrets


class Staging:
    """What some projects offer as a `Stager`."""

    compare_and_swap = False

    def __init__(self, connection: Connection, store: Secrets, now: Callable[[], datetime]) -> None:
        self._writing = connection
        self._store = store
        self._now = now

    def call(self, step: Step, of: Facts | Item) -> str:
        """The call of a step."""
        if isinstance(of, Facts):
            return ""
        match step:
            case Step.STAGE:
                return f"AddSecretVersion {of.locator.partition('/')[0]}/{PENDING}"
            case Step.PROMOTE:
                return f"AddSecretVersion {of.locator} if still version {of.version}"
        return ""

    def held(self, item: Item) -> Versioned:
        """What `latest` gives to everybody; where that is switched off, the newest version that is not."""
        try:
            return self._store.access(item, "latest")
        except ProviderError as error:
            if error.reason is Reason.NOT_FOUND:
                raise ProviderError(Reason.NOT_FOUND, f"{item.locator} was deleted", permanent=True) from None
            if error.reason is not Reason.UNEXPECTED:
                raise
        _, newest = self._newest(item)
        if not newest:
            raise ProviderError(Reason.NOT_FOUND, f"{item.locator}: no version of it is switched on", permanent=True)
        return self._store.access(item, str(newest))

    def former(self, item: Item, version: str) -> Payload:
        """Any version that is switched on; NOT_FOUND for every other."""
        try:
            return self._store.access(item, version).payload
        except ProviderError as error:
            if error.reason is not Reason.UNEXPECTED:
                raise
            raise ProviderError(Reason.NOT_FOUND, f"{item.locator}: version {version} is switched off") from None

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """A version of the project's pending secret: claimed, laid, and named in the claim."""
        del token
        slots, name = self._slots(item), _name(item)
        self._refuse(item)
        slots.claim(name, mark)
        version = self._add(slots.path, payload)
        with after_writing():
            try:
                return slots.name(name, mark, version)
            except Conflict:
                slots.destroy(version)
                raise

    def staged(self, item: Item) -> Staged | None:
        """What lies there, by its claim."""
        return self._slots(item).claimed(_name(item))

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """That version; nothing at all where nothing was laid yet, or it is destroyed."""
        if staged.version == NOTHING:
            return Payload({"": Secret("")})
        slots = self._slots(item)
        try:
            return self._store.accessed(f"{slots.path}/versions/{staged.version}").payload
        except ProviderError as error:
            if error.reason not in {Reason.UNEXPECTED, Reason.NOT_FOUND}:
                raise
            return Payload({"": Secret("")})

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """A new version, which `latest` means from then on."""
        lies = self.staged(item)
        if lies is None or (lies.version, lies.mark) != (staged.version, staged.mark) or lies.version == NOTHING:
            raise Conflict(Reason.CONFLICT, f"{item.locator}: its pending slot holds something else")
        return self._written(item, base_version, self.read_staged(item, staged))

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """The former value as a new version: `latest` is the newest one though it be off, so switching ours off shuts readers out."""
        return self._written(item, promoted_version, self.former(item, base_version))

    def discard(self, item: Item, staged: Staged) -> None:
        """The version is destroyed, then the claim released, by which it is found if we die between."""
        slots, name = self._slots(item), _name(item)
        lies = slots.claimed(name)
        if lies is None or (lies.version, lies.mark) != (staged.version, staged.mark):
            return
        if lies.version != NOTHING:
            slots.destroy(lies.version)
        slots.release(name, lies.mark)

    def between(self, item: Item, older: str, newer: str) -> tuple[str, ...]:
        """By their numbers, those that are switched on."""
        found = [
            _number(one)
            for one in self._versions(item)
            if one.state.name == "ENABLED" and int(older) < _number(one) < int(newer)
        ]
        return tuple(map(str, sorted(found)))

    def _written(self, item: Item, base_version: str, payload: Payload) -> str:
        """Compare, write, and look who wrote between: what they wrote is given back."""
        top, newest = self._newest(item)
        if str(newest) != base_version:
            raise Conflict(
                Reason.CONFLICT, f"{item.locator}: it is at version {newest}, and {base_version} was expected"
            )
        ours = int(self._add(self._path(item), payload))
        if ours != top + 1:
            with after_writing():
                self._give_back(item, top, ours)
        return str(ours)

    def _give_back(self, item: Item, top: int, ours: int) -> None:
        """What somebody wrote between these versions stands again, unless they have written since."""
        versions = [one for one in self._versions(item) if _number(one) > top]
        theirs = next((one for one in versions if _number(one) < ours and one.state.name == "ENABLED"), None)
        if theirs is None:
            return
        said = f"{item.locator}: version {_number(theirs)} was written at {theirs.create_time:%Y-%m-%d %H:%M:%S} while we wrote"
        if (last := _number(versions[0])) != ours:
            raise Conflict(Reason.CONFLICT, f"{said}; then version {last} was")
        back = self._add(self._path(item), self.former(item, str(_number(theirs))))
        raise Conflict(Reason.CONFLICT, f"{said}; it stands again, as version {back}")

    def _refuse(self, item: Item) -> None:
        """ProviderError, permanent, for a secret whose readers would not see a new version, or that Google rotates."""
        with told():
            secret = self._writing.secrets.get_secret({"name": self._path(item)}, **self._writing.patience)
        _, newest = self._newest(item)
        alias = next((alias for alias, version in secret.version_aliases.items() if version == newest), None)
        why = f"its alias {alias} names version {newest}, and readers of it would see no other" if alias else ""
        if secret.rotation.managed_rotation_status:
            why = "Google rotates it by itself"
        if why:
            raise ProviderError(Reason.FORBIDDEN, f"{item.locator}: {why}", permanent=True)

    def _newest(self, item: Item) -> tuple[int, int]:
        """The highest number, and the highest of a version that is switched on; 0: there is none."""
        top = 0
        for version in self._versions(item):
            top = top or _number(version)
            if version.state.name == "ENABLED":
                return top, _number(version)
        return top, 0

    def _versions(self, item: Item) -> Any:
        """Every version, the newest first."""
        with told():
            request = {"parent": self._path(item), "page_size": 25}
            yield from self._writing.secrets.list_secret_versions(request, **self._writing.patience)

    def _add(self, path: str, payload: Payload) -> str:
        with told(writing=True):
            request = {"parent": path, "payload": {"data": payload.parts[""].reveal_bytes()}}
            made = self._writing.writer.add_secret_version(request, **self._writing.once)
            return str(_number(made))

    def _slots(self, item: Item) -> Slots:
        return Slots(self._writing, item.locator.partition("/")[0], self._now)

    def _path(self, item: Item) -> str:
        project, _, name = item.locator.partition("/")
        return f"projects/{project}/secrets/{name}"


def _name(item: Item) -> str:
    return item.locator.partition("/")[2]


def _number(version: Any) -> int:
    return int(version.name.rpartition("/")[2])
