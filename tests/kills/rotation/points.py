"""Where a rotation is killed: at each commit of its journal, at each name on its disk, and in each request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from tests.kills.rotation.gate import Case
from tests.kills.rotation.yard import Yard
from tests.servers.disk import CHANGES, Action, Kind

MORE = int(os.environ.get("CREDWATCH_KILLS", "1"))
"""So many times as many moments are tried as in every run of the tests."""
_NAMES = Kind.CREATE | Kind.UNLINK | Kind.LINK | Kind.RENAME


_KNOWN: dict[tuple[int, str], list[Point]] = {}


@dataclass(frozen=True)
class Point:
    """One moment of a rotation. `action` None: in the request of this number."""

    number: int
    action: Action | None = None
    taken: bool = False

    def plan(self, yard: Yard) -> None:
        """Whoever works on it then dies."""
        if self.action is None:
            yard.strike(self.number, taken=self.taken)
        else:
            yard.disk.plan(self.action, self.number)


def points(yard: Yard, case: Case) -> list[Point]:
    """All of them, as an undisturbed rotation has them; it is played once."""
    found = _KNOWN.setdefault((id(yard), case.name), [])
    if not found:
        found += _rehearsed(yard, case)
    return found


def requests(yard: Yard, case: Case) -> int:
    """So many are in such a rotation."""
    return max(point.number for point in points(yard, case) if point.action is None)


def _rehearsed(yard: Yard, case: Case) -> list[Point]:
    yard.go_back(case)
    yard.disk.plan(traced=True)
    yard.play(case)
    asked = yard.asked
    kinds = [one.kind for one in yard.disk.operations() if one.kind in CHANGES and not one.path.name.endswith("-shm")]
    yard.disk.plan()
    requests = [Point(number, taken=taken) for number in range(1, asked + 1) for taken in (False, True)]
    return [*_on_disk(kinds), *requests]


def _on_disk(kinds: list[Kind]) -> Iterator[Point]:
    """Before a commit is waited for, halfway through its last write, and after it; before and after a name is there."""
    last = 0
    for number, kind in enumerate(kinds, 1):
        if kind is Kind.WRITE:
            last = number
        elif kind is Kind.SYNC:
            yield Point(number, Action.KILL_BEFORE)
            if last:
                yield Point(last, Action.KILL_HALFWAY)
            yield Point(number, Action.KILL_AFTER)
        elif kind in _NAMES:
            yield Point(number, Action.KILL_BEFORE)
            yield Point(number, Action.KILL_AFTER)


def share(whole: list[Point], of: int, number: int, many: int) -> list[Point]:
    """About `many` of them for all shares together, spread evenly: the part that is this share's."""
    step = max(1, len(whole) // (many * MORE))
    return whole[::step][number::of]
