"""Model stores: by compare-and-swap as Vault, without one as GCP and SSM, by moving a label as AWS."""

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
    """A `Stager`: every item is one JSON text with versions, and one of them is current."""

    faults: Faults
    name: str
    compare_and_swap: bool = True
    labels: bool = False
    """To go back is to call an older version current again."""
    items: dict[str, list[str]] = field(default_factory=dict)
    current: dict[str, int] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """What was laid under each token."""
    corrupts: bool = False
    sticks: bool = False
    keeps_one: bool = False
    """As a file or a Kubernetes Secret: of former versions there is the one that was promoted over, beside the slot."""
    kept: dict[str, str] = field(default_factory=dict)

    def put(self, locator: str, fields: dict[str, str]) -> int:
        """What somebody writes."""
        return self._add(locator, json.dumps(fields, indent=1))

    def now(self, locator: str) -> dict[str, str]:
        """What readers have; nothing, when it was deleted."""
        if locator not in self.current:
            return {}
        read: dict[str, str] = json.loads(self.items[locator][self.current[locator] - 1])
        return read

    def delete(self, locator: str) -> None:
        """What somebody deletes."""
        self.current.pop(locator, None)

    def give_back(self, locator: str, version: int) -> None:
        """What was deleted is there again, unless something else is by now."""
        self.current.setdefault(locator, version)

    # -- Stager ------------------------------------------------------------------------------------------------------

    def held(self, item: Item) -> Versioned:
        """What is current."""
        self.faults.read("held")
        version = self._version(item)
        return Versioned(version, _payload(self.items[item.locator][int(version) - 1]))

    def former(self, item: Item, version: str) -> Payload:
        """Another one."""
        self.faults.read("former")
        return _payload(self._text(item, version))

    def between(self, item: Item, older: str, newer: str) -> tuple[str, ...]:
        """Numbers."""
        del item
        self.faults.read("history")
        return tuple(map(str, range(int(older) + 1, int(newer))))

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Beside it."""
        text = payload.parts[""].reveal()
        if self.tokens.setdefault(token, text) != text:
            self.faults.witness.refused("one token for two things: AWS refuses that")

        def lay(text: str) -> Staged:
            slot = self.slots.get(item.locator)
            if slot is not None and slot.mark != mark:
                raise Conflict(Reason.CONFLICT, "the slot is taken")
            self.slots[item.locator] = Slot(token, mark, text)
            return Staged(token, mark)

        other = _shortened(text)
        return self.faults.effect(
            f"STAGE {item.locator}", lambda: lay(other if self.corrupts else text), lambda: lay(other)
        )

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
        """Live. What is written was read from the slot before: a request that lands late does not look again."""
        slot = self.slots.get(item.locator)
        if slot is None or (slot.version, slot.mark) != (staged.version, staged.mark):
            raise Conflict(Reason.CONFLICT, "the slot holds something else")
        text = slot.text
        if self.keeps_one:
            self._compare(item, base_version)
            self.kept[item.locator] = base_version
        return self._write(f"PROMOTE {item.locator}", item, base_version, lambda: self._add(item.locator, text))

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """Back."""
        text = self._text(item, base_version)

        def back() -> int:
            if not self.labels:
                return self._add(item.locator, text)
            self.current[item.locator] = int(base_version)
            return int(base_version)

        return self._write(f"REVERT {item.locator}", item, promoted_version, back)

    def discard(self, item: Item, staged: Staged) -> None:
        """Empty."""

        def empty() -> None:
            slot = self.slots.get(item.locator)
            if slot is not None and slot.mark == staged.mark and not self.sticks:
                self.kept.pop(item.locator, None)
                del self.slots[item.locator]

        self.faults.effect(f"DISCARD {item.locator}", empty)

    def _write(self, effect: str, item: Item, expected: str, write: Callable[[], int]) -> str:
        """A new current version, if it is at this one: compared where it lands, or by us before where it cannot."""
        if not self.compare_and_swap:
            self._compare(item, expected)
        top = len(self.items[item.locator])

        def land() -> int:
            if self.compare_and_swap:
                self._compare(item, expected)
            return write()

        written = self.faults.effect(effect, land)
        if not self.compare_and_swap and written > top + 1:
            self.faults.read("history")  # who was given no answer looks at nothing
            self._add(item.locator, self.items[item.locator][written - 2])
            raise Conflict(Reason.CONFLICT, "somebody wrote while we wrote; it stands again")
        return str(written)

    def _compare(self, item: Item, expected: str) -> None:
        if (there := self._version(item)) != expected:
            raise Conflict(Reason.CONFLICT, f"version {there} is there, not {expected}")

    def _version(self, item: Item) -> str:
        if item.locator not in self.current:
            raise ProviderError(Reason.NOT_FOUND, f"{item.locator} is not there", permanent=True)
        return str(self.current[item.locator])

    def _text(self, item: Item, version: str) -> str:
        versions = self.items[item.locator]
        if self.keeps_one and version not in {self._version(item), self.kept.get(item.locator)}:
            raise ProviderError(Reason.NOT_FOUND, "what it held then is not kept", permanent=True)
        if not version.isdigit() or not 0 < int(version) <= len(versions):
            raise ProviderError(Reason.NOT_FOUND, "no such version", permanent=True)
        return versions[int(version) - 1]

    def _add(self, locator: str, text: str) -> int:
        self.items.setdefault(locator, []).append(text)
        self.current[locator] = len(self.items[locator])
        return self.current[locator]


def _payload(text: str) -> Payload:
    return Payload({"": Secret(text)})


def _shortened(text: str) -> str:
    """As a store that drops the end of a value."""
    fields: dict[str, str] = json.loads(text)
    return json.dumps({name: value[:-1] if "SECRET" in name else value for name, value in fields.items()}, indent=1)
