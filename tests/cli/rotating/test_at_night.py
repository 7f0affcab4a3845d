"""What the on-call is told, and can do, while a rotation goes on or back."""

from __future__ import annotations

import shutil

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


def test_of_one_that_went_back_nobody_is_said_to_let_the_old_key_go(
    begun: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    begun.run("--quiet", "rotations", "revoke", begun.id)
    begun.run("--quiet", "rollback", begun.id)
    begun.later(hours=30)
    begun.run("--quiet", "rotate", "--due")
    capsys.readouterr()
    begun.run("rotations", "show", begun.id)

    assert begun.state() is State.ROLLED_BACK
    assert "said that the old key may go" not in capsys.readouterr().out


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


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (("rollback",), "it is to be taken back, and is only"),
        (("rotations", "revoke"), "its old key may go, and goes only"),
    ],
    ids=["rollback", "revoke"],
)
def test_what_is_said_of_a_paused_one_is_not_taken_for_done(
    begun: Yard, word: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begun.run("--quiet", "pause", begun.id)

    assert begun.run(*word, begun.id) == 1
    assert f"{begun.id} is paused: {said} when it goes on. credwatch unpause {begun.id}\n" in capsys.readouterr().out


def test_that_a_paused_one_is_to_go_back_is_seen_in_its_list(begun: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    begun.run("--quiet", "pause", begun.id)
    begun.run("--quiet", "rollback", begun.id)
    begun.run("rotations")

    assert "paused (goes back)" in capsys.readouterr().out


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

    assert waiting == f"Nothing was due. The next is {begun.id}, at Fri 20 Nov 17:41 UTC.\n"
    assert capsys.readouterr().out == "Rotations: 1 gone on with.\n"


@pytest.mark.parametrize(
    "words", [("rotate", PROD, "--dry-run"), ("show", PROD), ("incident", "--vendor", "deepgram"), ("history", PROD)]
)
def test_before_the_first_look_everything_says_that_nothing_was_looked_at(
    bare: Yard, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with bare.ledger():
        pass

    assert bare.run(*words) == 64
    assert "Nothing was looked at yet: credwatch sweep" in capsys.readouterr().err


@pytest.mark.parametrize("who", ["DEEPGRAM_OF_THE_ROTATION", "VAULT_TOKEN_OF_THE_WATCH"])
def test_a_login_of_ours_that_is_refused_is_not_waited_for(
    yard: Yard, who: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(who, "f" * 40)
    capsys.readouterr()

    assert yard.run("rotate", PROD, "--dry-run", "--wait") == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "the login that a rotation has there is refused: " in first
    assert second.strip() == "Mend its line in [rotate.identities]"


def test_a_slot_that_a_lost_rotation_left_is_refused_with_the_way_out(
    begun: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(begun.folder / "data")
    begun.put("prod", begun.old)
    begun.put("eu", begun.old)
    begun.sweep()
    capsys.readouterr()

    assert begun.run("rotate", PROD, "--dry-run") == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "its pending slot is taken by cw-" in first
    assert second.strip().endswith("a lost rotation left it: credwatch recover")


def test_a_turn_that_cannot_log_in_does_not_say_that_nothing_was_due(
    begun: Yard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun.later(hours=25)
    monkeypatch.setenv("VAULT_TOKEN_OF_THE_WATCH", "wrong")

    assert begun.run("rotate", "--due") == 3
    assert capsys.readouterr().out == "Rotations: 1 could not be gone on with.\n"
