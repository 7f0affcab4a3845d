"""Model vendors: each the traits of a real minter, and nothing of its HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from credwatch.errors import ProviderError
from credwatch.model import Carried, Facts, Kind, Listed, Match, Minted, ProbeResult, Reason, Role
from credwatch.secrets import Secret
from tests.rotation.harness.faults import LATE, Faults

KIND = Kind(
    name="model-key",
    vendor="model",
    vendor_name="Model",
    title="Model key",
    roles=(Role("id", r"KEY\d+"), Role("secret", r"\S+", secret=True)),
    hosts=("model.example",),
    key_id="id",
)
NEVER = timedelta(0)


@dataclass(frozen=True)
class Traits:
    """What sets one real minter apart from another."""

    name: str
    marks: bool = True
    limit: int | None = None
    disables: bool = False
    sunsets: bool = False
    uses: bool = False
    """It shows when a key was last used."""
    young: timedelta = NEVER
    """A new key is refused for so long."""
    lags: timedelta = NEVER
    """A new key is not listed for so long."""
    lingers: timedelta = NEVER
    """A key that was deleted or switched off is taken for so long."""
    wakes: timedelta = NEVER
    """A key that was switched on again is refused for so long."""
    shows: timedelta = NEVER
    """The list shows it as off for so long."""
    exchanges: bool = False
    """The old key goes because the new one takes its place; no list shows either."""


_SLOW = timedelta(seconds=15)
MINTERS = (
    Traits("twilio"),
    Traits("deepgram"),
    Traits("elevenlabs", disables=True, sunsets=True),
    Traits("openai", sunsets=True, uses=True),
    Traits("aws", marks=False, limit=2, disables=True, uses=True, young=_SLOW),
    Traits("gcp", marks=False, limit=10, disables=True, young=_SLOW),
    Traits("auth token", marks=False, exchanges=True),
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
    expires: datetime | None = None
    woken: datetime | None = None
    """When it was switched on again."""

    @property
    def facts(self) -> Facts:
        """As its list shows it."""
        return Facts(
            key_id=self.id,
            name=self.name,
            created=self.created,
            last_used=self.used,
            disabled=self.disabled,
            expires=self.expires,
        )


@dataclass
class Vendor:
    """The account: a `Minter`."""

    faults: Faults
    traits: Traits
    keys: dict[str, Key] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    """The ids of all that were made through us, in their order."""
    soon: set[str] = field(default_factory=set)
    """Those of them that were there when a create without an answer is still waited for."""
    gone: dict[str, tuple[Key, datetime]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    """The ids in the list that was given last."""
    count: int = 0
    suspended_until: datetime | None = None
    mints: frozenset[str] = frozenset({KIND.name})

    def __post_init__(self) -> None:
        self.marks, self.limit = self.traits.marks, self.traits.limit

    def add(self, name: str) -> Key:
        """A key, made by whomever."""
        self.count += 1
        value = f"canary-{self.count}-of-{self.traits.name}-{'v' * 20}"
        key = Key(f"KEY{self.count}", value, name, self.faults.time.true())
        self.keys[key.id] = key
        return key

    def by_hand(self) -> Key | None:
        """One more, of a person at the vendor's own page; None: it allows none."""
        return self.add("")

    def as_asked(self) -> None:
        """What a person does at the vendor before she goes on from a question about the old key: here nothing."""

    def valid(self, values: Mapping[str, Secret]) -> bool:
        """Whether this pair is of a living key."""
        key = self.keys.get(values["id"].reveal()) if "id" in values else None
        if key is None or "secret" not in values or key.value != values["secret"].reveal():
            return False
        return not key.disabled and (key.expires is None or key.expires > self.faults.time.true())

    def drop(self, id_: str) -> None:
        """What a person deletes."""
        self.keys.pop(id_, None)

    def alive(self, id_: str) -> bool:
        """Whether the key of this id would be taken."""
        key = self.keys.get(id_)
        return key is not None and self.valid({"id": Secret(id_), "secret": Secret(key.value)})

    # -- Minter ------------------------------------------------------------------------------------------------------

    def detail(self, key: Facts) -> Facts | None:
        """One key."""
        self.faults.read("detail")
        found = self.keys.get(key.key_id or "")
        if found is None or not self._listed(found):
            return None
        return replace(found.facts, disabled=True) if self._slept(found, self.traits.shows) else found.facts

    def beside(self, key: Facts) -> Iterator[Listed]:
        """All of them."""
        del key
        self.faults.read("list")
        found = [each for each in self.keys.values() if self._listed(each)]
        self.shown = frozenset(each.id for each in found)
        return iter([Listed(KIND, each.facts) for each in found])

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
        asked = self.faults.time.true()

        def make() -> Minted:
            if self.limit is not None and len(self.keys) >= self.limit:
                raise ProviderError(Reason.AT_LIMIT, "LimitExceeded", permanent=True)
            key = self.add(mark if self.marks else "")
            self.made.append(key.id)
            if key.created - asked <= LATE:
                self.soon.add(key.id)
            return Minted(key.facts, {"id": Secret(key.id), "secret": Secret(key.value)})

        def cut() -> Minted:
            whole = make()
            return Minted(whole.facts, {**whole.values, "secret": Secret(whole.values["secret"].reveal()[:-3])})

        return self.faults.effect("MINT", make, cut)

    def revoke(self, key: Facts) -> None:
        """Gone."""
        self.faults.effect(f"UNMAKE {key.key_id}", lambda: self._unmake(key.key_id or ""))

    def probe(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """What it says of one key."""
        del match
        try:
            self.faults.read("probe")
        except ProviderError as error:
            return ProbeResult.unknown(error.reason)
        now = self.faults.time.true()
        if self.suspended_until is not None and now < self.suspended_until:
            return ProbeResult.suspended()
        if not self.valid(values):
            return ProbeResult.valid() if self._lingers(values) else ProbeResult.invalid()
        key = self.keys[values["id"].reveal()]
        if self._slept(key, self.traits.wakes) or (now - key.created < self.traits.young and key.id in self.made):
            return ProbeResult.invalid()
        if self.traits.uses:
            key.used = now
        return ProbeResult.valid()

    def _unmake(self, id_: str) -> None:
        if id_ in self.keys:
            self.gone[id_] = (self.keys.pop(id_), self.faults.time.true())

    def _listed(self, key: Key) -> bool:
        return key.id not in self.made or self.faults.time.true() - key.created >= self.traits.lags

    def _slept(self, key: Key, for_: timedelta) -> bool:
        return key.woken is not None and self.faults.time.true() - key.woken < for_

    def _lingers(self, values: Mapping[str, Secret]) -> bool:
        if "id" not in values or "secret" not in values or values["id"].reveal() not in self.gone:
            return False
        key, at = self.gone[values["id"].reveal()]
        return key.value == values["secret"].reveal() and self.faults.time.true() - at < self.traits.lingers
