"""A person decides of a rotation while another process is at work on it: who only waits makes room."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.clock import SystemClock
from credwatch.ledger.locks import Lock
from credwatch.model.rotating import State
from credwatch.rotation.room import ROOM, lock_of, room, wanted
from tests.cli.rotating.yard import PROD, Yard

DEAF = '[[consumers]]\nname = "agent"\nreads = "vault-prod:kv/voice/*"\nreload = { command = ["/bin/false"] }\n'


def test_a_process_that_waits_leaves_a_rotation_that_somebody_wants(yard: Yard) -> None:
    yard.configure(DEAF)
    began = yard.clock.at
    asked: list[Lock] = []

    def somebody_comes() -> None:
        asked.append(Lock(yard.folder / "data", f"rotation-{yard.rotation.id}.asked.lock"))
        asked[0].wait()

    yard.clock.at_last = (began + timedelta(seconds=3), somebody_comes)

    assert yard.run("--quiet", "rotate", PROD, "--yes") == 0
    asked[0].release()
    assert yard.state() is State.PROMOTED
    assert yard.clock.at - began < timedelta(seconds=5)
    assert yard.run("--quiet", "abort", yard.id) == 64
    assert yard.run("--quiet", "rollback", yard.id) == 1
    assert yard.held("prod") == yard.old.value


def test_who_decides_gets_it_as_soon_as_the_other_one_leaves(tmp_path: Path) -> None:
    clock, stop, held = SystemClock(), threading.Event(), threading.Event()

    def waits() -> None:
        with lock_of(tmp_path, "01"):
            held.set()
            while not wanted(tmp_path, "01"):
                clock.wait(0.01, stop)

    other = threading.Thread(target=waits)
    other.start()
    held.wait()
    assert not wanted(tmp_path, "01")
    with room(tmp_path, "01", clock, stop):
        assert not wanted(tmp_path, "01")
        assert not lock_of(tmp_path, "01").try_take()
    other.join()
    assert lock_of(tmp_path, "01").try_take()


@pytest.mark.parametrize("words", [("rollback",), ("pause",), ("resume",), ("rotations", "revoke")], ids=" ".join)
def test_in_the_middle_of_a_step_it_is_said_that_nothing_was_decided(
    yard: Yard, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    capsys.readouterr()
    began, audited = yard.clock.at, yard.audit()

    with lock_of(yard.folder / "data", yard.rotation.id):
        assert yard.run(*words, yard.id) == 75

    said = capsys.readouterr().err
    assert "nothing was decided: process " in said
    assert f"is in the middle of a step of {yard.id}. Try again, or stop it first" in said
    assert (yard.clock.at - began >= ROOM, yard.audit()) == (True, audited)
