"""SIGKILL at every commit of a rotation and in every request: it ends well all the same, and no place is without a key."""

from __future__ import annotations

from random import Random

import pytest

from tests.kills.forks import KILLED
from tests.kills.rotation.cases import CASES, CLOUDS, EVERY
from tests.kills.rotation.gate import Case
from tests.kills.rotation.outside import damage, ended_well
from tests.kills.rotation.points import MORE, Point, points, share
from tests.kills.rotation.yard import Yard

SHARES = 3
"""The points of one case are shared out, so that several workers have them."""
MANY = {"hours-of-grace": 22, "access-key": 16, "account-key": 16, "three-stores": 16}
USUAL = 33
"""So many points of one case are tried in every run of the tests, unless it costs more than others."""
PAIRS, PAIRS_IN_CLOUDS = 4, 2


def pairs(case: Case) -> int:
    return (PAIRS_IN_CLOUDS if case.name in CLOUDS else PAIRS) * MORE


def mine(yard: Yard, case: Case, number: int) -> list[Point]:
    return share(points(yard, case), SHARES, number, MANY.get(case.name, USUAL))


@pytest.mark.parametrize("name", EVERY)
def test_an_undisturbed_rotation_ends_well_and_its_readers_are_told(ground: Yard, case: Case) -> None:
    ground.go_back(case)

    assert set(ground.play(case)) == {0}
    assert list(ended_well(ground, case)) == []
    assert len(ground.hook.told) == 1


def test_at_least_three_hundred_rotations_are_killed(yard: Yard, high: Yard) -> None:
    played = [(yard, case) for case in CASES.values()] + [(high, case) for case in CLOUDS.values()]
    planned = [point for ground, case in played for number in range(SHARES) for point in mine(ground, case, number)]

    assert len(planned) + 2 * sum(map(pairs, EVERY.values())) >= 300


@pytest.mark.parametrize("number", range(SHARES))
@pytest.mark.parametrize("name", EVERY)
def test_killed_at_any_point_it_ends_well_with_no_place_ever_without_a_living_key(
    ground: Yard, case: Case, number: int
) -> None:
    wrong: list[str] = []
    kills = 0
    chosen = mine(ground, case, number)
    for point in chosen:
        ground.go_back(case)
        point.plan(ground)
        kills += KILLED in ground.play(case)
        wrong += [f"{point}: {words}" for words in ended_well(ground, case)]

    assert wrong == []
    assert kills >= int(0.9 * len(chosen)), "a rotation that ends a few operations early is killed at fewer"


@pytest.mark.parametrize("name", EVERY)
def test_killed_again_by_whoever_goes_on_with_it_it_ends_well(ground: Yard, case: Case) -> None:
    chance = Random(f"pairs {case.name}")  # noqa: S311  moments of a kill are no secret
    wrong: list[str] = []
    for _ in range(pairs(case)):
        first, second = chance.choices(points(ground, case), k=2)
        ground.go_back(case)
        first.plan(ground)
        ground.start(case)
        wrong += [f"{first}: {words}" for words in damage(ground)]
        ground.asked = 0
        second.plan(ground)
        ground.play(case, begun=True)
        wrong += [f"{first}, {second}: {words}" for words in ended_well(ground, case)]

    assert wrong == []
