"""Model stores: with a compare-and-swap, as Vault and AWS; without one, as GCP and SSM."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from credwatch.errors import Conflict, ProviderError
from credwatch.model import Item, Payload, Reason, Staged, Versioned
from credwatch.secrets import Secret
from tests.rotation.harness.faults import Faults


@dataclass
class Slot:
    """What lies beside an item."""

    version: str
    mark: str
    text: str


@dataclass
class Store:
    """A `Stager`: every item is one JSON text with versions."""

    faults: Faults
    name: str
    compare_and_swap: bool = True
    items: dict[str, list[str]] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    written: list[Callable[[], None]] = field(default_factory=list)
    """Called between the comparison and the write of a store that cannot swap."""

    def put(self, locator: str, fields: dict[str, str]) -> None:
        """What a person writes."""
        self.items.setdefault(locator, []).append(json.dumps(fields, indent=1))

    def now(self, locator: str) -> dict[str, str]:
        """What readers have."""
        read: dict[str, str] = json.loads(self.items[locator][-1])
        return read

    # -- Stager ------------------------------------------------------------------------------------------------------

    def held(self, item: Item) -> Versioned:
        """The newest."""
        self.faults.read("held")
        versions = self.items[item.locator]
        return Versioned(str(len(versions)), _payload(versions[-1]))

    def former(self, item: Item, version: str) -> Payload:
        """Another one."""
        self.faults.read("former")
        versions = self.items[item.locator]
        if not 0 < int(version) <= len(versions):
            raise ProviderError(Reason.NOT_FOUND, "no such version", permanent=True)
        return _payload(versions[int(version) - 1])

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Beside it."""

        def lay(cut: int | None = None) -> Staged:
            slot = self.slots.get(item.locator)
            if slot is not None and slot.mark != mark:
                raise Conflict(Reason.CONFLICT, "the slot is taken")
            text = payload.parts[""].reveal()
            self.slots[item.locator] = Slot(token, mark, _shortened(text) if cut else text)
            return Staged(token, mark)

        return self.faults.effect(f"STAGE {item.locator}", lay, lambda: lay(3))

    def staged(self, item: Item) -> Staged | None:
        """What lies there."""
        self.faults.read("staged")
        slot = self.slots.get(item.locator)
        return Staged(slot.version, slot.mark) if slot else None

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """Read back."""
        self.faults.read("read staged")
        slot = self.slots.get(item.locator)
        if slot is None or slot.version != staged.version:
            raise ProviderError(Reason.NOT_FOUND, "nothing is staged")
        return _payload(slot.text)

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """Live."""

        def write() -> str:
            versions = self.items[item.locator]
            slot = self.slots.get(item.locator)
            if slot is None or slot.version != staged.version:
                raise ProviderError(Reason.NOT_FOUND, "nothing is staged", permanent=True)
            if str(len(versions)) != base_version:
                raise Conflict(Reason.CONFLICT, f"version {len(versions)} is there, not {base_version}")
            if not self.compare_and_swap:
                for happens in self.written:
                    happens()
            versions.append(slot.text)
            if len(versions) != int(base_version) + 1:
                raise Conflict(Reason.CONFLICT, "somebody wrote between")
            return str(len(versions))

        return self.faults.effect(f"PROMOTE {item.locator}", write)

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """Back."""

        def write() -> str:
            versions = self.items[item.locator]
            if str(len(versions)) != promoted_version:
                raise Conflict(Reason.CONFLICT, "somebody wrote since")
            versions.append(versions[int(base_version) - 1])
            return str(len(versions))

        return self.faults.effect(f"REVERT {item.locator}", write)

    def discard(self, item: Item, staged: Staged) -> None:
        """Empty."""

        def empty() -> None:
            slot = self.slots.get(item.locator)
            if slot is not None and slot.mark == staged.mark:
                del self.slots[item.locator]

        self.faults.effect(f"DISCARD {item.locator}", empty)


def _payload(text: str) -> Payload:
    return Payload({"": Secret(text)})


def _shortened(text: str) -> str:
    """As a store that drops the end of a value."""
    fields: dict[str, str] = json.loads(text)
    return json.dumps({name: value[:-1] if name == "secret" else value for name, value in fields.items()}, indent=1)
