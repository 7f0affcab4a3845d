"""SIGKILL at every commit of a sweep and of a delivery: nothing is lost, nothing told twice, and the next run goes on."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from operator import eq
from random import Random

import pytest

from tests.kills import points
from tests.kills.forks import KILLED
from tests.kills.points import COMMANDS, MORE, Point, differences
from tests.kills.world import ACTS, SETTLED, Stack

SHARES = 3
"""The points of one command are shared out, so that several workers have them."""
RANDOM = 24
PAIRS = 8
LATER = (SETTLED, timedelta(minutes=10))
"""When the next run comes: before a key is tried again, and after."""


def planned(stack: Stack) -> list[Point]:
    return [point for act in ACTS for command in COMMANDS for point in points.every(stack, act, command)]


def survived(stack: Stack, act: int, command: str, later: timedelta) -> list[str]:
    """What is wrong after the next run; nothing, if all is well."""
    damage = [str(row) for row in stack.damage()]
    stack.go_on(command, later)
    return [*damage, *differences(stack.expected[act], stack.known())]


def test_at_least_three_hundred_runs_are_killed(stack: Stack) -> None:
    assert len(planned(stack)) >= 300


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", ACTS)
def test_killed_at_any_operation_on_its_disk_nothing_is_lost_or_told_twice(
    stack: Stack, act: int, command: str, share: int
) -> None:
    mine = points.every(stack, act, command)[share::SHARES]
    wrong: list[str] = []
    kills = 0
    for number, point in enumerate(mine):
        kills += point.reach(stack)
        wrong += [f"{point}: {words}" for words in survived(stack, act, command, LATER[number % 2])]

    assert wrong == []
    assert kills >= 0.9 * len(mine), "a run that ends a few operations early is killed at fewer"


@pytest.mark.parametrize("moment", ["not yet taken", "taken and not yet answered"])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", ACTS)
def test_killed_while_somebody_has_its_request_nothing_is_lost_or_told_twice(
    stack: Stack, act: int, command: str, moment: str
) -> None:
    taken = moment != "not yet taken"
    stack.go_back(act, command)
    assert stack.run(command).code == 0
    asked = len(stack.requests)
    wrong: list[str] = []
    for number in range(1, asked + 1, 4 if command == "sweep" and MORE == 1 else 1):
        stack.go_back(act, command)
        stack.dies = partial(eq, (number, taken))
        assert stack.run(command).code == KILLED
        wrong += survived(stack, act, command, LATER[number % 2])

    assert asked > 0
    assert wrong == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", ACTS)
def test_killed_at_a_random_moment_nothing_is_lost_or_told_twice(stack: Stack, act: int, command: str) -> None:
    chance = Random(f"{act} {command}")  # noqa: S311  moments of a kill are no secret
    wrong: list[str] = []
    for number in range(RANDOM * MORE // 6):
        stack.go_back(act, command)
        stack.begin(command, dies_after=chance.uniform(0, stack.lengths[act, command]))
        stack.launcher.end()
        wrong += survived(stack, act, command, LATER[number % 2])

    assert wrong == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", ACTS)
def test_killed_again_while_it_recovers_nothing_is_lost_or_told_twice(stack: Stack, act: int, command: str) -> None:
    chance = Random(f"pairs {act} {command}")  # noqa: S311  as above
    choice = points.every(stack, act, command)
    wrong: list[str] = []
    for _ in range(PAIRS * MORE):
        first, second = chance.choice(choice), chance.choice(choice)
        first.reach(stack)
        stack.killed(second.action, second.number, command, kinds=second.kinds)
        wrong += [f"{first}, {second}: {words}" for words in survived(stack, act, command, LATER[1])]

    assert wrong == []
