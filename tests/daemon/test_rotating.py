"""What the process that stays does about rotations: a child when one is due, and nothing else."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from credwatch.daemon.accepted import ROTATING, SNAPSHOT
from credwatch.errors import LedgerLocked
from credwatch.ledger import WATCH
from credwatch.ledger.locks import ROTATE, Lock
from tests.daemon.world import World, until


def test_a_rotation_whose_time_has_come_is_gone_on_with_by_a_child(world: World) -> None:
    world.rotates()
    world.start()
    until(lambda: world.started("rotate"))

    assert world.started("rotate") == [["--due"]]


@pytest.mark.parametrize("fields", [None, {"paused": True}], ids=["none", "paused"])
def test_without_one_that_is_due_no_child_is_started(world: World, fields: dict[str, object] | None) -> None:
    if fields is not None:
        world.rotates(**fields)
    world.start()
    until(lambda: world.started("sweep"))
    time.sleep(0.3)

    assert world.started("rotate") == []


@pytest.mark.parametrize(("code", "minutes"), [("0", 1), ("3", 5), ("75", 5)])
def test_what_one_child_could_not_go_on_with_the_next_tries_after_a_pause(
    world: World, code: str, minutes: int
) -> None:
    world.rotates()
    world.wish("rotate", code)
    world.start()
    until(lambda: world.started("rotate"))
    time.sleep(0.3)
    assert len(world.started("rotate")) == 1

    def passed() -> bool:
        """Time, once more: the pause begins when the child has ended, which a busy machine may see late."""
        world.clock.move(timedelta(minutes=minutes, seconds=5))
        return len(world.started("rotate")) > 1

    until(passed)


def test_beside_a_process_that_only_rotates_the_watch_leaves_it_to_that(world: World) -> None:
    world.rotates()
    with Lock(world.data, ROTATE):
        world.start()
        until(lambda: world.started("sweep"))
        time.sleep(0.3)

        assert world.started("rotate") == []


def test_one_that_only_rotates_runs_beside_the_watch_and_does_nothing_else(world: World) -> None:
    world.rotates()
    world.news()
    world.does = frozenset({"rotate"})
    with Lock(world.data, WATCH):
        world.start()
        until(lambda: world.started("rotate"))
        time.sleep(0.3)

    assert (world.started("sweep"), world.started("deliver")) == ([], [])
    assert world.ready()
    assert (world.data / ROTATING).exists()
    assert not (world.data / SNAPSHOT).exists()


def test_a_second_one_that_only_rotates_is_refused(world: World) -> None:
    world.does = frozenset({"rotate"})
    with Lock(world.data, ROTATE):
        world.start().join(timeout=20)

    assert isinstance(world.error, LedgerLocked)


def test_a_watch_that_does_not_rotate_starts_no_child_for_it(world: World) -> None:
    world.rotates()
    world.does = frozenset({"sweep", "deliver"})
    world.start()
    until(lambda: world.started("sweep"))
    time.sleep(0.3)

    assert world.started("rotate") == []


def test_asked_to_stop_it_waits_for_the_child_that_rotates(world: World) -> None:
    world.rotates()
    world.wish("rotate", "hang")
    thread = world.start(timedelta(seconds=5))
    until(lambda: world.started("rotate"))

    world.stop.set()
    thread.join(timeout=20)

    assert not thread.is_alive()
    assert world.error is None
