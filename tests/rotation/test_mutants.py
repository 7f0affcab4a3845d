"""Broken versions of the protocol are caught by the schedules, each in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import credwatch
from tests.rotation.mutants.child import CAUGHT
from tests.rotation.mutants.ending import ENDING
from tests.rotation.mutants.making import MAKING
from tests.rotation.mutants.mutant import Mutant

PACKAGE = Path(credwatch.__file__).parent
MUTANTS = (*MAKING, *ENDING)
ROOT = Path(__file__).parents[2]
COUNT = 10 if os.environ.get("CREDWATCH_TEST_LARGE") else 0
_HOPELESS = 600


def copied(directory: Path, mutant: Mutant) -> Path:
    """The package with this one file changed; all others are the same."""
    at, source = directory / PACKAGE.name, PACKAGE
    for part in Path(mutant.file).parts:
        at.mkdir()
        for each in source.iterdir():
            if each.name == "__pycache__":
                shutil.copytree(each, at / each.name, ignore=shutil.ignore_patterns("*.pyc.*"))
            elif each.name != part:
                (at / each.name).symlink_to(each)
        at, source = at / part, source / part
    text = source.read_text()
    assert text.count(mutant.old) == 1, f"{mutant.name}: what it breaks is not there any more"
    at.write_text(text.replace(mutant.old, mutant.new))
    return directory


def outcome(package: Path, count: int) -> subprocess.CompletedProcess[str]:
    (package / "tests").symlink_to(ROOT / "tests")
    return subprocess.run(
        [sys.executable, "-m", "tests.rotation.mutants.child", str(package), str(count)],
        cwd=package,
        env={**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_HOPELESS,
        check=False,
    )


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_protocol_is_seen_to_be_broken(tmp_path: Path, mutant: Mutant) -> None:
    done = outcome(copied(tmp_path, mutant), COUNT)

    assert done.returncode == (0 if mutant.survives else CAUGHT), done.stdout + done.stderr


def test_the_protocol_itself_is_not_seen_to_be_broken(tmp_path: Path) -> None:
    same = Mutant("none", "rotation/run.py", '"""The wall clock."""', '"""The wall clock!"""')

    done = outcome(copied(tmp_path, same), COUNT)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_hardly_any_broken_protocol_goes_unseen() -> None:
    unseen = [mutant.name for mutant in MUTANTS if mutant.survives]

    assert len(MUTANTS) >= 40
    assert len(unseen) <= len(MUTANTS) // 20
