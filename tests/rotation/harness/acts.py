"""What others do at any moment: a person at a store, at the vendor or at the command line, a second process, the world."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from credwatch.errors import LedgerError, ProviderError
from credwatch.model.rotating import ENDED, Rotation, Turn, Wish
from credwatch.rotation.choosing import ChoiceError, wish
from credwatch.rotation.engine import advance
from tests.rotation.harness.life import Life
from tests.rotation.harness.stores import Slot

Act = Callable[[Life], None]
MONTH = timedelta(days=30)


def _target(life: Life, number: int) -> int:
    return number % len(life.scene.targets)


def edits(life: Life, number: int) -> None:
    """Another field of the same item."""
    target = life.scene.targets[_target(life, number)]
    store = life.scene.stores[target.provider]
    if now := store.now(target.locator):
        said = f"edited at call {len(life.scene.faults.calls)}"
        store.put(target.locator, {**now, "OTHER": said})
        life.observer.others[target.provider, target.locator] = said


def third(life: Life, number: int) -> None:
    """A key of their own into a place."""
    target = life.scene.targets[_target(life, number)]
    if life.scene.key_in(target) and not target.mirror:
        key = life.scene.vendor.add("ana's own")
        life.by_a_person(lambda: life.scene.write(target, key.id, key.value))
        life.observer.persons[target.place] = key.id
        life.observer.wrote.setdefault(target.place, set()).add(key.id)


def puts_back(life: Life, number: int) -> None:
    """The old key into a place, as long as it works."""
    target, old = life.scene.targets[_target(life, number)], life.scene.old
    if life.scene.vendor.alive(old.id) and life.scene.key_in(target):
        life.by_a_person(lambda: life.scene.write(target, old.id, old.value))
        life.observer.wrote.setdefault(target.place, set()).add(old.id)


def deletes(life: Life, number: int) -> None:
    """An item, and half a day later it is there again as it was."""
    target = life.scene.targets[_target(life, number)]
    store = life.scene.stores[target.provider]
    version = store.current.get(target.locator)
    if version is None:
        return

    def gives_back() -> None:
        """Unless the key in it is none any more."""
        life.by_a_person(lambda: store.give_back(target.locator, version))

    life.by_a_person(lambda: store.delete(target.locator))
    life.soon(timedelta(hours=12), gives_back)


def makes_key(life: Life) -> None:
    """One more at the vendor, in a tool that names it after nobody."""
    life.scene.vendor.by_hand()


def uses_key(life: Life) -> None:
    """One that they made this moment, and that its vendor shows as used."""
    if made := life.scene.vendor.by_hand():
        made.used = life.scene.time.true()


def unmakes_old(life: Life) -> None:
    """The old key, by mistake."""
    life.observer.unmade_at = len(life.scene.faults.calls)
    life.by_a_person(lambda: life.scene.vendor.drop(life.scene.old.id))


def switches_off(life: Life) -> None:
    """The old key, by mistake."""
    life.observer.unmade_at = len(life.scene.faults.calls)
    life.scene.old.disabled = True


def unmakes_key(life: Life) -> None:
    """One that is neither ours nor the old one."""
    vendor, scene = life.scene.vendor, life.scene
    used = {scene.key_in(target) for target in scene.targets}
    theirs = [id_ for id_ in vendor.keys if id_ not in vendor.made and id_ != scene.old.id and id_ not in used]
    for id_ in theirs[:1]:
        del vendor.keys[id_]


def pauses(life: Life) -> None:
    """Until somebody lifts it."""
    life.changes(paused=True)
    life.observer.paused_at = len(life.scene.faults.calls)


def wishes(life: Life, wanted: Wish) -> None:
    """At another terminal."""
    run = life.run()
    try:
        wish(run, wanted, "ana")
    except (ChoiceError, ProviderError) as error:
        life.said.append(str(error))
        return
    life.wished, life.scene.faults.wished_at = wanted, len(life.scene.faults.calls)


def confirms(life: Life) -> None:
    """That the old key may go, before anybody asked."""
    life.changes(confirmed_by="ana")


def races(life: Life, turns: int) -> None:
    """A second process, which a lock should have kept away."""
    stop, done = threading.Event(), 0

    def counts(rotation: Rotation, turn: Turn) -> None:
        nonlocal done
        del rotation, turn
        done += 1
        if done >= turns:
            stop.set()

    run = life.run()
    sent = life.scene.faults.calls[-1:] == ["MINT"]
    if run.rotation.state in ENDED or (sent and not life.scene.vendor.marks):
        return  # a create under way that nothing marks is what the lock is for
    life.overtaken = life.overtaken or sent
    try:
        advance(run, stop, said=counts)
    except LedgerError:
        return


def jumps(life: Life, far: timedelta) -> None:
    """Our clock is wrong for half a day."""
    life.scene.time.wrong = far
    life.observer.jumped = life.observer.jumped or far > timedelta(0)

    def mended() -> None:
        life.scene.time.wrong = timedelta(0)
        life.observer.jumped = True

    life.soon(timedelta(hours=12), mended)


def silence(life: Life, length: timedelta) -> None:
    """Nobody answers."""
    life.scene.faults.dark_until = life.scene.time.true() + length


def suspends(life: Life) -> None:
    """The whole account, for some hours."""
    life.scene.vendor.suspended_until = life.scene.time.true() + timedelta(hours=5)


def takes_slot(life: Life, number: int) -> None:
    """Somebody's own thing lies in a pending slot that is empty."""
    target = life.scene.targets[_target(life, number)]
    life.scene.stores[target.provider].slots.setdefault(target.locator, Slot("theirs", "", "{}"))

    def clears() -> None:
        slots = life.scene.stores[target.provider].slots
        if target.locator in slots and not slots[target.locator].mark:
            del slots[target.locator]

    life.soon(timedelta(hours=12), clears)


