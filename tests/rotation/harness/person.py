"""The person whom a rotation asks: one who is careful, and one who tries whatever is offered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from credwatch.errors import LedgerError, ProviderError
from credwatch.model.rotating import PlaceState, State, Target, Trouble, Wish
from credwatch.rotation.choosing import Choice, ChoiceError, resume, wish
from credwatch.rotation.offers import ABORT, ADOPT, GO_ON, LEAVE_KEY, LEAVE_PLACE, OFFERS, OVERWRITE
from credwatch.rotation.run import Run, told_to_go
from tests.rotation.harness.faults import Killed
from tests.rotation.harness.life import HOUR, Life

_PATIENT = 4
"""After so many stops a careful person gives it up."""


def decide(life: Life, stops: int, choice: int | None) -> None:
    """One decision: the offer of this number, or what is careful. The world may not answer; then she tries later."""
    run = life.run()
    try:
        offered = _offered(life, run)
        if choice is not None:
            offered[choice % len(offered)]()
        else:
            _careful(life, run, stops)
    except ChoiceError as error:
        life.said.append(str(error))
    except (ProviderError, Killed, LedgerError):
        pass
    life.rotation = life.journal.one(life.rotation.id)
    life.scene.time.passes(HOUR)


def count(life: Life) -> int:
    """How many ways out there are at this stop."""
    with life.scene.faults.others():
        try:
            return len(_offered(life, life.run()))
        except ProviderError:
            return 1


def _offered(life: Life, run: Run) -> list[Callable[[], object]]:
    """Every offer as the commands that the message shows, in its order."""
    found: list[Callable[[], object]] = []
    for offer in OFFERS[run.rotation.trouble or Trouble.SILENT]:
        if offer == GO_ON:
            found.append(partial(_goes_on, life, run))
        elif offer in {ADOPT, LEAVE_KEY}:
            found += _keys(life, run, offer)
        elif offer in {OVERWRITE, LEAVE_PLACE}:
            found += [partial(_place, life, run, offer, target) for target in _differing(run, offer)]
        elif not told_to_go(run):
            found.append(partial(_ends, life, run, Wish.ABORT if offer == ABORT else Wish.ROLLBACK))
    return found


def _goes_on(life: Life, run: Run) -> None:
    """Where there is no way back, that is to stay with the new key."""
    if run.rotation.trouble is Trouble.SILENT and run.rotation.resumes is State.REVOKING:
        life.scene.vendor.as_asked()
    forward = run.rotation.trouble is Trouble.OLD_DEAD
    resume(run, Choice(), "ana")
    life.wished = None if forward else life.wished


def _keys(life: Life, run: Run, offer: str) -> list[Callable[[], object]]:
    """Ours are adopted; whoever else's are left, and ours too by one who does not know better."""
    vendor, snapshot = life.scene.vendor, run.rotation.snapshot
    fresh = [id_ for id_ in vendor.keys if id_ not in snapshot]
    if offer == ADOPT:
        return [lambda id_=id_: resume(run, Choice(adopt=id_), "ana") for id_ in fresh if id_ in vendor.made]  # type: ignore[misc]
    return [partial(_leaves, life, run, id_) for id_ in sorted(fresh, key=lambda id_: id_ in vendor.made)]


def _leaves(life: Life, run: Run, id_: str) -> None:
    resume(run, Choice(leave_key=id_), "ana")
    life.observer.spared.add(id_)


def _place(life: Life, run: Run, offer: str, target: Target) -> None:
    if offer == LEAVE_PLACE:
        resume(run, Choice(leave_place=target.place), "ana")
        return
    version = run.world.look(target).version
    life.observer.persons.pop(target.place, None)  # said is said, also when the process dies over it
    if run.rotation.wish is not None:
        life.observer.wrote.pop(target.place, None)  # nor may it stand there at the end
    resume(run, Choice(overwrite=f"{target.place}@{version}"), "ana")


def _ends(life: Life, run: Run, wanted: Wish) -> None:
    """Whichever of the two it is by now."""
    try:
        wish(run, wanted, "ana")
    except ChoiceError:
        wanted = Wish.ROLLBACK if wanted is Wish.ABORT else Wish.ABORT
        wish(run, wanted, "ana")
    life.wished = wanted


def _differing(run: Run, offer: str) -> list[Target]:
    """The places that hold what is neither ours nor the key before; to be left, where there is no way back, any that is not written."""
    rotation, found = run.rotation, []
    waits = (PlaceState.WAITING, PlaceState.STAGED) if offer == LEAVE_PLACE and told_to_go(run) else ()
    for target in rotation.targets:
        expected = rotation.new_fp if target.state is PlaceState.PROMOTED else target.base_fp
        differs = target.state is not PlaceState.LEFT and run.world.look(target).fingerprint != expected
        if differs or (target.state in waits and not target.mirror):
            found.append(target)
    return found


def _careful(life: Life, run: Run, stops: int) -> None:
    """She reads the message, mends what is outside, and takes the first offer; in the end she gives it up."""
    scene, rotation = life.scene, run.rotation
    offered = _offered(life, run)
    if rotation.trouble is Trouble.SILENT:
        for store in scene.stores.values():
            store.sticks = False
    if rotation.trouble is Trouble.SILENT and stops > 1:
        life.mirrors(by_hand=True)
    if stops >= _PATIENT or (rotation.trouble is Trouble.SILENT and stops > 0):
        offered[-(stops % len(offered)) - 1]()
        return
    if rotation.trouble is Trouble.CANDIDATES:
        mine = len(_keys(life, run, ADOPT))
        theirs = [id_ for id_ in scene.vendor.keys if id_ not in rotation.snapshot and id_ not in scene.vendor.made]
        offered[mine if theirs else 0]()
        return
    for store in scene.stores.values():
        store.corrupts = False
    if rotation.trouble is Trouble.LIMIT:
        for id_ in [id_ for id_ in scene.vendor.keys if id_ in scene.vendor.made]:
            del scene.vendor.keys[id_]  # she sees in the list that nobody uses it
        if scene.setting.full:
            scene.vendor.keys.pop(scene.other.id, None)
    offered[0]()
