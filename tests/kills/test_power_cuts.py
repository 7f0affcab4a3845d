"""The power fails at any commit, and what nobody waited for is lost, torn or mixed: nothing is lost, nothing told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from tests.kills import points, power
from tests.kills.points import COMMANDS, MORE, Point, differences
from tests.kills.power import Survives
from tests.kills.world import ACTS, Stack

SHARES = 2
LATER = timedelta(minutes=10)
CUTS: tuple[Callable[[Random], Survives], ...] = (
    lambda _: power.nothing(),
    lambda _: power.names_only(),
    lambda chance: power.some(chance, torn=False),
    lambda chance: power.some(chance, torn=True),
)
"""At every point one of them, in turn; each of them where more is asked for."""


def cuts(stack: Stack, act: int, command: str) -> list[tuple[Point, Survives]]:
    """Points and what survives there."""
    moments = [*points.commits(stack, act, command), *points.writes(stack, act, command)]
    return [
        (point, cut(Random(f"{point} {number}")))  # noqa: S311  chance of a cut is no secret
        for place, point in enumerate(moments)
        for number, cut in enumerate(CUTS)
        if MORE > 1 or place % len(CUTS) == number
    ]


def test_at_least_a_hundred_and_fifty_times_the_power_fails(stack: Stack) -> None:
    assert sum(len(cuts(stack, act, command)) for act in ACTS for command in COMMANDS) >= 150


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", ACTS)
def test_after_a_power_cut_nothing_is_lost_or_told_twice(stack: Stack, act: int, command: str, share: int) -> None:
    mine = cuts(stack, act, command)[share::SHARES]
    wrong: list[str] = []
    for point, survives in mine:
        point.reach(stack, traced=True)
        stack.cut(survives)
        wrong += [f"{point}: {row}" for row in stack.damage()]
        stack.go_on(command, LATER)
        wrong += [f"{point}: {words}" for words in differences(stack.expected[act], stack.known())]

    assert wrong == []


@pytest.mark.parametrize("act", ACTS)
def test_when_a_command_has_ended_all_that_it_did_is_on_the_disk(stack: Stack, act: int) -> None:
    for command in COMMANDS:
        stack.go_back(act, command)
        stack.disk.plan(traced=True)
        assert stack.run(command).code == 0
        stack.cut(power.nothing())
        assert stack.damage() == []
        if command == "sweep":
            stack.go_on("deliver", LATER)

    assert differences(stack.expected[act], stack.known()) == []
