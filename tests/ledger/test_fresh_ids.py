"""Ids of credentials: short, and never the same twice."""

from __future__ import annotations

from random import Random

from credwatch.ledger.fresh import Fresh
from tests.ledger.world import World, seen


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  the same draws twice


def test_ids_drawn_before_anything_is_written_differ(world: World) -> None:
    with world.ledger._connection.read() as db:
        fresh = Fresh(db, chance(1))
        some = [fresh.take() for _ in range(2000)]

    assert len(set(some)) == 2000
    assert {len(one) for one in some} == {len("c-0000")}


def test_the_id_of_a_credential_is_not_drawn_again(world: World) -> None:
    with world.ledger._connection.read() as db:
        would_be = Fresh(db, chance(2)).take()
    world.ledger._random = chance(2)
    world.sweep(seen("vault:kv/a#A", "f1"))

    with world.ledger._connection.read() as db:
        fresh = Fresh(db, chance(2))
        some = {fresh.take() for _ in range(100)}

    assert world.column("select id from credential") == [would_be]
    assert would_be not in some
