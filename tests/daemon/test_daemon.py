"""The daemon as a whole: a real scheduler, real children that are a script of the test's own."""

from __future__ import annotations

import http.client
import shutil
import stat
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.daemon.accepted import SNAPSHOT
from credwatch.errors import ConfigError, LedgerError, LedgerLocked
from credwatch.ledger import Ledger
from tests.daemon.world import PACES, TABLES, World, until


def ask(world: World, path: str) -> int:
    probes = world.opening.web.addresses[0]
    connection = http.client.HTTPConnection(probes.host, probes.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_checks_the_configuration_then_looks_at_everything_and_tells_nobody_of_nothing(world: World) -> None:
    world.start()
    until(lambda: world.started("sweep"))

    assert world.started("check") == [["--terms"]]
    assert world.started("sweep") == [[]]
    assert world.started("deliver") == []
    assert ask(world, "/livez") == 200
    assert ask(world, "/readyz") == 200


def test_children_read_the_configuration_as_it_was_accepted(world: World) -> None:
    world.start()
    until(lambda: world.started("sweep"))
    snapshot = world.data / SNAPSHOT

    assert snapshot.read_text() == world.load().text
    assert stat.S_IMODE(snapshot.stat().st_mode) == 0o600
    first = (world.folder / "started").read_text().splitlines()
    assert f'"--config", "{world.folder}/credwatch.toml", "config", "check", "--terms"' in first[0]
    assert f'"--config", "{snapshot}", "sweep"' in first[1]


@pytest.mark.parametrize(("does", "code"), [("0", None), ("74", 74)])
def test_a_ledger_that_is_not_there_is_made_by_a_child(world: World, does: str, code: int | None) -> None:
    (world.data / "credwatch.db").unlink()
    world.wish("ledger", does)
    thread = world.start()
    until(lambda: len(world.started("check")) == 2)
    if code is not None:
        thread.join(timeout=20)

    assert world.started("check") == [["--terms"], ["--ledger"]]
    assert (str(world.error) if code else None) == (
        code and f"there is no ledger that can be used, as said above (config check ended with {code})"
    )


def test_a_message_that_is_due_is_delivered_by_a_child(world: World) -> None:
    world.start()
    until(lambda: world.started("sweep"))
    time.sleep(0.3)
    assert world.started("deliver") == []
    world.news()

    until(lambda: world.started("deliver"))


def test_a_look_that_is_recent_enough_is_not_repeated_after_a_restart_and_those_that_are_due_share_a_child(
    world: World,
) -> None:
    world.looked_at("one", "two")
    world.start()
    until((world.data / SNAPSHOT).exists)
    world.clock.move(timedelta(minutes=15))
    until(lambda: world.started("sweep"))
    assert world.started("sweep") == [["one"]]
    world.looked_at("one", "two")
    before = len(world.started("sweep"))
    world.clock.move(timedelta(hours=1))
    until(lambda: len(world.started("sweep")) > before)

    assert world.started("sweep")[-1] == ["one", "two"]


def test_a_wall_clock_that_jumped_is_noticed_before_the_next_time_comes(world: World) -> None:
    world.paces = replace(PACES, sweep=timedelta(hours=1))
    world.looked_at("one", "two")
    world.start()
    until(world.ready)
    time.sleep(0.2)
    assert world.started("sweep") == []
    world.clock.wall += timedelta(days=90)

    until(lambda: world.started("sweep") == [["one", "two"]])


def test_a_second_watch_is_refused(world: World) -> None:
    world.start()
    until(lambda: world.started("sweep"))

    with pytest.raises(LedgerLocked, match=r"daemon-watch\.lock is held by process \d+\."):
        world.run()


def test_a_wrong_configuration_starts_nothing(world: World) -> None:
    world.wish("config", "78")

    with pytest.raises(ConfigError, match="is wrong"):
        world.run()
    assert world.started("sweep") == []


def test_a_directory_that_does_not_survive_is_refused_unless_that_is_meant(world: World) -> None:
    world.mounts = "1 0 0:1 / / rw - overlay overlay rw"

    with pytest.raises(LedgerError, match="the container's own layer"):
        world.run()
    world.configure(TABLES.replace("[daemon]", "[daemon]\nephemeral = true"))
    world.start()
    until(lambda: world.started("sweep"))


def test_an_edit_is_taken_over_when_it_is_right_and_not_when_it_is_wrong(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.start()
    until(lambda: world.started("sweep"))
    world.looked_at("one", "two")
    old = (world.data / SNAPSHOT).read_text()

    world.wish("config", "78")
    world.configure(TABLES + "[providers.three]\nuse = 'files'\n")
    world.reload.set()
    until(lambda: "the configuration stays as it was" in caplog.text)
    assert (world.data / SNAPSHOT).read_text() == old

    world.wish("config", "0")
    world.reload.set()
    until(lambda: "three" in (world.data / SNAPSHOT).read_text())
    until(lambda: world.started("sweep") == [[], []])


def test_another_data_directory_needs_a_restart(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.start()
    until(lambda: world.started("sweep"))
    old = (world.data / SNAPSHOT).read_text()
    world.configure(TABLES.replace("{data}", "{data}-2"))
    world.reload.set()
    until(lambda: "[daemon] data has changed. Restart credwatch" in caplog.text)

    assert (world.data / SNAPSHOT).read_text() == old


@pytest.mark.parametrize("does", ["hang", "deaf"])
def test_asked_to_stop_it_asks_its_children_and_ends_with_them(world: World, does: str) -> None:
    world.wish("sweep", does)
    thread = world.start(grace=timedelta(seconds=1))
    until(lambda: world.started("sweep"))
    world.stop.set()
    thread.join(timeout=20)

    assert not thread.is_alive()
    assert world.error is None


def test_a_child_that_settles_does_not_hold_up_the_others(world: World) -> None:
    world.looked_at("one")
    world.clock.move(timedelta(hours=1))
    world.looked_at("two")
    world.wish("sweep", "hang")
    world.start()
    until(lambda: world.started("sweep") == [["one"]])
    world.clock.wall += timedelta(hours=1)

    until(lambda: len(world.started("sweep")) > 1)
    assert world.started("sweep") == [["one"], ["two"]]


def test_a_scheduler_that_does_nothing_for_a_minute_is_not_alive(world: World) -> None:
    world.paces = replace(PACES, sweep=timedelta(hours=1))
    world.start()
    until(lambda: world.started("sweep"))
    world.clock.move(timedelta(seconds=55))
    assert ask(world, "/livez") == 200
    world.clock.move(timedelta(seconds=10))

    assert ask(world, "/livez") == 503
    assert ask(world, "/readyz") == 503


def test_telling_hangs_after_half_an_hour_however_seldom_is_looked(world: World) -> None:
    world.configure(TABLES.replace("[daemon]", '[daemon]\nevery = "24h"'))
    world.wish("deliver", "hang")
    world.start()
    until(lambda: world.started("sweep"))
    world.news()
    until(lambda: world.started("deliver"))
    world.clock.move(timedelta(minutes=29))
    time.sleep(0.1)
    assert world.started("deliver") == [[]]
    world.clock.move(timedelta(minutes=2))

    until(lambda: len(world.started("deliver")) == 2)


def test_a_sweep_hangs_when_it_takes_twice_its_longest_interval(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.wish("sweep", "hang")
    world.start()
    until(lambda: world.started("sweep"))
    world.clock.move(timedelta(minutes=119))
    time.sleep(0.1)
    assert "sweep hung and was ended" not in caplog.messages
    world.clock.move(timedelta(minutes=2))

    until(lambda: "sweep hung and was ended" in caplog.messages)


def test_a_ledger_that_cannot_be_read_is_said_and_the_watch_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    thread = world.start()
    until(lambda: world.started("sweep"))
    broken = LedgerError("the disk is gone")

    def opening() -> Ledger:
        raise broken

    world.opening.book.shut()
    world.opening.book._opening = opening
    until(lambda: "whose turn it is cannot be told: the disk is gone" in caplog.messages)

    assert thread.is_alive()
    assert (ask(world, "/livez"), ask(world, "/readyz")) == (200, 503)


def test_a_ledger_that_cannot_be_written_makes_it_unready_is_told_once_and_over_when_it_is_over(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def swept(code: int, times: int) -> None:
        """A try that was over just before the clock moved makes the next one wait as long again."""
        for _ in range(4):
            with suppress(AssertionError):
                until(lambda: caplog.messages.count(f"sweep ended with {code}") == times, 6)
                return
            world.clock.move(timedelta(minutes=6))
        until(lambda: caplog.messages.count(f"sweep ended with {code}") == times)

    caplog.set_level("INFO")
    world.wish("sweep", "74")
    world.start()
    swept(74, 1)
    until(lambda: ask(world, "/readyz") == 503)
    assert world.started("deliver") == []
    for times in range(2, 5):
        world.clock.move(timedelta(minutes=6))
        swept(74, times)
        until(lambda: world.started("deliver"))
    assert world.started("deliver") == [[]]
    world.wish("sweep", "0")
    world.clock.move(timedelta(minutes=6))
    swept(0, 1)
    until(lambda: len(world.started("deliver")) == 2)

    assert world.started("deliver")[1] == ["--well-again"]
    assert ask(world, "/readyz") == 200


def test_a_data_directory_that_is_removed_ends_it_with_what_to_do(world: World) -> None:
    thread = world.start()
    until(lambda: world.started("sweep"))
    shutil.rmtree(world.data)
    thread.join(20)

    assert isinstance(world.error, LedgerError)
    assert "was removed or replaced while credwatch ran" in str(world.error)
