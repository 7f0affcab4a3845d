"""SIGKILL at every commit of a rotation and in every request: it ends well all the same, and no place is without a key."""

from __future__ import annotations

from random import Random

import pytest

from tests.kills.forks import KILLED
from tests.kills.rotation.cases import CASES
from tests.kills.rotation.gate import Case
from tests.kills.rotation.outside import damage, ended_well
from tests.kills.rotation.points import MORE, Point, points, share
from tests.kills.rotation.yard import Yard

SHARES = 3
"""The points of one case are shared out, so that several workers have them."""
MANY = 56
"""So many points of one case are tried in every run of the tests."""
PAIRS = 4
_KNOWN: dict[tuple[int, str], list[Point]] = {}


def known(yard: Yard, case: Case) -> list[Point]:
    """Every point of this case; it is rehearsed once."""
    found = _KNOWN.setdefault((id(yard), case.name), [])
    if not found:
        found += points(yard, case)
    return found


def mine(yard: Yard, case: Case, number: int) -> list[Point]:
    return share(known(yard, case), SHARES, number, MANY)


def test_an_undisturbed_rotation_ends_well_and_its_readers_are_told(yard: Yard) -> None:
    case = CASES["three-places"]
    yard.go_back(case)

    assert yard.play(case) == [0]
    assert list(ended_well(yard, case)) == []
    assert len(yard.hook.told) == 1


def test_at_least_three_hundred_rotations_are_killed(yard: Yard) -> None:
    planned = [point for case in CASES.values() for number in range(SHARES) for point in mine(yard, case, number)]

    assert len(planned) >= 300


@pytest.mark.parametrize("number", range(SHARES))
@pytest.mark.parametrize("name", CASES)
def test_killed_at_any_point_it_ends_well_with_no_place_ever_without_a_living_key(
    yard: Yard, name: str, number: int
) -> None:
    case = CASES[name]
    wrong: list[str] = []
    kills = 0
    chosen = mine(yard, case, number)
    for point in chosen:
        yard.go_back(case)
        point.plan(yard)
        kills += KILLED in yard.play(case)
        wrong += [f"{point}: {words}" for words in ended_well(yard, case)]

    assert wrong == []
    assert kills >= 0.9 * len(chosen), "a rotation that ends a few operations early is killed at fewer"


@pytest.mark.parametrize("name", CASES)
def test_killed_again_by_whoever_goes_on_with_it_it_ends_well(yard: Yard, name: str) -> None:
    case, chance = CASES[name], Random(f"pairs {name}")  # noqa: S311  moments of a kill are no secret
    wrong: list[str] = []
    for _ in range(PAIRS * MORE):
        first, second = chance.choices(known(yard, case), k=2)
        yard.go_back(case)
        first.plan(yard)
        yard.start(case)
        wrong += [f"{first}: {words}" for words in damage(yard)]
        yard.asked = 0
        second.plan(yard)
        yard.play(case, begun=True)
        wrong += [f"{first}, {second}: {words}" for words in ended_well(yard, case)]

    assert wrong == []
