"""Every call of a renewal refused, unanswered, late, corrupted or killed, singly and in pairs."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from credwatch.model.rotating import State
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.observer import MOST
from tests.rotation.renewals.renewing import renew

PAIRS = 20
FAULTS = tuple(Fault)


@pytest.mark.parametrize("places", [1, 2, 3])
def test_with_nothing_in_the_way_it_gets_done(places: int) -> None:
    came = renew(places, {})

    assert (came.state, came.wrong) == (State.DONE, [])
    assert came.calls.count("MINT") == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_at_any_call_leaves_every_place_with_what_works(fault: Fault) -> None:
    calls = renew(2, {}).calls

    wrong = {number: came.wrong for number in range(1, len(calls) + 1) if (came := renew(2, {number: fault})).wrong}

    assert wrong == {}


@pytest.mark.parametrize("places", [1, 2, 3])
def test_two_faults_do_neither(places: int) -> None:
    calls = len(renew(places, {}).calls)
    chance = Random(places)  # noqa: S311  a draw is no secret
    pairs = [
        {first: one, second: other}
        for (one, other) in chance.sample(list(product(FAULTS, FAULTS)), k=PAIRS)
        for first, second in [sorted(chance.sample(range(1, calls + 8), k=2))]
    ]

    wrong = [(pair, came.wrong) for pair in pairs if (came := renew(places, pair)).wrong]

    assert wrong == []


@pytest.mark.parametrize("fault", [Fault.KILLED_AFTER, Fault.KILLED_BEFORE, Fault.AFTER, Fault.LATE])
def test_a_program_of_which_every_answer_is_lost_is_asked_three_times(fault: Fault) -> None:
    plan: dict[int, Fault] = {}
    for _ in range(MOST + 1):
        calls = enumerate(renew(2, plan).calls, 1)
        plan |= dict.fromkeys([number for number, call in calls if call == "MINT" and number not in plan][:1], fault)

    came = renew(2, plan)

    assert (came.state, came.wrong, len(plan)) == (State.ABORTED, [], MOST)
