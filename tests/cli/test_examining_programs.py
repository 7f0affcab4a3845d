"""Whether the programs that a rotation runs are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from credwatch.cli.examining.programs import programs
from credwatch.config.loading import parse

IDENTITY = "[rotate.identities]\nvault = {{ auth = {{ approle = {{ role_id = 'x', secret_id = '{}' }} }} }}\n"


def said(program: str, identity: str = "file:/", **environ: str) -> tuple[bool, str, str]:
    text = f'[[renewals]]\nplace = "vault:a#b"\ncommand = [{json.dumps(program)}, "x"]\n' + IDENTITY.format(identity)
    (line,) = programs(parse(text, {}, "credwatch.toml"), environ)

    assert line.what == f"{program} of [[renewals]]"
    return line.ok, line.said, line.mend


def test_one_that_can_be_started_is_well(tmp_path: Path) -> None:
    file = tmp_path / "renew"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)

    assert said(str(file)) == (True, "can be started", "")
    assert said("renew", PATH=str(tmp_path)) == (True, "can be started", "")


def test_one_that_may_not_be_started_is_wrong_and_the_way_out_is_said(tmp_path: Path) -> None:
    file = tmp_path / "renew"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o644)

    assert said(str(file)) == (False, "is no program that we may start", f"chmod a+rx {file}")


@pytest.mark.parametrize(
    ("identity", "ok"),
    [("file:/", False), ("env:HERE", False), ("file:/nowhere/token", True), ("env:NOT_HERE", True)],
)
def test_one_that_is_missing_is_wrong_where_rotations_run(identity: str, *, ok: bool) -> None:
    assert said("/nowhere/renew", identity, HERE="x")[0] is ok


def test_those_that_tell_a_reader_are_looked_at_too() -> None:
    text = '[[consumers]]\nname = "a"\nreads = "v:b"\nreload = { command = ["/bin/sh", "-c", "x"] }\n'

    (line,) = programs(parse(text, {}, "credwatch.toml"), {})

    assert (line.what, line.ok) == ("/bin/sh of [[consumers]] a", True)


def test_without_any_nothing_is_said() -> None:
    assert list(programs(parse("", {}, "credwatch.toml"), {})) == []
