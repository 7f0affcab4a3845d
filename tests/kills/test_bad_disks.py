"""A disk that is full, read-only, failing or closed to us: one sentence, exit code 74, nothing half told, and it goes on."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import pytest

from tests.kills.forks import Ended
from tests.kills.points import COMMANDS, MORE, differences
from tests.kills.world import ACTS, Stack
from tests.servers.disk import FROM_THEN_ON, Action, Kind

MOMENTS = 8
"""So many beginnings of a bad time are tried within one command."""
WRITING = Kind.WRITE | Kind.CREATE | Kind.MKDIR
CHANGING = Kind(511)
FULL = "the disk that holds the ledger is full: nothing was written. Make room, then try again"
READ_ONLY = "its file or its disk is read-only. A disk that fails becomes read-only by itself: look at dmesg."
PASSING = "the ledger could not be read or written, and now its disk does both. Try again"
BROKEN = "the disk that holds the ledger fails to read or write: look at dmesg, and put the data on another disk"
CLOSED = "cannot be used: Permission denied. Give the user that credwatch runs as the right to write there"


@dataclass(frozen=True)
class Fault:
    """What the disk answers, to what, and what is said of it."""

    error: int
    kinds: Kind
    said: str
    part: str = ""


FAULTS = {
    "full": Fault(errno.ENOSPC, WRITING, FULL),
    "over quota": Fault(errno.EDQUOT, WRITING, FULL),
    "read-only": Fault(errno.EROFS, CHANGING, READ_ONLY),
    "failing to write": Fault(errno.EIO, Kind.WRITE | Kind.SYNC, BROKEN),
    "failing to read": Fault(errno.EIO, Kind.READ, BROKEN),
    "closed to us": Fault(errno.EACCES, CHANGING, CLOSED),
}
LOCKS = {"sweep": "sweep.lock", "deliver": "deliver.lock", "status": "ledger.lock", "run": "daemon-watch.lock"}


def met(stack: Stack, fault: Fault, first: int, command: str, last: int = FROM_THEN_ON) -> tuple[Ended, int]:
    """How a command ends on such a disk, and how often it met the fault."""
    stack.disk.plan(
        Action.FAIL, first, last, kinds=fault.kinds, error=fault.error, part=fault.part, not_part="no such name"
    )
    ended = stack.run(command)
    hits = stack.disk.hits
    stack.disk.plan()
    return ended, hits


def complaints(ended: Ended, *said: str) -> list[str]:
    """What is wrong with such an end: it is said in one of these ways, and nothing else is."""
    well = ended.code == 74 and ended.complaint.startswith("credwatch: ")
    return [] if well and any(way in ended.complaint for way in said) else [f"{ended.code}: {ended.err}"]


def told_past_the_ledger(stack: Stack) -> int:
    """How often Slack was told that the ledger cannot be used; these messages are taken away."""
    room = stack.scene.slack.rooms["credentials"]
    usual = [message for message in room.messages if not message.text.startswith("Blind: credwatch cannot use")]
    count = len(room.messages) - len(usual)
    room.messages[:] = usual
    return count


def after(stack: Stack, act: int, command: str, ended: Ended, *said: str) -> list[str]:
    """What is wrong when the disk is well again. A command that ended well has done its work, and is not repeated."""
    wrong = [] if ended.code == 0 else complaints(ended, *said)
    told = told_past_the_ledger(stack)
    if told != (command == "deliver" and ended.code == 74 and CLOSED not in said):
        wrong.append(f"told past the ledger {told} times")
    if ended.code != 0:
        stack.go_on(command)
    elif command == "sweep":
        stack.go_on("deliver")
    return [*wrong, *differences(stack.expected[act], stack.known())]


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", [1, 2])
def test_from_any_moment_on_it_is_said_and_nothing_is_lost_or_told_twice(
    stack: Stack, act: int, command: str, name: str
) -> None:
    fault = FAULTS[name]
    stack.go_back(act, command)
    stack.disk.plan(kinds=fault.kinds, not_part="no such name")
    assert stack.run(command).code == 0
    count = stack.disk.count
    wrong: list[str] = []
    failed = 0
    for first in range(1, count + 1, max(count // (MOMENTS * MORE), 1)):
        stack.go_back(act, command)
        ended, _ = met(stack, fault, first, command)
        failed += ended.code == 74
        wrong += [f"from {first} of {count}: {words}" for words in after(stack, act, command, ended, fault.said)]

    assert wrong == []
    assert failed > 0


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("act", ACTS)
def test_one_write_that_has_no_room_is_no_defect_and_loses_nothing(stack: Stack, act: int, command: str) -> None:
    wrong: list[str] = []
    count = stack.counts[act, command][Kind.WRITE]
    for number in range(1, count + 1, max(count // (MOMENTS * MORE), 1)):
        stack.go_back(act, command)
        ended, _ = met(stack, FAULTS["full"], number, command, number)
        wrong += [f"at {number}: {words}" for words in after(stack, act, command, ended, FULL, PASSING)]

    assert wrong == []


@pytest.mark.parametrize("name", ["full", "read-only", "failing to read", "closed to us"])
@pytest.mark.parametrize("command", ["status", "list", "run"])
def test_whoever_only_reads_and_the_daemon_say_it_too(stack: Stack, command: str, name: str) -> None:
    stack.go_back(2, "sweep")
    ended, hits = met(stack, FAULTS[name], 1, command)

    assert hits > 0, ended
    assert complaints(ended, FAULTS[name].said) == []


@pytest.mark.parametrize("command", LOCKS)
def test_a_lock_file_of_somebody_else_is_named(stack: Stack, command: str) -> None:
    stack.go_back(2, "deliver" if command == "deliver" else "sweep")
    ended, hits = met(stack, Fault(errno.EACCES, CHANGING, CLOSED, LOCKS[command]), 1, command)

    assert hits > 0, ended
    assert complaints(ended, f"{LOCKS[command]} {CLOSED}") == []
