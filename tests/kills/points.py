"""Where runs are killed: every commit, every name that comes or goes, and of the writes a sample."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.kills.known import Known
from tests.kills.world import Stack
from tests.servers.disk import Action, Kind

COMMANDS = ("sweep", "deliver")
MORE = int(os.environ.get("CREDWATCH_KILLS", "1"))
"""So many times as many writes are killed halfway as in every run of the tests."""
NAMES = Kind.CREATE | Kind.UNLINK | Kind.LINK | Kind.RENAME | Kind.MKDIR | Kind.TRUNCATE
_WRITES = 16
_SEED = 20261121


@dataclass(frozen=True)
class Point:
    """One moment in the life of a command: at the nth operation of these kinds."""

    act: int
    command: str
    kinds: Kind
    number: int
    action: Action

    def reach(self, stack: Stack, *, traced: bool = False) -> bool:
        """Play the act again until then; False when the command came to its end before."""
        stack.go_back(self.act, self.command)
        return stack.killed(self.action, self.number, self.command, kinds=self.kinds, traced=traced)


def commits(stack: Stack, act: int, command: str) -> list[Point]:
    """Before and after every wait for the disk."""
    return _each(stack, act, command, Kind.SYNC)


def names(stack: Stack, act: int, command: str) -> list[Point]:
    """Before and after every name that comes or goes, and every file that is cut."""
    return _each(stack, act, command, NAMES)


def writes(stack: Stack, act: int, command: str) -> list[Point]:
    """Halfway through some of the writes."""
    count = stack.counts[act, command][Kind.WRITE]
    chosen = Random(f"{_SEED} {act} {command}").sample(range(1, count + 1), min(_WRITES * MORE, count))  # noqa: S311
    return [Point(act, command, Kind.WRITE, number, Action.KILL_HALFWAY) for number in sorted(chosen)]


def every(stack: Stack, act: int, command: str) -> list[Point]:
    """All points of one command of one act."""
    return [kind for points in (commits, names, writes) for kind in points(stack, act, command)]


def _each(stack: Stack, act: int, command: str, kinds: Kind) -> list[Point]:
    count = sum(many for kind, many in stack.counts[act, command].items() if kind in kinds)
    actions = (Action.KILL_BEFORE, Action.KILL_AFTER)
    return [Point(act, command, kinds, number, action) for number in range(1, count + 1) for action in actions]


def differences(expected: Known, found: Known) -> Sequence[str]:
    """What is missing and what is too many, in words."""
    told: list[str] = []
    for channel, messages in expected.said.items():
        told += _apart(f"in #{channel}", messages, found.said[channel])
    for what in ("statuses", "incidents", "outbox"):
        told += _apart(what, getattr(expected, what), getattr(found, what))
    return told


def _apart(what: str, expected: Sequence[object], found: Sequence[object]) -> Sequence[str]:
    left = list(found)
    lost = [one for one in expected if not _took(left, one)]
    return [*(f"{what} lost: {one}" for one in lost), *(f"{what} too much: {one}" for one in left)]


def _took(left: list[object], one: object) -> bool:
    if one in left:
        left.remove(one)
        return True
    return False
