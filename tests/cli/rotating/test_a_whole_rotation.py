"""rotate, from the question to its end: against a real store and a real vendor."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest

from credwatch.model import Revoke
from credwatch.model.rotating import State
from credwatch.sandbox.keys import State as Condition
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, EU, PROD, Yard


def test_it_is_begun_in_front_of_a_person_and_ended_by_the_daemons_turns(yard: Yard) -> None:
    assert yard.run("--quiet", "rotate", PROD, "--yes", "--reason", "90 days") == 0
    new = yard.held("prod")
    assert yard.state() is State.GRACE
    assert (yard.held("eu"), yard.alive()) == (new, {yard.old.value, new})

    yard.later(hours=24)
    yard.run("--quiet", "rotate", "--due")
    assert yard.state() is State.CONFIRMING
    assert yard.alive() == {yard.old.value, new}

    assert yard.run("--quiet", "rotations", "revoke", yard.id) == 0
    assert yard.state() is State.DONE
    assert (yard.alive(), yard.held("prod"), yard.held("eu")) == ({new}, new, new)


def test_who_asked_for_it_and_why_stands_in_the_audit_before_its_first_row(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes", "--reason", "90 days", "--by", "luis")
    rotation = yard.rotation

    assert yard.audit() == [("luis", "rotate", EU, f"{yard.id} of {rotation.credential}: 90 days")]
    assert (rotation.requested_by, rotation.old.key_id) == ("luis", yard.old.id)


def test_each_milestone_is_a_line_with_its_time(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("rotate", PROD, "--yes")
    out = capsys.readouterr().out

    new = next(key for key in yard.scene.deepgram.listed() if key.value == yard.held("prod"))
    assert out[out.index("cw-") :].splitlines() == [
        f"{yard.id} has begun. It may be left: Ctrl-C leaves it to the daemon, or credwatch rotate --due",
        "  16:41:00  read everything; nothing is changed yet",
        "  16:41:00  making the new key",
        f"  16:41:00  made {new.id[:8]}",
        "  16:41:00  stored beside the old one in every place",
        "  16:41:00  works, as read back from every place",
        f"  16:41:00  live in {EU}",
        f"  16:41:00  live in {PROD}",
        "  16:41:00  live in every place",
        "  16:41:00  voice-agent was told",
        "  16:41:00  its readers were told; both keys live",
        "The new key is live; the old one is kept until Sat 21 Nov 16:41 UTC.",
        "The daemon goes on then, or: credwatch rotate --due",
        f"Back: credwatch rollback {yard.id}",
    ]


def test_nobody_is_asked_where_nobody_sits_and_nothing_is_begun(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    written = len(yard.writes())

    assert yard.run("rotate", PROD) == 64
    assert "--yes" in capsys.readouterr().err
    assert (yard.rotations(), yard.audit(), len(yard.writes())) == ((), [], written)


@pytest.mark.parametrize(
    ("words", "grace", "revoke"),
    [
        pytest.param(["--now"], timedelta(0), Revoke.ASK, id="now"),
        pytest.param(["--grace", "36h"], timedelta(hours=36), Revoke.ASK, id="so long"),
        pytest.param([], timedelta(hours=24), Revoke.ASK, id="a day"),
        pytest.param(["--compromised"], timedelta(0), Revoke.GRACE, id="compromised"),
    ],
)
def test_how_long_both_live_and_who_lets_the_old_one_go(
    yard: Yard, words: list[str], grace: timedelta, revoke: Revoke
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes", *words)

    assert (yard.rotation.grace, yard.rotation.revoke) == (grace, revoke)


@pytest.mark.parametrize("flag", ["--now", "--compromised"])
def test_who_says_how_long_both_live_is_not_overruled_by_a_flag_that_says_not_at_all(
    yard: Yard, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert yard.run("rotate", PROD, "--yes", flag, "--grace", "36h") == 64
    assert f"leave one of {flag} and --grace out" in capsys.readouterr().err
    assert (yard.rotations(), yard.alive()) == ((), {yard.old.value})


def test_a_compromised_key_is_dead_when_the_command_ends_and_the_audit_says_why(yard: Yard) -> None:
    assert yard.run("--quiet", "rotate", PROD, "--yes", "--compromised", "--reason", "seen in a log") == 0

    assert yard.alive() == {yard.held("prod")}
    assert yard.audit()[0][3].endswith("compromised; seen in a log")


def test_a_dead_key_is_replaced_and_nothing_is_waited_for(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.old.state = Condition.DELETED
    yard.run("--quiet", "sweep")

    assert yard.run("rotate", PROD, "--yes", "--replace-dead") == 0
    assert yard.state() is State.DONE
    assert yard.alive() == {yard.held("prod")} == {yard.held("eu")}
    assert capsys.readouterr().out.endswith("is complete: the new key works from every place.\n")


def test_a_frozen_house_begins_nothing_and_shows_the_plan_all_the_same(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.configure('\n[rotate]\nfreeze = ["Fri 12:00 - Mon 08:00"]\n' + CONSUMER)

    assert yard.run("rotate", PROD, "--yes") == 1
    out = capsys.readouterr().out
    assert "would start: no. rotations are frozen until Mon 23 Nov 08:00" in out
    assert "make" in out
    assert yard.rotations() == ()


@pytest.mark.parametrize(
    ("freeze", "words"),
    [
        pytest.param("Fri 12:00 - Mon 08:00", "rotations are frozen until Sun 22 Nov 23:00 UTC", id="in it"),
        pytest.param("Sun 12:00 - Mon 08:00", "no freeze until Sun 22 Nov 03:00 UTC", id="before it"),
    ],
)
def test_the_hours_of_a_freeze_are_those_of_the_house_and_are_said_in_utc_as_all_times(
    yard: Yard, freeze: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.configure(f'\n[rotate]\nfreeze = ["{freeze}"]\n{CONSUMER}')
    file = yard.folder / "credwatch.toml"
    file.write_text('timezone = "Asia/Tokyo"\n' + file.read_text())

    yard.run("rotate", PROD, "--dry-run")

    assert words in capsys.readouterr().out


def test_a_key_that_somebody_else_has_is_replaced_in_a_freeze_and_plan_and_audit_say_so(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.configure('\n[rotate]\nfreeze = ["Fri 12:00 - Mon 08:00"]\n' + CONSUMER)

    assert yard.run("rotate", PROD, "--yes", "--compromised") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "would start: yes." in out
    assert "frozen until Mon 23 Nov 08:00 UTC, which does not hold back a key that is compromised" in out
    assert yard.state() is State.DONE
    (said,) = (detail for _, action, _, detail in yard.audit() if action == "rotate")
    assert "compromised" in said
    assert "in a freeze" in said


def test_no_grace_alone_does_not_go_through_a_freeze(yard: Yard) -> None:
    yard.configure('\n[rotate]\nfreeze = ["Fri 12:00 - Mon 08:00"]\n' + CONSUMER)

    assert yard.run("--quiet", "rotate", PROD, "--yes", "--now") == 1
    assert yard.rotations() == ()


def test_without_a_rule_for_who_writes_there_is_nothing_to_begin_with(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.configure(CONSUMER, CONFIGURATION.partition("[rotate.identities]")[0])

    assert yard.run("rotate", PROD, "--yes") == 1
    assert "Refused: credwatch only watches deepgram, vault-prod" in capsys.readouterr().out


def test_waiting_it_begins_as_soon_as_the_vendor_answers_again(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    def mended() -> None:
        yard.scene.deepgram.state = Condition.ALIVE

    yard.scene.deepgram.state = Condition.DOWN
    yard.clock.at_last = (yard.clock.at + timedelta(minutes=20), mended)

    assert yard.run("rotate", PROD, "--yes", "--wait") == 0
    assert yard.state() is State.GRACE
    assert "Tried again in 30 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("happens", "state", "code"),
    [
        pytest.param(lambda yard: yard.run("--quiet", "abort", yard.id), State.GRACE, 64, id="abort, too late"),
        pytest.param(lambda yard: yard.run("--quiet", "rollback", yard.id), State.GRACE, 0, id="rollback"),
    ],
)
def test_the_way_back(yard: Yard, happens: Callable[[Yard], int], state: State, code: int) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")

    assert happens(yard) == code
    assert yard.state() is state
    back = yard.held("prod") == yard.old.value == yard.held("eu")
    assert back is (code == 0)


def test_taken_back_the_new_key_is_kept_for_its_readers_and_then_deleted(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    new = yard.held("prod")
    yard.run("--quiet", "rollback", yard.id, "--reason", "it hums")
    assert yard.alive() == {yard.old.value, new}

    yard.later(hours=24)
    yard.run("--quiet", "rotate", "--due")

    assert yard.state() is State.ROLLED_BACK
    assert yard.alive() == {yard.old.value}
    assert ("ana", "rollback", yard.id, "it hums") in yard.audit()


def test_a_program_is_told_how_it_stands(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("rotate", PROD, "--yes", "--json")

    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["requested_by"]) == ("grace", "ana")


def test_left_in_the_middle_it_is_gone_on_with_by_the_daemon(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.scene.deepgram.settles = timedelta(minutes=2)
    yard.clock.at_last = (yard.clock.at + timedelta(minutes=1), lambda: os.kill(os.getpid(), signal.SIGINT))

    assert yard.run("rotate", PROD, "--yes") == 130
    assert yard.state() is State.STAGED
    assert "Left. The daemon goes on with it, or: credwatch rotate --due" in capsys.readouterr().out
    assert yard.held("prod") == yard.old.value

    yard.later(minutes=5)
    yard.run("--quiet", "rotate", "--due")
    assert yard.state() is State.GRACE


def test_a_key_that_its_vendor_refuses_at_first_is_waited_for_and_that_is_said(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.scene.deepgram.settles = timedelta(minutes=2)

    assert yard.run("rotate", PROD, "--yes") == 0
    assert "it may be too young" in capsys.readouterr().out
    assert yard.state() is State.GRACE


def test_of_what_is_open_about_a_compromised_key_the_audit_has_the_name(yard: Yard) -> None:
    yard.later(days=28)
    yard.sweep()
    with sqlite3.connect(yard.folder / "data" / "credwatch.db") as db:
        ((incident,),) = db.execute(
            "select id from incident where about = 'credential' and closed_at is null"
        ).fetchall()

    assert yard.run("--quiet", "rotate", PROD, "--yes", "--compromised") == 0
    assert f"compromised, {incident}; it is compromised" in yard.audit()[0][3]
