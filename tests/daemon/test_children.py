from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import timedelta

import pytest

from credwatch.daemon.children import Children
from tests.daemon.world import World, until

LIMIT = timedelta(minutes=30)


def children(world: World, grace: timedelta = timedelta(seconds=1)) -> Children:
    return Children(world.command, world.clock, world.stop, grace)


@pytest.mark.parametrize(("code", "level"), [(0, "INFO"), (3, "INFO"), (70, "WARNING")])
def test_one_line_says_how_a_child_ended(world: World, code: int, level: str, caplog: pytest.LogCaptureFixture) -> None:
    world.wish("sweep", str(code))
    with caplog.at_level(logging.INFO, "credwatch.daemon"):
        ended = children(world).run("sweep", "one", "two", limit=LIMIT)

    (line,) = caplog.records
    assert ended == code
    assert (line.levelname, line.message) == (level, f"sweep ended with {code}")
    assert line.__dict__["command"] == "sweep one two"
    assert line.__dict__["exit_code"] == code
    assert 0 <= line.__dict__["seconds"] < 30


@pytest.mark.parametrize(("does", "code"), [("hang", -signal.SIGTERM), ("deaf", -signal.SIGKILL)])
def test_one_that_hangs_is_asked_to_end_and_then_killed(
    world: World, does: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    world.wish("sweep", does)
    ended: list[int | None] = []
    thread = threading.Thread(target=lambda: ended.append(children(world).run("sweep", limit=LIMIT)))
    thread.start()
    until(lambda: world.started("sweep"))
    world.clock.move(timedelta(minutes=29))
    thread.join(timeout=0.1)
    assert thread.is_alive()
    world.clock.move(timedelta(minutes=1))
    if does == "deaf":
        thread.join(timeout=0.3)
        assert thread.is_alive()
        world.clock.move(timedelta(seconds=30))
    thread.join(timeout=20)

    assert ended == [code]
    assert [record.message for record in caplog.records] == ["sweep hung and was ended"]


def test_no_child_is_started_when_we_are_asked_to_stop(world: World) -> None:
    world.stop.set()

    assert children(world).run("sweep", limit=LIMIT) is None
    assert world.started("sweep") == []


def test_a_child_gets_nothing_to_read(world: World) -> None:
    """A command that asks something would wait forever."""
    reading = (world.command[0], "-I", "-S", "-c", "import sys; sys.exit(len(sys.stdin.read()))")
    ours, (read, write) = os.dup(0), os.pipe()
    os.dup2(read, 0)
    try:
        code = Children(reading, world.clock, world.stop, LIMIT).run("sweep", limit=timedelta(seconds=5))
    finally:
        os.dup2(ours, 0)
        for one in ours, read, write:
            os.close(one)

    assert code == 0
