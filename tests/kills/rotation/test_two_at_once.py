"""A second process, let in at any request of the first: one of them rotates, the other says so or finds nothing to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from tests.kills.forks import Ended, Launcher
from tests.kills.rotation.cases import CASES
from tests.kills.rotation.outside import ended_well
from tests.kills.rotation.points import MORE, requests
from tests.kills.rotation.yard import Yard

STEP = 14
CASE = CASES["three-places"]


@pytest.fixture(scope="session")
def second(yard: Yard) -> Launcher:
    return yard.another("second")


def at_request(yard: Yard, number: int, act: Callable[[], None], *, taken: bool) -> None:
    """While somebody waits for the answer to its nth request, this happens; what it asks itself is not met again."""
    done: list[int] = []

    def met(asked: int, *, taken: bool, wanted: bool = taken) -> None:
        if asked >= number and taken is wanted and not done:
            done.append(asked)
            act()

    yard.meets = met


def let_in(yard: Yard, second: Launcher, words: Sequence[str], ended: list[Ended]) -> None:
    """A whole run of the other."""
    ended.append(yard.run(*words, launcher=second))


@pytest.mark.parametrize("other", ["rotate", "rotate --due"])
def test_let_in_at_any_request_there_is_one_new_key_and_one_rotation(yard: Yard, second: Launcher, other: str) -> None:
    words = ["rotate", yard.ids[CASE.name], "--yes", "--grace", "5m"] if other == "rotate" else ["rotate", "--due"]
    wrong: list[str] = []
    for number in range(1, requests(yard, CASE), max(1, STEP // MORE)):
        ended: list[Ended] = []
        yard.go_back(CASE)
        at_request(yard, number, partial(let_in, yard, second, words, ended), taken=number % 2 > 0)
        codes = yard.play(CASE)
        said = told(ended, codes)
        wrong += [
            f"at {number}, {codes}, {[one.code for one in ended]}: {each}" for each in (*said, *ended_well(yard, CASE))
        ]
        begun = [state for _, state in yard.rotations() if state != "rejected"]
        wrong += [f"at {number}: {begun} were begun"] * (len(begun) != 1)

    assert wrong == []


def told(ended: Sequence[Ended], codes: Sequence[int]) -> list[str]:
    """What is wrong with how both ended: each with its code and its reason, none with a trace."""
    wrong = [f"a trace: {one.err[-300:]}" for one in ended if "Traceback" in one.err]
    if not ended:
        wrong.append("the other did not run")
    wrong += [f"code {code}" for code in (*codes, *(one.code for one in ended)) if code not in {0, 1, 64, 75, 3}]
    return wrong
