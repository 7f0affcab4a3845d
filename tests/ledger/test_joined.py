"""The join over sweeps that were really recorded: what the rows have to say for a finding to be seen."""

from __future__ import annotations

from typing import Any

import pytest

from credwatch.findings import Finding
from credwatch.ledger.queries.joined import counted, of_one
from credwatch.model import Reason, Unlisted
from tests.ledger.world import BY_HINT, NEVER_JOINS, World, listed, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"


def production(_kind: str, _place: str) -> str:
    return "production"


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([seen(A, "f1", key="SK1"), listed("vault", "SK1")], set()),
        ([seen(A, "f1", key="SK1"), listed("vault", "SK2")], {Finding.ORPHAN}),
        (
            [seen(A, "f1", key="SK1", account="AC1"), listed("vault", "SK2", account="AC1")],
            {Finding.ORPHAN, Finding.GHOST},
        ),
        ([seen(A, "f1", key="SK1", account="AC2"), listed("vault", "SK2", account="AC1")], {Finding.ORPHAN}),
        ([seen(A, "f1", key="SK1"), listed("vault", "SK2"), Unlisted("x/", Reason.FORBIDDEN)], set()),
        ([seen(A, "f1", kind=BY_HINT), listed("vault", "k2", kind=BY_HINT)], set()),
        ([seen(A, "f1", kind=NEVER_JOINS), listed("vault", "k2", kind=NEVER_JOINS)], set()),
        ([seen(A, "f1"), seen(B, "f1")], {Finding.TWIN}),
        ([seen(A, "f1", kind=BY_HINT, missing=["secret"])], {Finding.HALF_PAIR}),
        ([seen(A, "f1", personal=True)], {Finding.PERSONAL}),
    ],
)
def test_what_is_found_in_a_sweep(world: World, pieces: list[Any], found: set[Finding]) -> None:
    world.sweep(*pieces)

    assert set(counted(world.ledger, production)[0]) == found


def test_a_key_that_left_its_vendors_list_is_a_ghost_until_it_leaves_its_place(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1"), listed("vault", "SK1"))
    world.sweep(seen(A, "f1", key="SK1"))
    ghosts = counted(world.ledger, production)[0]
    world.sweep()

    assert ghosts == {Finding.GHOST: 1}
    assert counted(world.ledger, production)[0] == {}


@pytest.mark.parametrize("scope", ["AC1/main/", "AC1/", "AC", ""])
def test_an_account_of_which_a_part_was_not_listed_says_nothing_about_ghosts(world: World, scope: str) -> None:
    hidden = Unlisted(scope, Reason.FORBIDDEN)
    world.sweep(seen(A, "f1", key="SK1", account="AC1"), listed("vault", "SK2", account="AC1"), hidden)

    assert counted(world.ledger, production)[0] == {}


def test_the_findings_of_one_are_those_of_all(world: World) -> None:
    world.sweep(seen(A, "f1", key="SK1"), seen(B, "f1", key="SK1"), listed("vault", "SK2"))
    held = world.one("select id from credential where key_id = 'SK1'")

    assert [one.finding for one in of_one(world.ledger, held, production)] == [Finding.TWIN]
