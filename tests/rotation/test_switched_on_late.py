"""The old key is switched on again, and its vendor shows and takes that a minute later only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credwatch.model.rotating import ENDED, State, Wish
from credwatch.rotation.choosing import Choice, resume, wish
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.vendors import MINTERS, Traits
from tests.rotation.mutants.chosen import where

MINUTE = timedelta(minutes=1)
FEW, MANY = 10, 100
OFF = [each for each in MINTERS if each.disables]


def until(life: Life, *states: State) -> None:
    for _ in range(MANY):
        if life.rotation.state in states:
            return
        life.process()
        life.goes_by()


def switched_on(life: Life) -> int:
    return sum(call.startswith("ON ") for call in life.scene.faults.calls)


@pytest.mark.parametrize(
    "late", [{"shows": MINUTE}, {"wakes": MINUTE}, {"shows": MINUTE, "wakes": 2 * MINUTE}], ids=str
)
@pytest.mark.parametrize("traits", OFF, ids=lambda each: each.name)
def test_it_is_gone_back_to_and_not_called_dead(traits: Traits, late: Mapping[str, Any]) -> None:
    with ledger() as known:
        life = Life(Scene(replace(traits, **late), 1), known, CREDENTIAL)
        while not life.scene.old.disabled:
            life.process()
            if not life.scene.old.disabled:
                life.goes_by()
        wish(life.run(), Wish.ROLLBACK, "ana")
        until(life, State.NEEDS_OPERATOR, *ENDED)

    (target,) = life.scene.targets
    assert (life.rotation.state, life.scene.key_in(target)) == (State.ROLLED_BACK, life.scene.old.id)
    assert 1 <= switched_on(life) <= FEW
    assert life.observer.wrong == []


@pytest.mark.parametrize("traits", [each for each in OFF if not each.sunsets], ids=lambda each: each.name)
def test_where_a_person_keeps_it_its_vendor_is_not_asked_again_and_again(traits: Traits) -> None:
    with ledger() as known:
        unmake = where(play(Schedule(traits, 1), known, CREDENTIAL).calls, "UNMAKE")
    with ledger() as known:
        life = Life(Scene(replace(traits, shows=MINUTE), 1, {unmake: Fault.REFUSED}), known, CREDENTIAL)
        (target,), old = life.scene.targets, life.scene.old
        until(life, State.NEEDS_OPERATOR)
        life.scene.write(target, old.id, old.value)
        life.rotation = resume(life.run(), Choice(), "ana")
        until(life, State.NEEDS_OPERATOR)
        life.rotation = resume(life.run(), Choice(leave_place=target.place), "ana")
        until(life, *ENDED)

    assert (life.scene.key_in(target), old.disabled) == (old.id, False)
    assert 1 <= switched_on(life) <= FEW
