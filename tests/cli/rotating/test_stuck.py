"""A rotation that nobody can go on with is told of: its plug-in, its login or its provider went away in the middle of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credwatch.ledger.journal import Journal
from credwatch.model.rotating import State
from credwatch.sandbox.keys import State as Condition
from tests.cli.rotating.test_what_is_told import message, thread
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, PROD, Yard

MAKES = 'use = "deepgram"\nprojects = ["p-1"]\nadmin = "env:DEEPGRAM_OF_THE_WATCH"'


def login_ended(yard: Yard) -> None:
    yard.rotates.state = Condition.DELETED


def provider_gone(yard: Yard) -> None:
    yard.configure(CONSUMER, base="")


@pytest.mark.parametrize("happens", [login_ended, provider_gone])
def test_once_a_day_it_is_a_line_in_its_thread_when_it_is_so_for_an_hour(
    yard: Yard, happens: Callable[[Yard], None]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    happens(yard)
    counts = []
    for hours in (1, 0.5, 1, 4, 20, 24):
        yard.later(hours=hours)
        assert yard.run("--quiet", "rotate", "--due") == 3
        counts.append(len([line for line in thread(yard) if line.startswith("nobody can go on with it: ")]))

    assert (yard.state(), counts) == (State.GRACE, [0, 0, 1, 1, 2, 3])


def test_a_provider_that_is_gone_for_good_is_no_reason_to_wait_for_ever(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    provider_gone(yard)
    before = len(yard.writes())
    capsys.readouterr()

    assert [yard.run(word, yard.id) for word in ("abort", "rollback")] == [78, 78]
    way = f"credwatch abort {yard.id} --here"
    assert capsys.readouterr().err.count(way) == 2
    assert yard.run("abort", yard.id, "--here", "--reason", "we left them") == 0
    out = capsys.readouterr().out
    new, old = yard.rotation.new.key_id, yard.old.id
    for line in (f"  {PROD} holds the new key", f"  the old key {old} stays", f"  the new key {new} stays"):
        assert line in out
    assert (yard.state(), len(yard.writes())) == (State.ABORTED, before)
    yard.run("rotations", "show", yard.id)
    assert f"the new key {new} stays" in capsys.readouterr().out
    assert ("ana", "abort", yard.id, "here: we left them") in yard.audit()
    yard.run("--quiet", "deliver")
    head, words, *_ = message(yard)
    assert "was ended here only" in head
    assert words.startswith(
        'Ended here only, as ana says, "we left them"; nothing outside was changed; see to its places and keys by hand'
    )
    with yard.ledger() as ledger:
        assert Journal(ledger).active() == ()
    assert yard.run("abort", yard.id, "--here") == 64
    yard.later(days=1)
    assert yard.run("--quiet", "rotate", "--due") == 0


def test_the_line_in_its_thread_names_the_way_out(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    provider_gone(yard)
    for _ in range(2):
        yard.later(hours=2)
        yard.run("--quiet", "rotate", "--due")

    (line,) = [line for line in thread(yard) if line.startswith("nobody can go on with it: ")]
    assert line == f"nobody can go on with it: `credwatch abort {yard.id} --here`, or put back deepgram, vault-prod"


def test_what_can_be_ended_as_it_should_is_not_ended_here_only(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")

    assert yard.run("abort", yard.id, "--here") == 64
    assert "is configured, so it is ended there too" in capsys.readouterr().err
    assert yard.state() is State.GRACE


def test_one_that_goes_on_again_in_time_is_not_told_of(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.run("--quiet", "deliver")
    yard.later(hours=1.5)
    login_ended(yard)
    yard.run("--quiet", "rotate", "--due")
    yard.rotates.state = Condition.ALIVE
    yard.run("--quiet", "rotate", "--due")

    assert [line for line in thread(yard) if "nobody can" in line] == []


@pytest.mark.parametrize("at", [State.CREATING, State.CREATED])
def test_while_who_makes_its_key_no_longer_does_a_rotation_waits_and_then_goes_on(
    yard: Yard, capsys: pytest.CaptureFixture[str], at: State
) -> None:
    yard.dies(PROD, lambda turn: turn.to is at)
    without = CONFIGURATION.replace(MAKES, f'use = "files"\npaths = ["{yard.folder}"]')
    yard.configure(CONSUMER, base=without.replace('{ admin = "env:DEEPGRAM_OF_THE_ROTATION" }', "{}"))
    yard.later(minutes=2)
    capsys.readouterr()

    assert yard.run("--quiet", "rotate", "--due") == 3
    assert yard.run("abort", yard.id) == 78
    said = capsys.readouterr().err
    assert "deepgram no longer makes a Deepgram key" in said
    assert f"credwatch abort {yard.id} --here" in said
    assert yard.state() is at

    yard.configure(CONSUMER)
    assert yard.run("--quiet", "rotate", "--due") == 0
    assert (yard.state(), len(yard.alive())) == (State.GRACE, 2)


def test_where_who_makes_its_key_never_will_again_it_can_be_ended_here(yard: Yard) -> None:
    yard.dies(PROD, lambda turn: turn.to is State.CREATED)
    without = CONFIGURATION.replace(MAKES, f'use = "files"\npaths = ["{yard.folder}"]')
    yard.configure(CONSUMER, base=without.replace('{ admin = "env:DEEPGRAM_OF_THE_ROTATION" }', "{}"))

    assert yard.run("abort", yard.id, "--here") == 0

    assert yard.state() is State.ABORTED
    yard.later(days=1)
    assert yard.run("--quiet", "rotate", "--due") == 0
