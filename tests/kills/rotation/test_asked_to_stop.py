"""Ctrl-C and SIGTERM in the middle, and a vendor that makes no further key: nothing is broken, and it ends."""

from __future__ import annotations

import re
import shlex
import signal

import pytest

from tests.kills.rotation.cases import CASES
from tests.kills.rotation.outside import ended_well, rest
from tests.kills.rotation.points import MORE, requests
from tests.kills.rotation.yard import STOPPED, Yard

STEP = 16
CASE = CASES["two-places"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_at_any_request_it_leaves_it_to_the_next_turn_and_it_ends_well(
    yard: Yard, number: signal.Signals
) -> None:
    wrong: list[str] = []
    codes: set[int] = set()
    for at in range(2, requests(yard, CASE), max(1, STEP // MORE)):
        yard.go_back(CASE)
        yard.strike(at, taken=bool(at % 2), with_=number)
        ended = yard.start(CASE)
        codes.add(ended.code)
        wrong += [f"at {at}: a trace: {ended.err[-300:]}"] * ("Traceback" in ended.err)
        yard.play(CASE, begun=True)
        wrong += [f"at {at}, {ended.code}: {each}" for each in ended_well(yard, CASE)]

    assert wrong == []
    assert codes - {0}, "it was asked to stop"


@pytest.mark.parametrize("way", ["resume", "abort"])
def test_a_vendor_that_makes_no_further_key_stops_it_and_each_way_out_ends_well(yard: Yard, way: str) -> None:
    yard.go_back(CASE)
    maker = yard.makers[CASE.vendor]
    yard.scene.openai.limit = len(list(yard.scene.openai.listed(yard.old(CASE).account)))
    yard.play(CASE)
    assert yard.state() == STOPPED
    assert maker.made() == []
    shown = yard.run("rotations", "show", yard.rotations()[0][0]).out
    offered = {words.split()[1]: shlex.split(words)[1:] for words in re.findall(r"`(credwatch [^`]*)`", shown)}

    yard.scene.openai.limit = None
    yard.run(*offered[way])
    yard.play(CASE, begun=True)

    if way == "resume":
        assert list(ended_well(yard, CASE)) == []
        return
    assert (yard.state(), maker.made(), list(rest(yard, CASE))) == ("aborted", [], [])
    assert yard.working(CASE) == {name for name, _ in yard.places(CASE)}
