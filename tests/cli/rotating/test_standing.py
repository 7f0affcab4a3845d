"""How status, show and list speak of a rotation, and what they load for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.rotating.test_due import AUTO
from tests.cli.rotating.yard import EU, PROD, Yard


def said(yard: Yard, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    yard.run(*words)
    return capsys.readouterr().out


@pytest.fixture
def ruled(bare: Yard) -> Yard:
    bare.configure(AUTO)
    bare.sweep()
    return bare


def test_before_its_time_the_day_is_said_on_which_it_rotates(ruled: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    assert "rotates 29 Nov" in said(ruled, capsys, "status")
    assert "next: 29 Nov rotation" in said(ruled, capsys, "show", PROD)


def test_when_its_time_has_come_that_is_said(ruled: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    ruled.later(days=10)

    assert "is to be rotated now" in said(ruled, capsys, "status")


def test_under_way_it_is_said_how_it_stands(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")

    assert f"rotation {yard.id} grace until 21 Nov 16:41" in said(yard, capsys, "status")
    assert f"  rotation  {yard.id} · grace until 21 Nov 16:41\n" in said(yard, capsys, "show", PROD)
    rows = [line.split("  ") for line in said(yard, capsys, "list", "**/voice/*").splitlines()]
    assert [row[0] for row in rows if "works, rotates" in row] == [EU, PROD]


def test_a_program_is_told_the_same(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")

    shown = json.loads(said(yard, capsys, "show", PROD, "--json"))["rotation"]
    listed = json.loads(said(yard, capsys, "list", "**/voice/*", "--json"))
    status = json.loads(said(yard, capsys, "status", "--json"))["under_way"]
    assert (shown["id"], shown["state"]) == (yard.id, "grace")
    assert [one["rotation"]["id"] for one in listed] == [yard.id, yard.id]
    assert [one["id"] for one in status.values()] == [yard.id]


@pytest.mark.parametrize("words", [("status",), ("list",), ("show", PROD)], ids=["status", "list", "show"])
def test_who_only_asks_loads_nothing_that_rotates(yard: Yard, words: tuple[str, ...]) -> None:
    command = ["--config", str(yard.folder / "credwatch.toml"), *words]
    script = f"import sys; from credwatch.cli import main; main({command!r}); print(*sys.modules)"

    names = subprocess.check_output([sys.executable, "-c", script], text=True).splitlines()[-1].split()

    assert "credwatch.ledger.queries.rotating" in names
    assert [one for one in names if one.startswith(("credwatch.rotation", "credwatch.ledger.journal"))] == []
