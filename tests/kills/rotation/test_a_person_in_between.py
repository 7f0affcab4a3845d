"""A person writes a place while a rotation is under way: nothing of theirs is lost, and each way out that is named ends well."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from credwatch.sandbox.keys import Key, State
from tests.kills.rotation.gate import Case
from tests.kills.rotation.outside import ended_well, rest
from tests.kills.rotation.points import MORE, requests
from tests.kills.rotation.shelves import Shelf
from tests.kills.rotation.yard import STOPPED, Yard

STEPS = {"switched-off-first": 18, "three-stores": 101}
STEP = 40
"""So many requests lie between two edits, unless the case has a number of its own."""
NAMES = ("one-place", "two-places", "three-places", "switched-off-first", "three-stores")


def beside(yard: Yard, case: Case) -> Key:
    """Another key of theirs, which works."""
    keys = yard.makers[case.vendor].every()
    return next(key for key in keys if key.id == yard.theirs[case.name])


def at_request(yard: Yard, number: int, act: Callable[[], None]) -> None:
    """It happens once, before this request is taken."""
    done: list[int] = []

    def met(asked: int, *, taken: bool) -> None:
        if asked >= number and not taken and not done:
            done.append(asked)
            act()

    yard.meets = met


def edited(yard: Yard, case: Case, number: int) -> str:
    """Play it with an edit at this request, as far as it goes; the item that was edited."""
    yard.go_back(case)
    places = yard.places(case)
    name, shelf = places[number % len(places)]
    theirs = {**shelf.held(name), **yard.makers[case.vendor].fields(beside(yard, case))}
    at_request(yard, number, lambda: shelf.write(name, theirs))
    yard.play(case)
    return name


def offered(yard: Yard) -> list[list[str]]:
    """The commands that are named, as they are pasted."""
    shown = yard.run("rotations", "show", yard.rotations()[0][0])
    return [shlex.split(words)[1:] for words in re.findall(r"`(credwatch [^`]*)`", shown.out)]


def pasted(yard: Yard, case: Case, edit: str, words: list[str]) -> Iterator[str]:
    """What is wrong after one of them, when all is over. What was alive when it stopped stays so."""
    lived = yard.old(case).state is State.ALIVE
    ended = yard.run(*words)
    if ended.code not in {0, 1} or "Traceback" in ended.err:
        yield f"code {ended.code}: {ended.err[-300:]}"
    yard.play(case, begun=True)
    if "--overwrite" in words:
        yield from ended_well(yard, case)
        return
    yield from theirs_stays(yard, case, edit, words)
    if lived and yard.old(case).state is not State.ALIVE:
        yield "the old key does not work"


def theirs_stays(yard: Yard, case: Case, edit: str, words: list[str]) -> Iterator[str]:
    """The edited place holds their key; the others hold one that works; none of ours is left over."""
    maker, old, theirs = yard.makers[case.vendor], yard.old(case), beside(yard, case)
    held = {name: maker.takes(shelf.held(name)) for name, shelf in yard.places(case)}
    if held.pop(edit) != theirs:
        yield f"{edit} does not hold what they wrote"
    kept = "--leave" in words and yard.state() == "done"
    wanted = [*maker.made()] if kept else [old]
    if any(key not in wanted for key in held.values()) or len(maker.made()) != kept:
        yield f"{yard.state()}: {[key and key.name for key in held.values()]}, and of ours {len(maker.made())}"
    yield from rest(yard, case)


def rewritten(shelf: Shelf, item: str) -> None:
    """A person writes the item with another field changed, and the key as it is at this moment."""
    shelf.write(item, {**shelf.held(item), "OTHER": "theirs"})


@pytest.mark.parametrize("name", NAMES)
def test_each_way_out_of_the_message_is_pasted_and_ends_well(ground: Yard, case: Case) -> None:
    wrong, ways = list[str](), Counter[str]()
    for number in range(1, requests(ground, case), max(1, STEPS.get(case.name, STEP) // MORE)):
        edited(ground, case, number)
        if ground.state() != STOPPED:
            continue
        for way in range(len(offered(ground))):
            edit = edited(ground, case, number)
            words = offered(ground)[way]
            ways[next((word for word in words if word.startswith("--")), words[0])] += 1
            wrong += [f"at {number}, {edit}, {' '.join(words)}: {each}" for each in pasted(ground, case, edit, words)]

    assert wrong == []
    assert ways.keys() >= {"--overwrite", "--leave"}


@pytest.mark.parametrize("name", NAMES)
def test_whenever_they_write_their_key_it_is_neither_lost_nor_touched(ground: Yard, case: Case) -> None:
    wrong = list[str]()
    for number in range(1, requests(ground, case), max(1, STEPS.get(case.name, STEP) // MORE)):
        edit = edited(ground, case, number)
        maker = ground.makers[case.vendor]
        held = {place: maker.takes(shelf.held(place)) for place, shelf in ground.places(case)}
        wrong += [f"at {number}, {edit}: their key is not there, {ground.state()}"] * (
            held[edit] != beside(ground, case)
        )
        wrong += [f"at {number}, {place}: no key that works" for place, key in held.items() if key is None]

    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_another_field_that_they_change_meanwhile_is_kept_and_the_rotation_ends(ground: Yard, case: Case) -> None:
    wrong = list[str]()
    for number in range(1, requests(ground, case), max(1, STEPS.get(case.name, STEP) // MORE)):
        ground.go_back(case)
        edit, shelf = ground.places(case)[number % len(case.shelves)]
        at_request(ground, number, partial(rewritten, shelf, edit))
        ground.play(case)
        ground.laid[edit] = {**ground.laid[edit], "OTHER": "theirs"}
        ground.shapes[edit] = shelf.shape(edit)
        wrong += [f"at {number}, {edit}: {each}" for each in ended_well(ground, case)]

    assert wrong == []
