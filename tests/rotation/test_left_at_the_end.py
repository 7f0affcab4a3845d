"""The old key is about to go, and something is wrong: it works again, and there is a way back to it."""

from __future__ import annotations

import pytest

from credwatch.ledger.queries.rotating import stop_of
from credwatch.model.rotating import ENDED, State, Trouble, Wish
from credwatch.rotation.choosing import Choice, resume, wish
from credwatch.rotation.stops import reminder
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.vendors import MINTERS, Traits
from tests.rotation.mutants.chosen import where

DISABLES = [each for each in MINTERS if each.name in {"aws", "gcp"}]


def revoked(traits: Traits) -> int:
    """The number of the call by which the old key is told to go, where nothing is in the way."""
    with ledger() as known:
        return where(play(Schedule(traits, 1), known, CREDENTIAL).calls, "UNMAKE")


def until_it_stops(life: Life) -> None:
    """Or has ended."""
    while life.rotation.state not in {State.NEEDS_OPERATOR, *ENDED}:
        life.process()
        life.goes_by()


@pytest.mark.parametrize("traits", DISABLES, ids=lambda each: each.name)
def test_a_key_that_we_switched_off_works_where_a_person_keeps_it(traits: Traits) -> None:
    with ledger() as known:
        life = Life(Scene(traits, 1, {revoked(traits): Fault.REFUSED}), known, CREDENTIAL)
        (target,), old = life.scene.targets, life.scene.old
        until_it_stops(life)
        assert (life.rotation.trouble, old.disabled) == (Trouble.REFUSED, True)
        life.scene.write(target, old.id, old.value)
        life.rotation = resume(life.run(), Choice(), "ana")
        until_it_stops(life)
        assert life.rotation.trouble is Trouble.STRANGER
        life.rotation = resume(life.run(), Choice(leave_place=target.place), "ana")
        until_it_stops(life)

    assert (life.rotation.state in ENDED, life.scene.key_in(target), old.disabled) == (True, old.id, False)


@pytest.mark.parametrize("traits", MINTERS[:6], ids=lambda each: each.name)
def test_a_new_key_that_fails_before_the_old_one_was_told_to_go_can_be_gone_back_from(traits: Traits) -> None:
    def fails(life: Life) -> None:
        """Somebody deletes the new key by mistake, in the moment in which the old one is about to go."""
        life.scene.vendor.drop(life.rotation.new.key_id or "")
        life.scene.vendor.drop(life.scene.vendor.made[-1])

    with ledger() as known:
        life = Life(Scene(traits, 1), known, CREDENTIAL, {revoked(traits) - 5: fails})
        (target,), old = life.scene.targets, life.scene.old
        until_it_stops(life)
        assert (life.rotation.trouble, old.disabled) == (Trouble.NEW_FAILS, False)
        life.rotation = wish(life.run(), Wish.ROLLBACK, "ana")
        life.process()

    assert life.scene.key_in(target) == old.id


@pytest.mark.parametrize("traits", [each for each in MINTERS if not each.sunsets], ids=lambda each: each.name)
def test_a_revoke_that_was_refused_leaves_the_way_back(traits: Traits) -> None:
    with ledger() as known:
        life = Life(Scene(traits, 1, {revoked(traits): Fault.REFUSED}), known, CREDENTIAL)
        (target,), old = life.scene.targets, life.scene.old
        until_it_stops(life)
        offered = stop_of(known, life.rotation.id)
        life.rotation = wish(life.run(), Wish.ROLLBACK, "ana")
        life.process()

    assert f"undo ours: `credwatch rollback cw-{life.rotation.id}`" in offered
    assert (life.scene.key_in(target), old.disabled) == (old.id, False)


@pytest.mark.parametrize("traits", DISABLES, ids=lambda each: each.name)
def test_the_message_of_a_refused_revoke_names_the_way_back_and_calls_no_key_alive_that_is_off(traits: Traits) -> None:
    with ledger() as known:
        life = Life(Scene(traits, 1, {revoked(traits): Fault.REFUSED}), known, CREDENTIAL)
        until_it_stops(life)
        lines = reminder(life.run()).lines

    assert f"undo ours: `credwatch rollback cw-{life.rotation.id}`" in lines
    assert " switched off · new " in lines[1]
