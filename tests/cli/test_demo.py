from __future__ import annotations

import re
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credwatch.ledger import Ledger
from credwatch.sandbox.story import WORTH_A_LOOK
from tests.cli.demos import ENVIRONMENT, PROGRAM, asked, done, said


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    directory = tmp_path_factory.mktemp("demo") / "kept"
    return directory, said("demo", "--data", str(directory))


def test_it_tells_five_acts_and_what_they_came_to(played: tuple[Path, str]) -> None:
    _, out = played

    assert re.findall(r"^(\d)  ", out, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    assert re.search(r"^\d+ messages, 7 of them pages, from \d+ looks, in \d+ s\.$", out, re.MULTILINE)


def test_its_lines_are_as_wide_as_a_page(played: tuple[Path, str]) -> None:
    _, out = played

    assert [line for line in out.splitlines() if len(line) > 120 and "--config" not in line] == []


def test_threads_are_indented_and_edits_are_called_edits(played: tuple[Path, str]) -> None:
    _, out = played
    after = out[out.index("4  It is replaced") :]

    assert re.search(r"#voice-oncall, the message of .* now reads\n   │ ~~Page:~~ Resolved", after)
    assert re.search(r"#voice-oncall, in the thread\n   │   │ Resolved", after)


def test_the_ledger_is_kept_and_knows_no_time_to_come(played: tuple[Path, str]) -> None:
    directory, _ = played
    now = datetime.now(UTC)
    with Ledger.open(directory, now=now, read_only=True) as ledger, ledger.read() as db:
        times = db.execute(
            "select max(closed_at) from sweep union all select max(at) from event union all select max(sent_at) from message"
            " union all select max(at) from probe"
        ).fetchall()

    assert all(0 < at <= now.timestamp() * 1000 for (at,) in times)


def test_a_directory_that_is_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    refused = done("demo", "--data", str(tmp_path))

    assert (refused.returncode, refused.stdout) == (78, "")
    assert "is not empty" in refused.stderr


def test_an_interrupt_ends_it_cleanly(tmp_path: Path) -> None:
    playing = subprocess.Popen(
        [*PROGRAM, "demo", "--pause", "--data", str(tmp_path)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert playing.stdout is not None
    for line in playing.stdout:
        if line.startswith("1  "):
            break
    began = time.monotonic()
    playing.send_signal(signal.SIGINT)
    _, errors = playing.communicate(timeout=30)

    assert playing.returncode == 130
    assert errors == f"\nStopped. What was seen until then is kept in {tmp_path}\n"
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        (("status",), "3 keys of Twilio account"),
        (("list",), WORTH_A_LOOK),
        (("show", WORTH_A_LOOK), "dialer-2"),
    ],
)
def test_what_is_kept_can_be_asked_without_the_secrets(
    played: tuple[Path, str], command: tuple[str, ...], shows: str
) -> None:
    assert shows in asked(played[0], *command)
