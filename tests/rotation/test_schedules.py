"""Every minter, one to three places, every call of a rotation failing or dying, others at work: what must hold holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest

from tests.rotation.harness.acts import ACTS
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.scene import PLAIN, Setting
from tests.rotation.harness.schedules import KINDS, Schedule, in_pairs, singly, with_others
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import Traits

SCHEDULES = int(os.environ.get("CREDWATCH_SCHEDULES", "5400"))
"""So many at least, over all of the tests of this file."""
EACH = SCHEDULES // (3 * len(KINDS))
FEW = SCHEDULES // 150
"""Where the calls go on for days, those of the first hours are what differs."""
_FIRST = 160


def played(schedule: Schedule) -> Played:
    with ledger() as made:
        return play(schedule, made, CREDENTIAL)


def calls(traits: Traits, places: int, setting: Setting = PLAIN) -> list[str]:
    return played(Schedule(traits, places, setting=setting)).calls[:_FIRST]


def random(*of: object) -> Random:
    return Random(" ".join(map(str, of)))  # noqa: S311  the choice of a schedule is no secret


def single(traits: Traits, places: int) -> list[Schedule]:
    """Every fault of every call, or as many of them drawn evenly."""
    every = list(singly(traits, places, calls(traits, places)))
    return random(traits.name, places).sample(every, min(EACH, len(every)))


def wrong(schedules: Iterator[Schedule] | list[Schedule]) -> list[str]:
    """What is wrong in any of them, with the schedule to play it again."""
    return [f"{schedule}: {words}" for schedule in schedules for words in played(schedule).wrong]


@pytest.mark.parametrize(("traits", "places"), KINDS, ids=lambda each: getattr(each, "name", each))
def test_whatever_fails_or_dies_there_is_a_living_key_and_an_end(traits: Traits, places: int) -> None:
    assert wrong(single(traits, places)) == []


@pytest.mark.parametrize(("traits", "places"), KINDS, ids=lambda each: getattr(each, "name", each))
def test_whatever_fails_or_dies_twice_there_is_a_living_key_and_an_end(traits: Traits, places: int) -> None:
    count = 2 * EACH - len(single(traits, places))  # where there are fewer single faults, there are more pairs
    pairs = in_pairs(traits, places, calls(traits, places), count, random("pairs", traits.name, places))

    assert wrong(pairs) == []


@pytest.mark.parametrize(("traits", "places"), KINDS, ids=lambda each: getattr(each, "name", each))
def test_whatever_others_do_there_is_a_living_key_and_an_end(traits: Traits, places: int) -> None:
    drawn = random("others", traits.name, places)
    acts = drawn.sample(sorted(ACTS), len(ACTS))

    assert wrong(with_others(traits, places, calls(traits, places), EACH, drawn, acts)) == []


@pytest.mark.parametrize("name", SETTINGS)
def test_whatever_is_so_from_the_start_there_is_a_living_key_and_an_end(name: str) -> None:
    setting, drawn = SETTINGS[name], random(name)
    found: list[str] = []
    for traits, places in drawn.sample(KINDS, 6):
        known = calls(traits, places, setting)
        acts = drawn.sample(sorted(ACTS), len(ACTS))
        found += wrong(in_pairs(traits, places, known, FEW // 12, drawn, setting))
        found += wrong(with_others(traits, places, known, FEW // 12, drawn, acts, setting))

    assert found == []
