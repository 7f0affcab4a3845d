"""Ctrl-C while a rotation is planned, and in the middle of one of its steps."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import pytest

from credwatch.model.rotating import State
from credwatch.sandbox.server import Request, Response
from tests.cli.rotating.test_due import AUTO
from tests.cli.rotating.test_what_is_told import message
from tests.cli.rotating.yard import PROD, STAGING, Yard


def interrupted(yard: Yard, server: str, when: Callable[[Request], bool]) -> None:
    """Ctrl-C, while the first such request is on its way."""
    struck = threading.Event()

    def strike(request: Request) -> Response | None:
        if when(request) and not struck.is_set():
            struck.set()
            os.kill(os.getpid(), signal.SIGINT)
        return None

    yard.scene.servers[server].before_each(strike)


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("words", [("--yes",), ("--dry-run",)])
def test_while_it_is_planned_nothing_is_begun(
    yard: Yard, words: tuple[str, ...], number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def is_now(request: Request) -> bool:
        asked.append(request.path)
        return len(asked) == number

    interrupted(yard, "vault", is_now)

    assert yard.run("rotate", PROD, *words) == 130
    assert capsys.readouterr() == ("", "Stopped. Nothing was started.\n")
    assert (yard.rotations(), yard.audit()) == ((), [])


def test_in_the_middle_of_a_step_the_next_turn_takes_it_up_at_once(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(yard, "deepgram", lambda _: bool(begun := yard.rotations()) and begun[0].state is State.STAGED)

    assert yard.run("rotate", PROD, "--yes") == 130
    out = capsys.readouterr().out
    assert (yard.state(), yard.rotation.tries) == (State.STAGED, 0)
    assert "asked to stop" not in out
    assert "Left. The daemon goes on with it, or: credwatch rotate --due" in out

    assert yard.run("rotate", "--due") == 0
    assert yard.state() is State.GRACE


def test_while_a_rule_would_begin_one_none_is_begun_and_the_next_turn_begins_it(bare: Yard) -> None:
    bare.configure(AUTO)
    bare.put("staging", bare.issue("staging", days=60))
    bare.sweep()
    bare.run("--quiet", "rotate", STAGING, "--yes", "--compromised")
    bare.later(days=10)
    bare.sweep()
    interrupted(bare, "deepgram", lambda request: request.path.endswith("/auth/token"))

    bare.run("--quiet", "rotate", "--due")
    assert len(bare.rotations()) == 1

    bare.run("--quiet", "rotate", "--due")
    assert [one.automatic for one in bare.rotations()] == [True, False]


def test_a_person_is_asked_by_the_next_turn_which_tries_the_key_of_each_place(yard: Yard) -> None:
    theirs = yard.issue("theirs")

    def is_read(request: Request) -> bool:
        begun = yard.rotations()
        if not (begun and begun[0].state is State.VERIFIED and request.path.endswith("/data/voice/prod")):
            return False
        yard.put("prod", theirs)
        return True

    interrupted(yard, "vault", is_read)
    assert yard.run("rotate", PROD, "--yes") == 130
    assert yard.state() is State.VERIFIED

    yard.run("--quiet", "rotate", "--due")
    assert yard.state() is State.NEEDS_OPERATOR
    assert "Nothing is broken: each place works" in message(yard, "#voice-oncall")[0]
