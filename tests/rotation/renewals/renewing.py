"""A product whose certificate a program renews: the same stores, readers and faults as any other; nobody revokes the old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from credwatch.errors import ProviderError
from credwatch.ledger.journal import Journal
from credwatch.model import Facts, Minted, Reason
from credwatch.model.rotating import ENDED, RENEWALS, PlaceState, Rotation, State, Target
from credwatch.rotation.world import Seen, World
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.observer import MOST, Observer
from tests.rotation.harness.play import finish
from tests.rotation.harness.scene import PLAIN, Scene, Setting
from tests.rotation.harness.vendors import Traits, Vendor

PROGRAM = Traits("gcp", marks=False)


@dataclass(frozen=True)
class Program:
    """Prints a value, half of one, or nothing; what is printed is checked as a certificate is."""

    vendor: Vendor
    call: str = "run renew"

    def __call__(self, targets: tuple[Target, ...], before: Seen) -> Minted:
        del targets, before
        minted = self.vendor.mint(Facts(), "", None)
        if not self.vendor.valid(minted.values):
            raise ProviderError(Reason.MALFORMED, "what it printed is not taken", permanent=True)
        return minted


class Renewal(Scene):
    """The program in the place of a minter."""

    def world(self) -> World:
        return replace(super().world(), minter=None, renewal=Program(self.vendor))

    def rotation(self, id_: str, credential: str) -> Rotation:
        return replace(super().rotation(id_, credential), minter=RENEWALS)


class Watching(Observer):
    """What must hold where nothing is revoked."""

    def begins(self, effect: str) -> None:
        super().begins(effect)
        self._say(effect.partition(" ")[0] in {"UNMAKE", "OFF", "ON", "SUNSET"}, f"{effect}, and nobody may do that")

    def cleared(self, rotation: Rotation) -> None:
        """What was issued and lost harms nothing."""

    def ended(self, rotation: Rotation) -> list[str]:
        scene, vendor = self.scene, self.scene.vendor
        self._say(rotation.state not in ENDED, f"I8: it is {rotation.state.value}")
        self._say(any(slot.mark.startswith(rotation.marks) for slot in self._slots()), "I5: something is still pending")
        self._say(len(vendor.made) > MOST, f"I8: the program was asked {len(vendor.made)} times")
        self._say(self.journal.verify() is not None, "the journal's chain is broken")
        self._say(not vendor.alive(scene.old.id), "the old one does not work")
        for target in rotation.targets:
            if target.state is not PlaceState.LEFT:
                self._place(rotation, target)
        for (provider, locator), other in self.others.items():
            self._say(scene.stores[provider].now(locator).get("OTHER") != other, "another field was changed")
        return self.wrong


@dataclass(frozen=True)
class Came:
    """How it came out."""

    state: State
    wrong: list[str]
    calls: list[str]


def renew(places: int, plan: Mapping[int, Fault], setting: Setting = PLAIN) -> Came:
    """One schedule from its beginning to its end."""
    with ledger() as made:
        scene = Renewal(PROGRAM, places, plan, setting)
        life = Life(scene, made, CREDENTIAL)
        life.observer = Watching(scene, Journal(made), life.rotation)
        finish(life, 0)
        return Came(life.rotation.state, life.observer.ended(life.rotation), scene.faults.calls)
