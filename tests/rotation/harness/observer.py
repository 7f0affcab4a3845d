"""Looks from outside, at every effect and at the end, whether what must hold still holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from credwatch.ledger.journal import Journal
from credwatch.model.rotating import Phase, PlaceState, Rotation, State, Step
from tests.rotation.harness.scene import Scene

_STEPS = {
    "MINT": {Step.MINT},
    "STAGE": {Step.STAGE},
    "PROMOTE": {Step.PROMOTE},
    "REVERT": {Step.REVERT},
    "DISCARD": {Step.DISCARD},
    "RELOAD": {Step.RELOAD},
    "OFF": {Step.DISABLE},
    "ON": {Step.ENABLE},
    "UNMAKE": {Step.REVOKE, Step.REMOVE},
}


@dataclass
class Observer:
    """What it saw that must not be."""

    scene: Scene
    journal: Journal
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scene.faults.effects.append(self.sees)
        self.strangers = {key.id for key in self.scene.vendor.keys.values()} - {self.scene.old.id}

    def sees(self, effect: str) -> None:
        """One effect, right before it is carried out."""
        word, _, what = effect.partition(" ")
        self._intended(word, effect)
        if word in {"UNMAKE", "OFF"}:
            self._may_go(what, effect)
        self.places(effect)

    def places(self, when: str) -> None:
        """I1: every place's current value works."""
        for target in self.scene.targets:
            if not self.scene.vendor.valid(self.scene.current(target)) and not self._excused(target.place):
                self.wrong.append(f"I1 at {when}: {target.place} holds a key that does not work")

    def ended(self, rotation: Rotation) -> list[str]:
        """What is wrong at the end, together with what was on the way."""
        self.places("the end")
        vendor, scene = self.scene.vendor, self.scene
        ours = [id_ for id_ in vendor.made if id_ in vendor.keys]
        if any(store.slots for store in scene.stores.values()):
            self.wrong.append("I5: something is still pending")
        if rotation.state is State.DONE:
            kept = any(target.state is PlaceState.LEFT for target in rotation.targets)
            if ours != [rotation.new.key_id]:
                self.wrong.append(f"I5: done, and of ours there are {ours}")
            if not kept and scene.old.id in vendor.keys:
                self.wrong.append("I5: done, and the old key is still alive")
        elif ours:
            self.wrong.append(f"I5: {rotation.state.value}, and of ours there are {ours}")
        elif scene.old.id not in vendor.keys and not scene.dead:
            self.wrong.append(f"I1: {rotation.state.value}, and the old key is gone")
        if not self.strangers <= set(vendor.keys):
            self.wrong.append("I3: a key that is not ours is gone")
        if any(scene.stores[each.provider].now(each.locator)["OTHER"] != "kept" for each in scene.targets):
            self.wrong.append("another field of an item was changed")
        return self.wrong

    def _intended(self, word: str, effect: str) -> None:
        """I9: its intent is in the journal."""
        steps = _STEPS[word]
        found = self.journal.active() or self.journal.recent(1)
        entries = self.journal.entries(found[0].id) if found else ()
        if not any(entry.step in steps and entry.phase is Phase.INTENT for entry in entries):
            self.wrong.append(f"I9: {effect} without an intent")

    def _may_go(self, key: str, effect: str) -> None:
        """I2, I3, I6: it is ours or the old one, no place holds it, and its readers had their time."""
        scene, rotation = self.scene, (self.journal.active() or self.journal.recent(1))[0]
        if key in self.strangers:
            self.wrong.append(f"I3: {effect} of a key that is neither ours nor the old one")
        for target in scene.targets:
            if scene.stores[target.provider].now(target.locator).get("API_ID") == key:
                self.wrong.append(f"I2: {effect} of the key that {target.place} holds")
        if key == scene.old.id and not scene.dead:
            live = rotation.promoted_at
            if live is None or scene.time.now() - live < rotation.grace:
                self.wrong.append(f"I6: {effect} before grace has passed")

    def _excused(self, place: str) -> bool:
        """The old key was dead from the start, and the place holds it still."""
        target = next(each for each in self.scene.targets if each.place == place)
        held = self.scene.stores[target.provider].now(target.locator)
        return self.scene.dead and held.get("API_ID") == self.scene.old.id
