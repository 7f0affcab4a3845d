"""What the on-call is told, and can do, while a rotation goes on or back."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import State
from tests.cli.rotating.yard import PROD, Yard


@pytest.fixture
def begun(yard: Yard, capsys: pytest.CaptureFixture[str]) -> Yard:
    """Both keys live."""
    yard.run("--quiet", "rotate", PROD, "--yes")
    capsys.readouterr()
    return yard


def test_an_old_key_that_leaks_in_its_grace_goes_at_once(begun: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    assert begun.run("rotate", PROD, "--yes", "--compromised") == 1
    assert f"if the old key leaked: credwatch rotations revoke {begun.id} --now" in capsys.readouterr().out
    assert begun.run("--quiet", "rotations", "revoke", begun.id, "--now") == 0

    assert begun.state() is State.DONE
    assert begun.alive() == {begun.held("prod")} == {begun.held("eu")}
    assert ("ana", "revoke", begun.id, "the old key may go at once") in begun.audit()


def test_an_old_key_that_a_place_holds_again_stays_also_then(begun: Yard) -> None:
    begun.put("eu", begun.old)
    begun.run("--quiet", "rotations", "revoke", begun.id, "--now")

    assert begun.old.value in begun.alive()
    assert begun.state() is State.NEEDS_OPERATOR


def test_a_word_before_its_time_is_repeated_as_it_was_understood(
    begun: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begun.run("rotations", "revoke", begun.id) == 0

    assert "is kept until Sat 21 Nov 16:41 UTC, and goes then: ana said so." in capsys.readouterr().out
    assert begun.state() is State.GRACE


def test_what_goes_back_is_called_so_everywhere(begun: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    begun.run("--quiet", "rotations", "revoke", begun.id)
    begun.run("--quiet", "rollback", begun.id)
    capsys.readouterr()
    told = []
    for words in (("rotations",), ("rotations", "show", begun.id), ("show", PROD)):
        begun.run(*words)
        told.append(capsys.readouterr().out)

    assert ["goes back" in out for out in told] == [True] * 3
    assert ["grace until" in out for out in told] == [False] * 3
    assert "said that the old key may go" not in told[1]


def test_a_paused_one_is_gone_on_with_by_the_word_that_it_names(
    begun: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    begun.run("--quiet", "pause", begun.id)

    assert begun.run("resume", begun.id) == 64
    assert f"is paused: credwatch unpause {begun.id}" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(PROD,), ("--reason", "x"), ("--dry-run",), ("--grace", "1h"), ("--compromised",)])
def test_a_turn_of_the_daemon_takes_nothing_that_it_would_not_heed(
    yard: Yard, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert yard.run("rotate", "--due", *words) == 64
    assert "takes nothing else" in capsys.readouterr().err


def test_a_turn_says_what_it_came_to_and_no_zeros(begun: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    begun.run("rotate", "--due")
    waiting = capsys.readouterr().out
    begun.later(hours=25)
    begun.run("rotate", "--due")

    assert (waiting, capsys.readouterr().out) == ("Nothing was due.\n", "Rotations: 1 gone on with.\n")
