"""What doctor says of our own house, and how it examines what is outside."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credwatch.cli.examining import house
from credwatch.cli.examining.abroad import side_by_side
from credwatch.clock import SystemClock
from credwatch.config.loading import parse
from credwatch.contract import Diagnosis
from credwatch.errors import ConfigError
from credwatch.ledger import Ledger

OVERLAY = "1 0 0:1 / / rw - overlay overlay rw\n"
DISK = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
NOW = datetime(2026, 11, 20, 16, 41, tzinfo=UTC)


# -- the clock -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "ok", "said"),
    [
        ((0.4,), True, "right to the second"),
        ((-3.0, -3.2, 900.0), True, "3 s behind"),
        ((61.0, 62.0), False, "62 s ahead"),
    ],
)
def test_the_middle_of_what_was_heard_counts(ahead: tuple[float, ...], *, ok: bool, said: str) -> None:
    (line,) = house.clock([timedelta(seconds=each) for each in ahead])

    assert (line.ok, line.said) == (ok, said)


def test_where_nobody_was_reached_the_clock_is_not_judged() -> None:
    assert list(house.clock([])) == []


# -- the data directory --------------------------------------------------------------------------------------------


def data(folder: Path, mounts: str = DISK, more: str = "") -> Diagnosis:
    return house.data(parse(f'[daemon]\ndata = "{folder}"\n{more}', {}, "it"), NOW, mounts)


def test_a_ledger_is_named_with_its_schema(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "data", now=NOW, mounts=DISK).shut()
    line = data(tmp_path / "data")

    assert line.ok
    assert re.fullmatch(r"0700, survives a restart, [\d.]+ GiB free; ledger schema 3", line.said)


def test_a_directory_that_others_may_read_is_closed_by_the_next_sweep(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    assert data(tmp_path).said.startswith("0755, made 0700 by the next sweep, ")


def test_what_ends_with_the_container_is_wrong_unless_it_is_meant(tmp_path: Path) -> None:
    wrong, meant = data(tmp_path, OVERLAY), data(tmp_path, OVERLAY, "ephemeral = true\n")

    assert (wrong.ok, wrong.said) == (
        False,
        "lies on the container's own layer: after a restart everything would be told again",
    )
    assert wrong.mend == "Put it on a disk that stays, or say ephemeral = true in [daemon] if that is meant"
    assert meant.ok
    assert "ends with a restart, as configured" in meant.said


def test_a_damaged_ledger_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "credwatch.db").write_bytes(b"this is no database at all" * 100)
    line = data(tmp_path)

    assert (line.ok, line.said) == (False, "the ledger is damaged")
    assert line.mend.startswith("Stop credwatch and move credwatch.db, ")


def test_a_place_that_is_no_directory_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert data(tmp_path / "file").said == "we may not write there"
    assert data(tmp_path / "file" / "below").said == f"it cannot be made: we may not write to {tmp_path}/file"


# -- side by side --------------------------------------------------------------------------------------------------


def test_one_that_hangs_holds_nobody_up_and_is_told() -> None:
    release = threading.Event()

    def hangs() -> Iterator[Diagnosis]:
        yield Diagnosis("login", ok=True, said="in")
        release.wait(30)

    def answers() -> Iterator[Diagnosis]:
        yield Diagnosis("keys", ok=True, said="3 listed")

    found = side_by_side([("slow", hangs), ("quick", answers)], SystemClock(), timedelta(seconds=0.3))
    release.set()

    assert [(name, [(line.what, line.ok) for line in lines]) for name, lines in found] == [
        ("slow", [("login", True), ("the rest", False)]),
        ("quick", [("keys", True)]),
    ]


@pytest.mark.parametrize(
    ("error", "what", "said", "mend"),
    [
        (ConfigError("env:X: not set. Set it"), "configuration", "env:X: not set", "Set it"),
        (
            ValueError("canary"),
            "connection",
            "a defect in this provider: ValueError",
            "please report it",
        ),
    ],
)
def test_what_a_provider_raises_is_its_line(error: Exception, what: str, said: str, mend: str) -> None:
    def raises() -> Iterator[Diagnosis]:
        raise error
        yield

    found = side_by_side([("broken", raises)], SystemClock())

    assert found == [("broken", [Diagnosis(what, ok=False, said=said, mend=mend)])]
