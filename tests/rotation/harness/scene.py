"""One product with one key in one to three places, its vendor, its readers, and whoever else is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from credwatch.model import Facts, Revoke
from credwatch.model.rotating import Rotation, State, Target
from credwatch.rotation.world import World
from credwatch.secrets import Secret
from tests.rotation.harness.faults import Fault, Faults
from tests.rotation.harness.readers import Service, Shows
from tests.rotation.harness.sorts import vendor
from tests.rotation.harness.stores import Store
from tests.rotation.harness.times import Time
from tests.rotation.harness.vendors import KIND, MINTERS, Traits, Vendor

FIELDS = {"id": "API_ID", "secret": "API_SECRET"}
TWIN = {"id": "TWIN_ID", "secret": "TWIN_SECRET"}
FINGERPRINT = b"f" * 32


@dataclass(frozen=True)
class Setting:
    """What is so from the start."""

    name: str = "plain"
    dead: bool = False
    """The old key does not work."""
    revoke: Revoke = Revoke.GRACE
    shows: Shows = Shows.NOTHING
    twin: bool = False
    """The first two places are fields of one item."""
    mirror: timedelta | None = None
    """The last place is a copy that a controller makes so much later; a month: as good as never."""
    full: bool = False
    """The vendor allows no further key."""
    slow: bool = False
    """Whatever happens at the vendor is true everywhere only minutes later."""
    lags: bool = False
    """A key that was made is not listed for half a minute."""
    corrupts: bool = False
    """The stores give back other bytes than they were given, until a person mends them."""
    sticks: bool = False
    """What lies in a pending slot stays there, whatever is asked, until a person mends the store."""
    keeps_one: bool = False
    """The stores are like files and Kubernetes Secrets: of former versions there is one, beside the slot."""
    useless: bool = False
    """No new key ever works."""
    done: bool = True
    """With nothing in the way it gets done."""
    grace: timedelta = timedelta(hours=3)
    soak: timedelta = timedelta(minutes=30)

    def traits(self, traits: Traits) -> Traits:
        """A vendor's, as they are here."""
        if self.slow:
            traits = replace(traits, young=timedelta(minutes=4), lingers=timedelta(minutes=1))
        if self.useless:
            traits = replace(traits, young=timedelta(days=90))
        if self.full:
            traits = replace(traits, limit=2)
        return replace(traits, lags=timedelta(seconds=30)) if self.lags else traits


PLAIN = Setting()


@dataclass
class Scene:
    """All that is outside."""

    traits: Traits
    places: int
    plan: Mapping[int, Fault] = field(default_factory=dict)
    setting: Setting = PLAIN

    def __post_init__(self) -> None:
        self.time = Time()
        self.faults = Faults(self.time, self.plan)
        self.vendor: Vendor = vendor(self.faults, self.setting.traits(self.traits))
        self.old = self.vendor.add("voice-prod")
        if self.vendor.limit != 2 or self.setting.full:
            self.other = self.vendor.add("somebody else's")
        stores = (
            Store(self.faults, "vault"),
            Store(self.faults, "gcp", compare_and_swap=False),
            Store(self.faults, "aws", labels=True),
        )
        self.stores = {store.name: store for store in stores}
        for store in stores:
            store.corrupts, store.sticks = self.setting.corrupts, self.setting.sticks
            store.keeps_one = self.setting.keeps_one
            store.compare_and_swap |= store.keeps_one
            store.labels &= not store.keeps_one
        first = [traits.name for traits in MINTERS].index(self.traits.name)
        self.targets = [
            self._place(number, stores[(first + number) % 3], stores[first % 3]) for number in range(self.places)
        ]
        if self.setting.dead:
            del self.vendor.keys[self.old.id]
        self.service = Service(self.faults, lambda: self.key_in(self.targets[0]), self.setting.shows)
        self.time.passed = timedelta(minutes=10)

    def _place(self, number: int, store: Store, home: Store) -> Target:
        """One of the places, with the old key in it."""
        if self.setting.twin and number == 1:
            home.put("voice/0", {**home.now("voice/0"), **self.written(self.old.id, self.old.value, TWIN)})
            return Target(f"{home.name}:voice/0#TWIN_SECRET", home.name, "voice/0", TWIN)
        locator = f"voice/{number}"
        store.put(locator, {"OTHER": "kept", **self.written(self.old.id, self.old.value)})
        mirror = self.setting.mirror is not None and number == self.places - 1 and number > 0
        return Target(f"{store.name}:{locator}#API_SECRET", store.name, locator, FIELDS, mirror=mirror)

    @staticmethod
    def written(id_: str, value: str, fields: Mapping[str, str] = FIELDS) -> dict[str, str]:
        """A key as the fields of an item."""
        return {fields["id"]: id_, fields["secret"]: value}

    def world(self) -> World:
        """As a process opens it."""
        return World(
            kind=KIND,
            stagers=self.stores,
            probe=self.vendor.probe,
            key=FINGERPRINT,
            minter=self.vendor,
            readers=(self.service,),
        )

    def rotation(self, id_: str, credential: str) -> Rotation:
        """As it was planned."""
        values = {"id": Secret(self.old.id), "secret": Secret(self.old.value)}
        return Rotation(
            id=id_,
            credential=credential,
            kind=KIND.name,
            minter="model",
            old=Facts(key_id=self.old.id, name=self.old.name, created=self.old.created),
            old_fp=self.world().fingerprint(values),
            state=State.PLANNED,
            targets=tuple(self.targets),
            consumers=(self.service.name,),
            revoke=self.setting.revoke,
            grace=self.setting.grace,
            soak=self.setting.soak,
            replaces_dead=self.setting.dead,
            requested_by="ana",
        )

    def current(self, target: Target) -> dict[str, Secret]:
        """The pair that a place holds now, by role."""
        fields = self.stores[target.provider].now(target.locator)
        return {role: Secret(fields[name]) for role, name in target.fields.items() if name in fields}

    def key_in(self, target: Target) -> str:
        """The id of the key that a place holds; empty: none."""
        held = self.current(target)
        return held["id"].reveal() if "id" in held else ""

    def write(self, target: Target, id_: str, value: str) -> None:
        """What a person writes into a place; all else of its item stays."""
        store = self.stores[target.provider]
        store.put(target.locator, {**store.now(target.locator), **self.written(id_, value, target.fields)})
