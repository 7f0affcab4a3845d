from __future__ import annotations

import tracemalloc

from credwatch.identify import Identifier
from credwatch.model import Item
from credwatch.secrets import Secret
from tests.identify.kinds import KINDS, Stored

MIB = 1 << 20
SEEN = 8_000


def test_what_is_remembered_of_names_does_not_grow_with_how_many_were_seen() -> None:
    identifier = Identifier(KINDS)

    def see(first: int, count: int) -> None:
        for number in range(first, first + count):
            leaf = Stored(f"SERVICE_{number}_TOKEN", Secret("0123456789abcdefghij"))
            assert len(identifier.identify(Item("here", "a"), [leaf])) == 1

    see(0, SEEN)
    tracemalloc.start()
    try:
        see(SEEN, 2 * SEEN)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # What came last has taken the place of what came first, which was allocated before the count began.
    assert grown < 4 * MIB
