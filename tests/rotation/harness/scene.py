"""One product with one key in one to three places, its vendor, and whoever else is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from credwatch.model import Facts
from credwatch.model.rotating import Revoke, Rotation, State, Target
from credwatch.rotation.world import Reader, World
from credwatch.secrets import Secret
from tests.rotation.harness.faults import Fault, Faults
from tests.rotation.harness.stores import Store
from tests.rotation.harness.times import Time
from tests.rotation.harness.vendors import KIND, Traits, Vendor, vendor

FIELDS = {"id": "API_ID", "secret": "API_SECRET"}
FINGERPRINT = b"f" * 32


@dataclass
class Service:
    """A `Reader` that uses what it loaded last."""

    faults: Faults
    name: str = "voice-agent"
    reads: tuple[str, ...] = ()
    settles: timedelta = timedelta(hours=2)
    proves: bool = False
    told: int = 0

    def reload(self, key: str, key_id: str) -> None:
        """Load it."""
        del key, key_id
        self.faults.effect(f"RELOAD {self.name}", self._load)

    def uses(self, key_id: str) -> bool | None:
        """It shows nothing."""
        del key_id
        return None

    def _load(self) -> None:
        self.told += 1


@dataclass
class Scene:
    """All that is outside."""

    traits: Traits
    places: int
    plan: Mapping[int, Fault] = field(default_factory=dict)
    dead: bool = False
    """The old key does not work from the start."""

    def __post_init__(self) -> None:
        self.time = Time()
        self.faults = Faults(self.time, self.plan)
        self.vendor: Vendor = vendor(self.faults, self.traits)
        self.service = Service(self.faults)
        self.old = self.vendor.add("voice-prod")
        if self.traits.limit != 2:
            self.other = self.vendor.add("somebody else's")
        stores = (Store(self.faults, "vault"), Store(self.faults, "gcp", compare_and_swap=False))
        self.stores = {store.name: store for store in stores}
        self.targets: list[Target] = []
        for number in range(self.places):
            store, locator = stores[number % 2], f"voice/{number}"
            store.put(locator, {"OTHER": "kept", **self.written(self.old.id, self.old.value)})
            self.targets.append(Target(f"{store.name}:{locator}#API_SECRET", store.name, locator, FIELDS))
        if self.dead:
            del self.vendor.keys[self.old.id]
        self.time.passed = timedelta(minutes=10)

    @staticmethod
    def written(id_: str, value: str) -> dict[str, str]:
        """A key as the fields of an item."""
        return {"API_ID": id_, "API_SECRET": value}

    def world(self, readers: tuple[Reader, ...] | None = None) -> World:
        """As a process opens it."""
        return World(
            kind=KIND,
            stagers=self.stores,
            probe=self.vendor.probe,
            key=FINGERPRINT,
            minter=self.vendor,
            readers=(self.service,) if readers is None else readers,
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
            revoke=Revoke.GRACE,
            replaces_dead=self.dead,
            requested_by="ana",
        )

    def current(self, target: Target) -> dict[str, Secret]:
        """The pair that a place holds now, by role."""
        fields = self.stores[target.provider].now(target.locator)
        return {role: Secret(fields[name]) for role, name in FIELDS.items() if name in fields}
