"""Which leaves stand closest: the same as by comparing each with each, and soon."""

from __future__ import annotations

import time
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from credwatch.identify import Said
from credwatch.identify.evidence import Claim, Spot, Strength
from credwatch.identify.looks import words
from credwatch.identify.nearness import MOST_WORDS, Affinity, Nearby
from credwatch.secrets import Secret
from tests.identify.kinds import described, identified

LINES = (
    None,
    Said("a:b", "k", {"r": "f"}),
    Said("a:c", "k", {"r": "g"}),
    Said("a:d", "k"),  # names no field: it tells of no two leaves that they are one key
)
NAMES = st.lists(st.sampled_from(["a", "b", "c", "7"]), max_size=4).map("_".join)
LEAVES = st.lists(st.tuples(NAMES, st.integers(0, 3)), min_size=1, max_size=8)


def claim(line: int) -> Claim:
    return Claim(Strength.TOLD, LINES[line])


def common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    alike = (mine == theirs for mine, theirs in zip(one, other, strict=False))
    return sum(takewhile(bool, alike))


def plainly(mine: tuple[str, int], other: tuple[str, int]) -> Affinity:
    """As it is defined."""
    one, two = words(mine[0]), words(other[0])
    said = LINES[mine[1]]
    same_line = said is not None and bool(said.fields) and mine[1] == other[1]
    return same_line, common(one, two), common(one[::-1], two[::-1])


@given(LEAVES, st.integers(0, 7))
def test_the_closest_are_those_that_comparing_each_with_each_finds(leaves: list[tuple[str, int]], which: int) -> None:
    spots = {Spot(name, Secret("x"), "x"): (name, line) for name, line in leaves}
    asked = list(spots)[which % len(spots)]
    others = {spot: plainly(spots[asked], of) for spot, of in spots.items() if spot is not asked}
    nearest = max(others.values(), default=None)

    nearby = Nearby({spot: claim(line) for spot, (_, line) in spots.items()})

    near = nearby.near(asked, claim(spots[asked][1]))
    assert (near and near[0]) == nearest
    found = list(nearby.closest(asked, claim(spots[asked][1])))
    assert found == [spot for spot, affinity in others.items() if affinity == nearest]


def test_a_name_of_many_words_is_compared_by_so_many() -> None:
    spots = [Spot("_".join(["a"] * 100 + [end]), Secret("x"), "x") for end in "xy"]

    near = Nearby(dict.fromkeys(spots, claim(0))).near(spots[0], claim(0))

    assert near is not None
    assert near[0] == (False, MOST_WORDS, 0)


def test_ten_thousand_fields_that_pair_are_paired_in_seconds() -> None:
    fields = {}
    for number in range(5_000):
        fields[f"TWILIO_{number}_SID"] = f"SK{number:032x}"
        fields[f"TWILIO_{number}_SECRET"] = f"Zx{number:030d}"
    began = time.process_time()

    found = identified(fields)

    assert time.process_time() - began < 20  # comparing each with each takes minutes
    assert len(found) == 5_000
    assert all(not one.match.missing for one in found)


def test_ten_thousand_fields_that_nothing_tells_apart_are_a_tie_in_seconds() -> None:
    fields = {f"{number}": ("AC" if number % 2 else "") + f"{number:032x}" for number in range(10_000)}
    began = time.process_time()

    found = described(identified(fields, locator="kv/twilio"))

    assert time.process_time() - began < 20
    assert found
    assert not any("account=" in one and "token=" in one for one in found)
