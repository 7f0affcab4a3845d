"""A key that a person made: asked for at a hidden prompt, checked, and only then begun with."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from credwatch.ledger.queries.naming import find
from credwatch.model.rotating import State
from credwatch.rotation.pasting import pasted
from credwatch.rotation.planning import Order, Unplannable, plan
from credwatch.sandbox.keys import State as Condition
from credwatch.secrets import Secret
from tests.cli.rotating.yard import PROD, Yard

ROOT = Path(__file__).parents[3]
SCRIPT = """
import datetime, sys
from credwatch.cli import main
from tests.cli.desk import Hand
sys.exit(main(sys.argv[2:], clock=Hand(datetime.datetime.fromisoformat(sys.argv[1]))))
"""


def typed(yard: Yard, value: str, *words: str) -> tuple[int, str]:
    """`rotate --paste` on a terminal, at which this is typed when it asks; its exit code and all that was shown."""
    master, slave = pty.openpty()
    command = ["--config", str(yard.folder / "credwatch.toml"), "rotate", PROD, "--paste", "--yes", *words]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, yard.clock.now().isoformat(), *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    os.close(slave)
    out, deadline, answered = b"", time.monotonic() + 60, False
    with suppress(OSError):  # the other side is closed
        while time.monotonic() < deadline and (more := os.read(master, 1 << 16)):
            out += more
            if b"(hidden)" in out and not answered:
                time.sleep(0.3)  # it switches the echo off before it asks; what comes sooner is thrown away
                os.write(master, f"{value}\n".encode())
                answered = True
    os.close(master)
    return process.wait(timeout=60), out.decode().replace("\r\n", "\n")


def test_it_is_asked_for_hidden_checked_and_put_in_every_place(yard: Yard) -> None:
    made = yard.issue("made by hand")

    code, shown = typed(yard, made.value)

    assert (code, yard.held("prod"), yard.held("eu")) == (0, made.value, made.value)
    assert made.value not in shown
    assert "paste    you make a key at Deepgram and paste it; it is checked first" in shown
    assert "checked: another key, whose account its vendor does not tell; it works" in shown
    assert "a key was pasted" in yard.audit()[0][3]


def test_what_is_wrong_with_it_is_said_before_anything_is_begun(yard: Yard) -> None:
    code, shown = typed(yard, yard.old.value)

    assert code == 1
    assert "that is the old key" in shown
    assert yard.old.value not in shown
    assert (yard.rotations(), yard.audit()) == ((), [])


def test_without_a_terminal_nothing_is_read(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    assert yard.run("rotate", PROD, "--paste", "--yes") == 64
    assert "wants a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("which", "why"),
    [
        pytest.param("old", "that is the old key", id="the old one"),
        pytest.param("misshapen", "cannot be that of a Deepgram key", id="misshapen"),
        pytest.param("dead", "refuses the pasted key: 401", id="dead"),
        pytest.param("broke", "it cannot be told whether the pasted key works", id="broke"),
    ],
)
def test_a_key_that_would_not_do_is_refused_without_its_value(yard: Yard, which: str, why: str) -> None:
    made = yard.issue("made by hand")
    if which in {"dead", "broke"}:
        made.state = Condition.DELETED if which == "dead" else Condition.RATE_LIMITED
    value = {"old": yard.old.value, "misshapen": "not a key"}.get(which, made.value)
    with yard.shop() as shop:
        (meant,) = find(shop.ledger, PROD)
        order = Order(meant.credential, "ana", paste=True)
        run = shop.run(plan(shop.opened, shop.ledger, order, shop.journal.new_id(yard.clock.at), yard.clock.at))
        with pytest.raises(Unplannable) as refused:
            pasted(run, {"key": Secret(value)})

    assert why in str(refused.value)
    assert value not in str(refused.value)


def test_the_old_one_goes_when_a_person_has_revoked_it_at_its_vendor(yard: Yard) -> None:
    made = yard.issue("made by hand")
    typed(yard, made.value, "--now")
    assert yard.state() is State.CONFIRMING

    yard.run("--quiet", "rotations", "revoke", yard.id)
    assert yard.state() is State.REVOKING
    yard.old.state = Condition.DELETED
    yard.later(hours=1)
    yard.run("--quiet", "rotate", "--due")

    assert yard.state() is State.DONE
    assert yard.alive() == {made.value}
