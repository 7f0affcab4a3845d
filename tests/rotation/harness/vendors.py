"""Model vendors: each the traits of a real minter, and nothing of its HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from credwatch.errors import ProviderError
from credwatch.model import Carried, Facts, Kind, Listed, Match, Minted, ProbeResult, Reason, Role
from credwatch.secrets import Secret
from tests.rotation.harness.faults import Faults

KIND = Kind(
    name="model-key",
    vendor="model",
    vendor_name="Model",
    title="Model key",
    roles=(Role("id", r"KEY\d+"), Role("secret", r"\S+", secret=True)),
    hosts=("model.example",),
    key_id="id",
)
YOUNG = timedelta(seconds=15)
"""A new key of a slow vendor is refused for so long."""


@dataclass(frozen=True)
class Traits:
    """What sets one real minter apart from another."""

    name: str
    marks: bool = True
    limit: int | None = None
    disables: bool = False
    slow: bool = False


MINTERS = (
    Traits("twilio"),
    Traits("deepgram"),
    Traits("elevenlabs", disables=True),
    Traits("openai"),
    Traits("aws", marks=False, limit=2, disables=True, slow=True),
    Traits("gcp", marks=False, limit=10, disables=True, slow=True),
)


@dataclass
class Key:
    """One key at the vendor."""

    id: str
    value: str
    name: str
    created: datetime
    disabled: bool = False
    used: datetime | None = None

    @property
    def facts(self) -> Facts:
        """As its list shows it."""
        return Facts(key_id=self.id, name=self.name, created=self.created, last_used=self.used, disabled=self.disabled)


@dataclass
class Vendor:
    """The account: a `Minter`."""

    faults: Faults
    traits: Traits
    keys: dict[str, Key] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    """The ids of all that were made through us, in their order."""
    count: int = 0
    mints: frozenset[str] = frozenset({KIND.name})

    def __post_init__(self) -> None:
        self.marks, self.limit = self.traits.marks, self.traits.limit

    def add(self, name: str) -> Key:
        """A key, made by whomever."""
        self.count += 1
        key = Key(
            f"KEY{self.count}", f"canary-{self.count}-of-{self.traits.name}-{'v' * 20}", name, self.faults.time.now()
        )
        self.keys[key.id] = key
        return key

    def valid(self, values: Mapping[str, Secret]) -> bool:
        """Whether the vendor takes this pair at this moment."""
        key = self.keys.get(values["id"].reveal()) if "id" in values else None
        return key is not None and not key.disabled and "secret" in values and key.value == values["secret"].reveal()

    # -- Minter ------------------------------------------------------------------------------------------------------

    def detail(self, key: Facts) -> Facts | None:
        """One key."""
        self.faults.read("detail")
        found = self.keys.get(key.key_id or "")
        return found.facts if found else None

    def beside(self, key: Facts) -> Iterator[Listed]:
        """All of them."""
        del key
        self.faults.read("list")
        return iter([Listed(KIND, each.facts) for each in self.keys.values()])

    def may(self, key: Facts) -> str:
        """Nothing speaks against it."""
        del key
        return ""

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """Nothing is lost."""
        del key, lifetime
        return Carried()

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """One more."""
        del like, lifetime

        def make() -> Minted:
            if self.limit is not None and len(self.keys) >= self.limit:
                raise ProviderError(Reason.AT_LIMIT, "LimitExceeded", permanent=True)
            key = self.add(mark if self.marks else "")
            self.made.append(key.id)
            return Minted(key.facts, {"id": Secret(key.id), "secret": Secret(key.value)})

        def cut() -> Minted:
            whole = make()
            return Minted(whole.facts, {**whole.values, "secret": Secret(whole.values["secret"].reveal()[:-3])})

        return self.faults.effect("MINT", make, cut)

    def revoke(self, key: Facts) -> None:
        """Gone."""
        self.faults.effect(f"UNMAKE {key.key_id}", lambda: self.keys.pop(key.key_id or "", None))

    def probe(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """What it says of one key."""
        del match
        try:
            self.faults.read("probe")
        except ProviderError as error:
            return ProbeResult.unknown(error.reason)
        if not self.valid(values):
            return ProbeResult.invalid()
        key = self.keys[values["id"].reveal()]
        young = self.traits.slow and self.faults.time.now() - key.created < YOUNG and key.id in self.made
        return ProbeResult.invalid() if young else ProbeResult.valid()


class Switching(Vendor):
    """One that can switch a key off and on."""

    def disable(self, key: Facts) -> None:
        """Off."""
        self.faults.effect(f"OFF {key.key_id}", lambda: self._set(key, off=True))

    def enable(self, key: Facts) -> None:
        """On."""
        self.faults.effect(f"ON {key.key_id}", lambda: self._set(key, off=False))

    def _set(self, key: Facts, *, off: bool) -> None:
        if found := self.keys.get(key.key_id or ""):
            found.disabled = off


def vendor(faults: Faults, traits: Traits) -> Vendor:
    """The vendor of these traits."""
    return (Switching if traits.disables else Vendor)(faults, traits)
