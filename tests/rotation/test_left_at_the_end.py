"""The old key is switched off and about to go, and somebody puts it back into a place, which is left to them: it works there."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import State, Trouble
from credwatch.rotation.choosing import Choice, resume
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.vendors import MINTERS, Traits
from tests.rotation.mutants.chosen import where

DISABLES = [each for each in MINTERS if each.name in {"aws", "gcp"}]


@pytest.mark.parametrize("traits", DISABLES, ids=lambda each: each.name)
def test_a_key_that_we_switched_off_works_where_a_person_keeps_it(traits: Traits) -> None:
    with ledger() as known:
        unmake = where(play(Schedule(traits, 1), known, CREDENTIAL).calls, "UNMAKE")
    with ledger() as known:
        life = Life(Scene(traits, 1, {unmake: Fault.REFUSED}), known, CREDENTIAL)
        (target,), old = life.scene.targets, life.scene.old

        def until_it_stops() -> None:
            while life.rotation.state not in {State.NEEDS_OPERATOR, State.DONE}:
                life.process()
                life.goes_by()

        until_it_stops()
        assert (life.rotation.trouble, old.disabled) == (Trouble.REFUSED, True)
        life.scene.write(target, old.id, old.value)
        life.rotation = resume(life.run(), Choice(), "ana")
        until_it_stops()
        assert life.rotation.trouble is Trouble.STRANGER
        life.rotation = resume(life.run(), Choice(leave_place=target.place), "ana")
        until_it_stops()

    assert (life.rotation.state, life.scene.key_in(target), old.disabled) == (State.DONE, old.id, False)
