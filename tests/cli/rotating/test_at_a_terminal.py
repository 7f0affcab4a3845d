"""rotate at a terminal: who says no is heard; with --json what is printed is one document, and nobody agrees unseen."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time

from tests.cli.rotating.test_pasting import ROOT, SCRIPT
from tests.cli.rotating.yard import PROD, Yard


def answered(yard: Yard, question: bytes, answer: str, *words: str) -> tuple[int, str, str]:
    """`rotate` at a terminal, its output somewhere else: the exit code, what is there, and what was shown."""
    master, slave = pty.openpty()
    command = ["--config", str(yard.folder / "credwatch.toml"), "rotate", PROD, *words]
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, yard.clock.now().isoformat(), *command],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        os.close(slave)
        shown = b""
        try:
            while more := os.read(master, 1 << 16):
                asked = question not in shown and question in shown + more
                shown += more
                if asked:
                    time.sleep(0.3)  # it switches the echo off before it asks; what comes sooner is thrown away
                    os.write(master, f"{answer}\n".encode())
        except OSError:
            pass  # the other side is closed
        assert process.stdout is not None
        out = process.stdout.read().decode()
    os.close(master)
    return process.returncode, out, shown.decode()


def test_what_is_said_of_a_pasted_key_is_no_part_of_the_document(yard: Yard) -> None:
    made = yard.issue("made by hand")

    code, out, shown = answered(yard, b"(hidden)", made.value, "--json", "--paste", "--yes")

    assert (code, json.loads(out)["state"]) == (0, "grace")
    assert "checked: another key" in shown


def test_nobody_is_asked_to_agree_to_a_plan_that_was_not_shown(yard: Yard) -> None:
    code, out, shown = answered(yard, b"Begin?", "y", "--json")

    assert (code, out, yard.rotations()) == (64, "", ())
    assert "--dry-run --json" in shown


def test_who_says_no_is_heard(yard: Yard) -> None:
    code, out, shown = answered(yard, b"Begin?", "n")

    assert (code, yard.rotations()) == (1, ())
    assert "would start: yes" in out
    assert shown.rstrip().endswith("Nothing was begun.")
