"""The forks in which runs are killed behave as the command does that a person types."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.kills.forks import KILLED, PYTHON
from tests.kills.points import COMMANDS, differences
from tests.kills.world import Stack
from tests.servers.disk import Action, Kind
from tests.servers.wallclock import Wallclock

ACT = 1
"""In which nobody waits five minutes."""


def typed(stack: Stack, clock: Wallclock, command: str) -> int:
    """The exit code of the command as a process of its own."""
    clock.move(stack.clock.at + timedelta(minutes=10) - datetime.now(UTC))
    preloaded = " ".join(one["LD_PRELOAD"] for one in (stack.environment, clock.environment))
    environment = {**stack.environment, **clock.environment, "LD_PRELOAD": preloaded}
    whole = [PYTHON, "-m", "credwatch", *stack.config, command]
    return subprocess.run(whole, env=environment, cwd=stack.folder, capture_output=True, check=False).returncode


def test_a_real_process_does_what_its_fork_does(stack: Stack, tmp_path: Path) -> None:
    clock = Wallclock(tmp_path)
    waits: list[int] = []
    stack.go_back(ACT, "sweep")
    for command in COMMANDS:
        stack.disk.plan(kinds=Kind.SYNC)
        assert typed(stack, clock, command) == 0
        waits.append(stack.disk.count)

    assert waits == [stack.counts[ACT, command][Kind.SYNC] for command in COMMANDS]
    assert differences(stack.expected[ACT], stack.known()) == []


def test_a_real_process_that_is_killed_at_a_commit_loses_nothing_and_tells_nothing_twice(
    stack: Stack, tmp_path: Path
) -> None:
    clock = Wallclock(tmp_path)
    for command in COMMANDS:
        stack.go_back(ACT, command)
        stack.disk.plan(Action.KILL_BEFORE, stack.counts[ACT, command][Kind.SYNC] // 2, kinds=Kind.SYNC)
        assert typed(stack, clock, command) == KILLED
        assert stack.damage() == []
        stack.go_on(command)

        assert differences(stack.expected[ACT], stack.known()) == []
