"""Looks from outside, at every effect and at the end, whether what must hold still holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from credwatch.ledger.journal import Journal
from credwatch.model import Revoke
from credwatch.model.rotating import PlaceState, Rotation, State, Step, Target, Trouble
from tests.rotation.harness.faults import Fault, Witness
from tests.rotation.harness.overwriting import given_back, goes_on, told
from tests.rotation.harness.readers import Shows
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.stores import Slot

_STEPS = {
    "MINT": (Step.MINT,),
    "STAGE": (Step.STAGE,),
    "PROMOTE": (Step.PROMOTE,),
    "REVERT": (Step.REVERT,),
    "DISCARD": (Step.DISCARD,),
    "RELOAD": (Step.RELOAD,),
    "OFF": (Step.DISABLE,),
    "ON": (Step.ENABLE,),
    "SUNSET": (Step.SUNSET,),
    "UNMAKE": (Step.REVOKE, Step.REMOVE),
}
_WRITES = {"PROMOTE", "REVERT"}
CANARY = "canary-"
"""Every value of a key begins so."""
_BETWEEN = 3
"""Calls from the last try of a key to the effect that relies on it."""
MOST = 3
"""A rotation makes so many keys."""


@dataclass
class Observer(Witness):
    """What it saw that must not be."""

    scene: Scene
    journal: Journal
    rotation: Rotation
    """As it was committed last."""
    wrong: list[str] = field(default_factory=list)
    live_at: datetime | None = None
    """When a place was given the new key, the last time."""
    left_at: dict[str, datetime] = field(default_factory=dict)
    """By key: when a place that held it was given another one."""
    persons: dict[str, str] = field(default_factory=dict)
    """By place: the key of their own that a person wrote into it, and that nobody said may be lost."""
    overwritten: dict[str, str] = field(default_factory=dict)
    """By place: the key of theirs that our write stands over in a store that cannot compare and swap, until it is told."""
    wrote: dict[str, set[str]] = field(default_factory=dict)
    """By place: every key of their own that a person wrote into it."""
    touched: dict[str, int] = field(default_factory=dict)
    """By place: at which call somebody else wrote there, the last time."""
    spared: set[str] = field(default_factory=set)
    """Keys of ours that a person said are not."""
    recorded: set[str | None] = field(default_factory=set)
    """The new keys that the journal ever named."""
    jumped: bool = False
    """Our clock once was ahead: grace, as everybody else counts it, is not what we count."""
    others: dict[tuple[str, str], str] = field(default_factory=dict)
    """By item: what its other field has to hold."""
    known: set[str] = field(default_factory=set)
    """The keys that were listed when it was prepared."""
    unmade_at: int | None = None
    """At which call a person deleted the old key by mistake, or switched it off."""
    confirmed: bool = False
    """A person said that the old key may go."""
    paused_at: int | None = None
    """At which call it was paused."""
    off_at: datetime | None = None
    """Since when the old key is switched off."""

    def __post_init__(self) -> None:
        self.scene.faults.witness = self
        self.others = {(each.provider, each.locator): "kept" for each in self.scene.targets if not each.mirror}
        self._broken, self._held = set[str](), dict[str, str]()

    @property
    def old_unmade(self) -> bool:
        """Whether the old key works no more, and not by us."""
        return self.unmade_at is not None

    # -- each effect ---------------------------------------------------------------------------------------------------

    def asked(self, effect: str) -> None:
        """I9: its intent is in the journal."""
        word, _, what = effect.partition(" ")
        self._say(
            any(each.mirror and each.locator == what for each in self.scene.targets), f"{effect}: a mirror is written"
        )
        late = self.paused_at is not None and len(self.scene.faults.calls) > self.paused_at
        self._say(late, f"{effect}, and it was paused")
        self._say(goes_on(self.scene, self.rotation, word), f"{effect}, and it was to go back")
        places = [each.place for each in self.scene.targets if each.locator == what] or (
            [what, f"{what} back"] if word == "RELOAD" else ["", what] if word == "OFF" else [""]
        )
        if not any(self.journal.last(self.rotation, step, place) for step in _STEPS[word] for place in places):
            entries = self.journal.entries(self.rotation.id)
            if not any(entry.step in _STEPS[word] and entry.place in places for entry in entries):
                self.wrong.append(f"I9: {effect} without an intent")

    def moved(self, before: Rotation, rotation: Rotation) -> None:
        """A turn was committed: by who had read the last one, and without any value in it."""
        self._say(before.updated_at != self.rotation.updated_at, "a process that was overtaken has moved it")
        self._say(CANARY in str(rotation), "I4: a value is in the rotation")
        if rotation.state is State.PREPARED:
            self.known = set(self.scene.vendor.shown)
        self.rotation = rotation
        self.recorded.add(rotation.new.key_id)
        given_back(self)
        if rotation.trouble is Trouble.STRANGER and "stands over it" in rotation.reason:
            told(self, rotation.reason)

    def begins(self, effect: str) -> None:
        """I2, I3, I6."""
        self._broken, self._held = self.broken(), self._keys()
        word, _, what = effect.partition(" ")
        if word in {"UNMAKE", "OFF"}:
            self._may_go(what, effect)
        if word == "DISCARD":
            taken = any(what in store.slots and not store.slots[what].mark for store in self.scene.stores.values())
            self._say(taken, f"{effect}, which is somebody else's")

    def refused(self, why: str) -> None:
        """A store would not take it."""
        self.wrong.append(why)

    def stopped(self) -> None:
        """A person is needed: what worked before still works."""
        key = self.scene.vendor.keys.get(self.scene.service.holds)
        refused = Fault.REFUSED in self.scene.faults.plan.values()
        off = key is not None and key.disabled and not refused and not self.old_unmade
        self._say(off, "a person is asked, and a reader has a key that is off")
        old = self.scene.vendor.keys.get(self.scene.old.id)
        only_off = self.rotation.trouble is Trouble.OLD_DEAD and old is not None and old.disabled and not refused
        self._say(only_off and not self.old_unmade, "a person is told that the old key is dead, and it is only off")

    def cleared(self, rotation: Rotation) -> None:
        """Right at the end nothing of ours is left but the key that stays; what came late, with no mark, is told a day later."""
        known = self.recorded if self.jumped else self.recorded | self.scene.vendor.soon
        late = [id_ for id_ in self._ours() if self.scene.vendor.marks or id_ in known]
        kept = {rotation.new.key_id} if rotation.state is State.DONE else self._left(rotation)
        self._say(not set(late) <= kept, f"I5: right at the end there are {late}")

    def _ours(self) -> list[str]:
        """The keys of ours that stand at the vendor; where none can be listed, those that we know to have been made."""
        vendor = self.scene.vendor
        seen = self.recorded if vendor.traits.exchanges else set(vendor.made)
        return [id_ for id_ in vendor.made if id_ in vendor.keys and id_ in seen and id_ not in self.spared]

    def _left(self, rotation: Rotation) -> set[str | None]:
        """The key in a place that was left to a person."""
        return {self.scene.key_in(each) for each in rotation.targets if each.state is PlaceState.LEFT}

    def ends(self, effect: str) -> None:
        """I1: every place that held a living key holds one."""
        word = effect.partition(" ")[0]
        # what a person ended between our last try of it and the effect, nobody can know
        unknown = self.unmade_at is not None and len(self.scene.faults.calls) - self.unmade_at <= _BETWEEN
        if (broken := self.broken() - self._broken) and not (unknown and word in _WRITES):
            self.wrong.append(f"I1 after {effect}: {', '.join(sorted(broken))}: no key that works")
        self.noted(self._held, ours=True)
        for target in self.scene.targets:
            theirs = self.persons.get(target.place)
            lost = theirs is not None and self.scene.key_in(target) != theirs
            if theirs is not None and lost and word in _WRITES and self._held[target.place] == theirs:
                if self.scene.stores[target.provider].compare_and_swap:
                    self.wrong.append(f"{effect} over what a person wrote")
                self.overwritten[target.place] = theirs

    def noted(self, before: dict[str, str], *, ours: bool = False) -> None:
        """What a place holds was changed, by us or by somebody who may only have given back what was there."""
        now = self.scene.time.true()
        for target in self.scene.targets:
            key, former = self.scene.key_in(target), before[target.place]
            if key != former:
                self.left_at[former] = now
                if (former or ours) and key in self.scene.vendor.made:
                    self.live_at = now

    def broken(self) -> set[str]:
        """The places whose key does not work."""
        scene = self.scene
        return {each.place for each in scene.targets if not scene.vendor.valid(scene.current(each))}

    def _keys(self) -> dict[str, str]:
        return {each.place: self.scene.key_in(each) for each in self.scene.targets}

    def _just_now(self) -> set[str]:
        """The places where somebody wrote after we had looked for the last time: nobody can know that."""
        calls, places = self.scene.faults.calls, len(self.scene.targets)
        return {
            place
            for place, at in self.touched.items()
            if len(calls) - at <= places and calls[at - 1 :].count("held") < places
        }

    def _may_go(self, key: str, effect: str) -> None:
        scene, now = self.scene, self.scene.time.true()
        if key != scene.old.id and key not in scene.vendor.made and not self._could_be_ours(key):
            self.wrong.append(f"I3: {effect}, a key that is neither ours nor the old one")
        holds = {place for place, held in self._keys().items() if held == key}
        self._broken |= holds & self._just_now()
        if holds - self._just_now():
            self.wrong.append(f"I2: {effect}, the key that a place holds")
        known = {scene.old.id, *scene.vendor.made, *self.persons.values()}
        dead = scene.setting.dead or self.old_unmade
        if scene.vendor.alive(key) and not dead and not any(map(scene.vendor.alive, known - {key})):
            self.wrong.append(f"I2: {effect}, the last key that works")
        if self.jumped or scene.setting.dead:
            return
        if key == scene.old.id:
            self._old_may_go(effect)
        since = self.live_at if key == scene.old.id else self.left_at.get(key, datetime.min.replace(tzinfo=now.tzinfo))
        if since is None or now - since < scene.setting.grace:
            self.wrong.append(f"I6: {effect} before those who hold it had their time")

    def _could_be_ours(self, key: str) -> bool:
        """Without marks nobody can tell a key that a person made in those very minutes, and never used, from ours."""
        found, since = self.scene.vendor.keys.get(key), self.rotation.intent_at
        if self.scene.vendor.marks or found is None or found.used is not None or since is None:
            return False
        several = any(id_ in self.scene.vendor.keys and id_ not in self.known for id_ in self.scene.vendor.made)
        then = since - timedelta(minutes=1) <= found.created <= since + timedelta(minutes=5)
        return (then or self.jumped) and key not in self.known and not several

    def _old_may_go(self, effect: str) -> None:
        """As the rule says, after it was off for long enough, and not while a person's own value stays in a place."""
        scene, now = self.scene, self.scene.time.true()
        unsaid = scene.setting.revoke is Revoke.ASK and not self.confirmed
        self._say(unsaid, f"{effect}, and nobody said that it may go")
        left = any(each.state is PlaceState.LEFT for each in self.rotation.targets)
        self._say(left, f"{effect}, and a place was left to a person")
        if effect.startswith("OFF"):
            self.off_at = self.off_at or now
        elif scene.vendor.traits.disables and scene.vendor.alive(scene.old.id):
            self.wrong.append(f"{effect}, and it was not off before")
        elif self.off_at is not None and now - self.off_at < scene.setting.soak:
            self.wrong.append(f"{effect} before it was off for long enough")

    # -- the end -------------------------------------------------------------------------------------------------------

    def ended(self, rotation: Rotation) -> list[str]:
        """What is wrong at the end, together with what was on the way."""
        scene, vendor, ours = self.scene, self.scene.vendor, self._ours()
        self._say(any(slot.mark.startswith(rotation.marks) for slot in self._slots()), "I5: something is still pending")
        self._say(len(vendor.made) > MOST, f"I8: {len(vendor.made)} keys were made")
        self._say(self.journal.verify() is not None, "the journal's chain is broken")
        given_back(self)
        self._say(bool(self.overwritten), f"over what a person wrote, and nobody was told: {self.overwritten}")
        for target in rotation.targets:
            self._place(rotation, target)
        if rotation.state is State.DONE:
            stays = any(target.state is PlaceState.LEFT for target in rotation.targets)
            self._say(ours != [rotation.new.key_id], f"I5: done, and of ours there are {ours}")
            self._say(not stays and vendor.alive(scene.old.id), "I5: done, and the old key is still alive")
            theirs = scene.setting.shows is Shows.OLD or (stays and self.old_unmade)
            gone = not theirs and not vendor.alive(scene.service.holds)
            self._say(gone, "done, and a reader has a key that is gone")
        else:
            kept = self._left(rotation)
            self._say(not set(ours) <= kept, f"I5: {rotation.state.value}, and of ours there are {ours}")
            gone = not vendor.alive(scene.old.id) and not scene.setting.dead and not self.old_unmade
            self._say(gone, f"I1: {rotation.state.value}, and the old key does not work")
            stuck = (
                not gone and not scene.setting.dead and not vendor.alive(scene.service.holds) and not self.old_unmade
            )
            stuck = stuck and scene.service.holds != ""
            self._say(stuck and not kept, f"{rotation.state.value}, and a reader has a key that is gone")
        for (provider, locator), other in self.others.items():
            now = scene.stores[provider].now(locator)
            self._say(bool(now) and now.get("OTHER") != other, "another field of an item was changed")
        return self.wrong

    def _place(self, rotation: Rotation, target: Target) -> None:
        """What it holds when all is over: the key that stays, or what a person wrote."""
        scene = self.scene
        if target.state is PlaceState.LEFT or not scene.stores[target.provider].now(target.locator):
            return
        wanted = rotation.new.key_id if rotation.state is State.DONE else scene.old.id
        held = scene.key_in(target)
        if target.mirror and held == scene.key_in(scene.targets[0]):
            return
        if held not in {wanted, *self.wrote.get(target.place, ())}:
            self.wrong.append(f"{rotation.state.value}, and {target.place} holds {held}, not {wanted}")
        dead = scene.setting.dead or self.old_unmade
        if not scene.vendor.valid(scene.current(target)) and (rotation.state is State.DONE or not dead):
            self.wrong.append(f"I1 at the end: {target.place} holds a key that does not work")

    def _slots(self) -> list[Slot]:
        return [slot for store in self.scene.stores.values() for slot in store.slots.values()]

    def _say(self, wrong: bool, words: str) -> None:  # noqa: FBT001  the finding itself
        if wrong:
            self.wrong.append(words)
