"""A rotation that nobody can go on with is told of: its plug-in, its login or its provider went away in the middle of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credwatch.model.rotating import State
from credwatch.sandbox.keys import State as Condition
from tests.cli.rotating.test_what_is_told import thread
from tests.cli.rotating.yard import CONSUMER, PROD, Yard


def login_ended(yard: Yard) -> None:
    yard.rotates.state = Condition.DELETED


def provider_gone(yard: Yard) -> None:
    yard.configure(CONSUMER, base="")


@pytest.mark.parametrize("happens", [login_ended, provider_gone])
def test_once_a_day_it_is_a_line_in_its_thread_when_it_is_so_for_an_hour(
    yard: Yard, happens: Callable[[Yard], None]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    happens(yard)
    counts = []
    for hours in (1, 0.5, 1, 4, 20, 24):
        yard.later(hours=hours)
        assert yard.run("--quiet", "rotate", "--due") == 3
        counts.append(len([line for line in thread(yard) if line.startswith("nobody can go on with it: ")]))

    assert (yard.state(), counts) == (State.GRACE, [0, 0, 1, 1, 2, 3])


def test_one_that_goes_on_again_in_time_is_not_told_of(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    yard.later(hours=1.5)
    login_ended(yard)
    yard.run("--quiet", "rotate", "--due")
    yard.rotates.state = Condition.ALIVE
    yard.run("--quiet", "rotate", "--due")

    assert [line for line in thread(yard) if "nobody can" in line] == []
