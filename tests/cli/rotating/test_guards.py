"""What holds a rotation back although its key is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from credwatch.cli import main
from credwatch.model.rotating import State as Stands
from credwatch.sandbox.keys import State
from tests.cli.desk import Hand
from tests.cli.rotating.yard import PROD, Yard


def behind(yard: Yard) -> int:
    """As a machine whose clock is six minutes late would see it."""
    clock = Hand(yard.clock.now() - timedelta(minutes=6))
    return main(["--config", str(yard.folder / "credwatch.toml"), "rotate", PROD, "--yes"], clock=clock)


def blind(yard: Yard) -> int:
    yard.watches.state = State.DELETED
    yard.run("--quiet", "sweep")
    yard.later(minutes=20)
    yard.run("--quiet", "sweep")
    return yard.run("rotate", PROD, "--yes")


def busy(yard: Yard) -> int:
    other = "vault-prod:kv/voice/other#DEEPGRAM_API_KEY"
    yard.put("other", yard.issue("other"))
    yard.sweep()
    yard.run("--quiet", "rotate", other, "--yes")
    return yard.run("rotate", PROD, "--yes")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param(behind, "our clock is 360 s behind: set it", id="clock"),
        pytest.param(blind, "no rotation starts while we are blind: deepgram", id="blind"),
        pytest.param(busy, "another one of the same vendor account is under way", id="account"),
    ],
)
def test_nothing_is_begun_and_the_plan_says_why(
    yard: Yard, act: Callable[[Yard], int], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert act(yard) == 1

    out = capsys.readouterr().out
    assert f"would start: no. {words}" in out
    assert yard.held("prod") == yard.old.value


def test_a_key_that_somebody_else_has_is_replaced_while_another_waits_for_its_grace(yard: Yard) -> None:
    assert busy(yard) == 1

    assert yard.run("--quiet", "rotate", PROD, "--yes", "--compromised") == 0
    assert yard.held("prod") != yard.old.value


def failed(yard: Yard) -> None:
    """Three rotations, each aborted by a person, within minutes."""
    places = [f"vault-prod:kv/voice/x{number}#DEEPGRAM_API_KEY" for number in range(3)]
    for number in range(3):
        yard.put(f"x{number}", yard.issue(f"x{number}"))
    yard.sweep()
    for place in places:
        yard.dies(place, lambda turn: turn.to is Stands.STAGED)
        yard.run("--quiet", "abort", yard.id)


def test_who_lets_rotations_begin_again_after_three_failures_can_begin_one(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    failed(yard)

    assert yard.run("rotate", PROD, "--yes") == 1
    assert "all rotations are paused: 3 failed within an hour. credwatch unpause" in capsys.readouterr().out
    yard.run("unpause")
    assert yard.run("rotate", PROD, "--yes") == 0


@pytest.mark.parametrize(
    ("words", "paused"),
    [
        pytest.param(["rotate", PROD, "--dry-run"], False, id="dry run"),
        pytest.param(["incident", "--vendor", "deepgram"], False, id="incident"),
        pytest.param(["rotate", PROD, "--yes"], True, id="who means to begin one"),
    ],
)
def test_a_plan_that_is_only_read_pauses_nothing(
    yard: Yard, words: list[str], *, paused: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    failed(yard)

    assert yard.run(*words) == 1
    assert "all rotations are paused: 3 failed within an hour" in capsys.readouterr().out
    yard.run("rotations")
    assert ("All rotations are paused" in capsys.readouterr().out) is paused


def test_before_everything_was_seen_once_nothing_is_begun(bare: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    bare.run("--quiet", "sweep", "vault-prod")

    assert bare.run("rotate", PROD, "--yes") == 1
    assert "Refused: " in capsys.readouterr().out


@pytest.mark.parametrize("frozen", [False, True])
def test_in_a_cron_job_a_refusal_stands_in_the_log(
    yard: Yard, capsys: pytest.CaptureFixture[str], *, frozen: bool
) -> None:
    if frozen:
        yard.configure('[rotate]\nfreeze = ["2026-11-01 - 2026-12-30"]\n')
    else:
        yard.old.state = State.DELETED

    assert yard.run("--quiet", "rotate", PROD, "--yes") == 1
    said = capsys.readouterr()
    why = (
        "rotations are frozen until"
        if frozen
        else "the old key is dead, so there is nothing to overlap with. Use --repl"
    )
    assert (f"{PROD} is not rotated: {why}" in said.err, said.out) == (True, "")
