"""demo --rotate: two rotations, one killed in the middle, one stopped by a person's edit."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credwatch.cli.rehearsing import Terminal
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from credwatch.model.rotating import Rotation, State
from credwatch.sandbox.keys import letters
from credwatch.sandbox.story.times import StoryClock
from tests.cli.demos import ENVIRONMENT, PROGRAM, asked, said

NAMES = ("credwatch-reader", "credwatch-rotator", "voice-prod", "captions-prod", "captions-test")
VALUES = [letters(f"deepgram {name}", 40) for name in NAMES] + [
    letters(f"Deepgram value {number}", 40) for number in range(20)
]
"""Of the keys that there were, and of those that the vendor can have made."""


def running(marker: str) -> list[str]:
    """The processes whose command line has this in it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_text().replace("\0", " "))
        except OSError:  # it has ended meanwhile
            continue
    return [line for line in found if marker in line]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    directory = tmp_path_factory.mktemp("demo") / "kept"
    return directory, said("demo", "--rotate", "--data", str(directory))


@pytest.fixture
def rotations(played: tuple[Path, str]) -> Iterator[tuple[Rotation, ...]]:
    """The first that was begun, and the second."""
    with Ledger.open(played[0], now=datetime.now(UTC), read_only=True) as ledger:
        yield tuple(reversed(Journal(ledger).recent(5)))


def test_six_acts_are_told(played: tuple[Path, str]) -> None:
    assert re.findall(r"^(\d)  ", played[1], re.MULTILINE) == ["1", "2", "3", "4", "5", "6"]


def test_the_first_was_killed_made_its_key_again_and_is_done(rotations: tuple[Rotation, ...]) -> None:
    first, _ = rotations

    assert (first.state, first.creates, first.attempt, first.confirmed_by) == (State.DONE, 2, 2, "luis")


def test_what_the_kill_cut_off_stands_in_the_evidence_where_it_was_meant(played: tuple[Path, str]) -> None:
    evidence = played[1].partition("  → created: made\n")[2]

    assert re.match(
        r" .* store beside vault-prod:kv/ivr/prod#DEEPGRAM_API_KEY +(meant; )?its process got no ans", evidence
    )


def test_the_second_stopped_was_chosen_about_and_is_in_grace(rotations: tuple[Rotation, ...]) -> None:
    _, second = rotations

    assert (second.state, second.creates, second.trouble) == (State.GRACE, 1, None)


def test_at_the_end_the_vendor_has_one_key_of_it_and_refuses_the_old_one(
    played: tuple[Path, str], rotations: tuple[Rotation, ...]
) -> None:
    first, _ = rotations
    new, old = str(first.new.key_id)[:8], str(first.old.key_id)[:8]

    said = [line for line in played[1].splitlines() if 'at Deepgram "voice-prod" is' in line]
    assert [line.partition(" is: ")[2].count(",") for line in said] == [1, 1, 0]
    assert said[-1].endswith(f" is: {new}; {old} is refused")


def test_the_consumer_was_told_once_and_uses_the_new_key(
    played: tuple[Path, str], rotations: tuple[Rotation, ...]
) -> None:
    assert f"told 1 time, signature right; it uses {str(rotations[0].new.key_id)[:8]}\n" in played[1]


def test_the_stop_reached_the_on_call_and_is_resolved(played: tuple[Path, str]) -> None:
    stop = 'Stopped: rotation of Deepgram key "captions-prod". Nothing is broken'

    assert played[1].count(stop) == 1
    assert "Resolved: rotation of" in played[1].partition(stop)[2]


def test_no_value_is_printed_or_kept(played: tuple[Path, str]) -> None:
    directory, out = played
    kept = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())

    assert [value for value in VALUES if value in out or value.encode() in kept] == []


def test_the_values_that_are_looked_for_are_those_of_the_story(rotations: tuple[Rotation, ...]) -> None:
    """The vendor numbers what it makes: so the numbers that were looked for hold those that were used."""
    ids = {letters(f"Deepgram id {number}", 32) for number in range(20)}

    assert {str(rotation.new.key_id).replace("-", "") for rotation in rotations} <= ids


def test_the_lines_that_are_its_own_are_as_wide_as_a_page(played: tuple[Path, str]) -> None:
    wide = [line for line in played[1].splitlines() if len(line) > 120]

    assert [line for line in wide if line.startswith(("   ", "   │")) and "--config" not in line] == []


@pytest.mark.parametrize(
    ("words", "shows"), [(("rotations",), "grace until"), (("rotations", "show"), "the old one is refused")]
)
def test_what_is_kept_can_be_looked_at_as_it_says(
    played: tuple[Path, str], rotations: tuple[Rotation, ...], words: tuple[str, ...], shows: str
) -> None:
    name = f"cw-{rotations[0].id}"

    assert shows in asked(played[0], *words, *([name] if len(words) > 1 else []))
    assert f"credwatch.toml {' '.join(words)}" in played[1]


@pytest.mark.parametrize(
    ("act", "later"), [("1  ", 0.0), ("2  ", 0.0), ("2  ", 0.6), ("3  ", 0.05), ("3  ", 0.2), ("3  ", 0.4)]
)
def test_an_interrupt_at_any_moment_leaves_nothing_running(tmp_path: Path, act: str, later: float) -> None:
    playing = subprocess.Popen(
        [*PROGRAM, "demo", "--rotate", "--fast", "--data", str(tmp_path)],
        env=ENVIRONMENT | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert playing.stdout is not None
    for line in playing.stdout:
        if line.startswith(act):
            break
    time.sleep(later)  # between commands, and in the middle of one
    os.killpg(playing.pid, signal.SIGINT)  # as a terminal does
    _, errors = playing.communicate(timeout=30)

    assert playing.returncode == 130
    assert errors == f"\nStopped. What was seen until then is kept in {tmp_path}\n"
    assert running(str(tmp_path)) == []


def test_a_ctrl_c_at_the_terminal_does_not_reach_the_command_that_is_to_be_killed(tmp_path: Path) -> None:
    """It would print where it was interrupted, in the middle of the story."""
    seen = threading.Event()
    groups: list[int] = []
    terminal = Terminal(tmp_path / "credwatch.toml", StoryClock(datetime(2026, 11, 20, tzinfo=UTC)), threading.Event())
    killing = threading.Thread(target=terminal.killed, args=(["list"], seen))
    killing.start()
    while killing.is_alive() and not groups:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if "credwatch.cli.performing\0" in (line := path.read_text()) and str(tmp_path) in line:
                    groups.append(os.getpgid(int(path.parent.name)))
    seen.set()
    killing.join()

    assert len(groups) == 1
    assert os.getpgid(0) not in groups
