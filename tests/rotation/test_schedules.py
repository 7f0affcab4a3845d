"""Every minter, one to three places, every call of a rotation failing or dying, singly and in pairs: what must hold holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest

from tests.rotation.conftest import CREDENTIAL, ledger
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import KINDS, Schedule, in_pairs, singly
from tests.rotation.harness.vendors import Traits

SCHEDULES = int(os.environ.get("CREDWATCH_SCHEDULES", "5000"))
"""So many at least, over all of the tests of this file."""
EACH = SCHEDULES // len(KINDS)


def played(schedule: Schedule) -> Played:
    with ledger() as made:
        return play(Scene(schedule.traits, schedule.places, schedule.plan, schedule.dead), made, CREDENTIAL)


def schedules(traits: Traits, places: int, count: int, *, dead: bool = False) -> Iterator[Schedule]:
    """All single faults, or as many of them drawn evenly; then pairs."""
    calls = played(Schedule(traits, places, {}, dead)).calls
    random = Random(f"{traits.name} {places} {dead}")  # noqa: S311  the choice of a schedule is no secret
    single = list(singly(traits, places, calls, dead=dead))
    if len(single) > count // 2:
        single = random.sample(single, count // 2)
    yield from single
    yield from in_pairs(traits, places, calls, count - len(single), random, dead=dead)


@pytest.mark.parametrize(("traits", "places"), KINDS, ids=lambda each: getattr(each, "name", each))
def test_whatever_fails_or_dies_there_is_a_living_key_and_an_end(traits: Traits, places: int) -> None:
    wrong: list[str] = []
    count = 0
    for schedule in schedules(traits, places, EACH):
        count += 1
        wrong += [f"{schedule}: {words}" for words in played(schedule).wrong]

    assert wrong == []
    assert count == EACH


@pytest.mark.parametrize(("traits", "places"), KINDS[1::3], ids=lambda each: getattr(each, "name", each))
def test_a_dead_key_is_replaced_whatever_fails_or_dies(traits: Traits, places: int) -> None:
    wrong = [
        f"{schedule}: {words}"
        for schedule in schedules(traits, places, EACH // 3, dead=True)
        for words in played(schedule).wrong
    ]

    assert wrong == []
