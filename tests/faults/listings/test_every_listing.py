"""Every connection under every fault of the way: no listing that did not finish calls anything gone."""

from __future__ import annotations

import json
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conformance.trap import Trap
from tests.faults.listings.company import NAMES
from tests.faults.listings.looks import LATE, NOISE, SOON, Look, Looker
from tests.faults.scripts import MIB, Stage, answer, refuses, resets, says, silent
from tests.faults.table import FAULTS, Fault

PACE = 0.02
MOMENTS = {"at the login": 0.0, "half way": 0.5, "at the last request": 1.0}
MET = [
    *((fault, "at the login") for fault in FAULTS),
    *((fault, "half way") for fault in FAULTS[::4] if fault.play and fault.identity == "good"),
    *((fault, "at the last request") for fault in FAULTS[2::4] if fault.play and fault.identity == "good"),
]
"""Each fault with the moment from which it lasts. An address that is another's is so from the beginning."""
THEIRS = {
    "gcp": '{"error": {"code": 401',
    "vault": '{"errors": [',
    "vault-approle": '{"errors": [',
}
"""Words of other vendors that this one uses as well, and means: a login that is refused, a folder that is shut."""
REFUSALS = frozenset({"login_refused", "forbidden"})
MOST = 8 * 3 * 8 * MIB
"""Bytes at once: eight systems, each answering with the largest body that is taken, and copies of it."""


def begins(looker: Looker, fault: Fault, moment: str, trap: Trap) -> None:
    """From this moment of the next look on it is so, for every system at once."""
    looker.resolver.lost = not fault.resolves
    looker.resolver.elsewhere = fault.play is None
    for name, front in looker.company.fronts.items():
        if fault.play is not None:
            after = round(MOMENTS[moment] * (looker.asked[name] - 1))
            front.play(fault.play(Stage(trap.url, PACE)), after=after)
        front.impersonate(fault.identity)


def odd(look: Look, fault: Fault) -> dict[str, tuple[str, set[str]]]:
    """The connections that were seen whole all the same, or whose reason is not the fault's."""
    said = {name: (look.states[name], look.reasons(name)) for name in NAMES}
    return {
        name: (state, reasons)
        for name, (state, reasons) in said.items()
        if state == "complete" or not reasons <= expected(name, fault)
    }


def expected(name: str, fault: Fault) -> set[str]:
    """What this fault is called at this connection."""
    theirs = THEIRS.get(name)
    return {fault.reason.value} | (REFUSALS if theirs is not None and theirs in fault.name else set())


@pytest.mark.parametrize(("fault", "moment"), MET, ids=[f"{fault.name}, {moment}" for fault, moment in MET])
def test_nothing_is_gone_and_nobody_is_told_of_a_key(fault: Fault, moment: str, looker: Looker, tmp_path: Path) -> None:
    data = looker.begin(tmp_path)
    with Trap() as trap:
        begins(looker, fault, moment, trap)
        look = looker.look(data, deadline=SOON if fault.hangs else LATE)

    assert odd(look, fault) == {}
    assert (look.gone, look.told, trap.seen) == ([], [], [])
    assert look.held == looker.held
    assert [name for name, ended in look.ended.items() if not (ended.complete or ended.message)] == []
    assert [value for value in looker.company.logins if value in repr(look.rows("select message from provider"))] == []
    assert look.seconds < (SOON if fault.hangs else LATE / NOISE).total_seconds() * 8 * NOISE
    if fault.identity not in {"good", "plain"}:
        assert {name: front.heard for name, front in looker.company.fronts.items()} == dict.fromkeys(NAMES, 0)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", FAULTS[::24], ids=lambda fault: fault.name)
def test_the_look_after_a_fault_sees_everything_as_it_was(
    fault: Fault, moment: str, looker: Looker, tmp_path: Path
) -> None:
    data = looker.begin(tmp_path)
    with Trap() as trap:
        begins(looker, fault, moment, trap)
        looker.look(data, deadline=SOON if fault.hangs else LATE)
    looker.well()
    look = looker.look(data)

    assert (look.well, look.held, look.gone, look.told) == (True, looker.held, [], [])


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(refuses("429 Too Many Requests"), id="429"),
        pytest.param(refuses("429 Too Many Requests", b"Retry-After: 2"), id="429 with Retry-After"),
        pytest.param(refuses("500 Sorry"), id="500"),
        pytest.param(refuses("503 Sorry", b"Retry-After: 1"), id="503 with Retry-After"),
        pytest.param(resets(), id="a reset"),
        pytest.param(resets(answer(b"{}" * 90)[:-9]), id="a reset after half a body"),
        pytest.param(silent(), id="silence"),
    ],
)
def test_what_passes_once_is_asked_again_and_everything_is_seen(
    passing: object, looker: Looker, tmp_path: Path
) -> None:
    for name, front in looker.company.fronts.items():
        front.play(passing(Stage("", PACE)), after=looker.asked[name] // 2, times=1)  # type: ignore[operator]
    look = looker.look(looker.begin(tmp_path), deadline=timedelta(seconds=2))

    assert (look.states, look.gone, look.told) == (dict.fromkeys(look.states, "complete"), [], [])
    assert {name: front.heard for name, front in looker.company.fronts.items()} == {
        name: count + 1 for name, count in looker.asked.items()
    }


def test_who_is_always_asked_to_wait_asks_a_few_times_and_ends(looker: Looker, tmp_path: Path) -> None:
    for front in looker.company.fronts.values():
        front.play(refuses("429 Too Many Requests", b"Retry-After: 30")(Stage("", PACE)))
    look = looker.look(looker.begin(tmp_path))

    assert [(name, *look.reasons(name)) for name in NAMES] == [(name, "rate_limited") for name in NAMES]
    assert max(front.heard for front in looker.company.fronts.values()) <= 12


@pytest.mark.parametrize(
    "fault", [each for each in FAULTS if each.name.startswith("100 MiB")], ids=lambda each: each.name
)
def test_what_never_ends_is_not_kept(fault: Fault, looker: Looker, tmp_path: Path) -> None:
    data = looker.begin(tmp_path)
    with Trap() as trap:
        begins(looker, fault, "at the login", trap)
        tracemalloc.start()
        looker.look(data)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert most < MOST


def test_a_secret_of_a_mebibyte_is_read(looker: Looker, tmp_path: Path) -> None:
    large = json.dumps({"data": {"data": {"NOTE": "\N{SNOWMAN}" * (MIB // 3)}, "metadata": {"version": 1}}})
    front = looker.company.fronts["vault"]
    front.play_to(
        says(answer(large.encode()))(Stage("", PACE)), lambda _, request: b"/kv/data/" in request.split(b"\r")[0]
    )
    look = looker.look(looker.begin(tmp_path))

    assert (look.states["vault"], look.reasons("vault")) == ("complete", set())


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_wrong_makes_nothing_gone(minutes: int, looker: Looker, tmp_path: Path) -> None:
    look = looker.look(looker.begin(tmp_path), off=timedelta(minutes=minutes))

    assert (look.gone, look.told, look.held) == ([], [], looker.held)
    assert set(look.states.values()) == {"complete"}