def empties_slot(life: Life, number: int) -> None:
    """What lies in a pending slot is gone."""
    target = life.scene.targets[_target(life, number)]
    life.scene.stores[target.provider].slots.pop(target.locator, None)


def freezes(life: Life) -> None:
    """Nothing may be begun for a day."""
    life.guards.why = "frozen"

    def thaws() -> None:
        life.guards.why = ""

    life.soon(timedelta(days=1), thaws)


ACTS: Mapping[str, Act] = {
    **{f"another field of place {number} is edited": partial(edits, number=number) for number in range(3)},
    **{f"a person's own key in place {number}": partial(third, number=number) for number in range(3)},
    **{f"the old key again in place {number}": partial(puts_back, number=number) for number in range(3)},
    **{f"the item of place {number} is deleted": partial(deletes, number=number) for number in range(3)},
    **{f"the slot of place {number} is taken": partial(takes_slot, number=number) for number in range(2)},
    **{f"the slot of place {number} is emptied": partial(empties_slot, number=number) for number in range(2)},
    "a person makes a key": makes_key,
    "a person makes a key and uses it": uses_key,
    "a person unmakes a key": unmakes_key,
    "a person unmakes the old key": unmakes_old,
    "a person switches the old key off": switches_off,
    "paused": pauses,
    "abort": partial(wishes, wanted=Wish.ABORT),
    "rollback": partial(wishes, wanted=Wish.ROLLBACK),
    "confirmed": confirms,
    "a second process, 1 turn": partial(races, turns=1),
    "a second process, 4 turns": partial(races, turns=4),
    "a second process, to its end": partial(races, turns=100),
    "clock a month ahead": partial(jumps, far=MONTH),
    "clock a month behind": partial(jumps, far=-MONTH),
    "silence for 5 hours": partial(silence, length=timedelta(hours=5)),
    "silence for 2 days": partial(silence, length=timedelta(days=2)),
    "account suspended": suspends,
    "frozen": freezes,
}
"""By what is said of it."""
