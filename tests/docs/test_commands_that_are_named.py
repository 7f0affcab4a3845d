"""Every command that a sentence of the program tells somebody to run is one."""

from __future__ import annotations

import re
from pathlib import Path

from credwatch.cli import COMMANDS

ROOT = Path(__file__).parents[2]
TOLD = re.compile(r"[:`] ?credwatch ([a-z]+)")
ITSELF = ("can", "cannot", "never", "reaches")
"""What a sentence says that it does, and not what to run."""


def test_every_command_that_somebody_is_told_to_run_is_there() -> None:
    files = sorted(path for folder in ("credwatch", "providers") for path in (ROOT / folder).rglob("*.py"))
    told = [(path.name, word) for path in files for word in TOLD.findall(path.read_text())]

    assert len(told) > 50
    assert [one for one in told if one[1] not in {*COMMANDS, *ITSELF}] == []
