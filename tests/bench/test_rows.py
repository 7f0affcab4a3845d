"""Every row of the benchmark runs, small. How fast it is is not asked here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.children import ROOT
from bench.rows import ROWS


def _quick(row: str, folder: Path) -> dict[str, Any]:
    out = folder / "results.json"
    command = [sys.executable, "-m", "bench", "--quick", "--only", row, "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, env={"TMPDIR": str(folder)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    made: dict[str, Any] = json.loads(out.read_text())
    return made


@pytest.mark.parametrize("row", list(ROWS))
def test_a_row_runs_and_its_figures_have_the_shape_that_is_promised(row: str, tmp_path: Path) -> None:
    made = _quick(row, tmp_path)

    assert set(made) == {"machine", "date", "figures"}
    assert set(made["machine"]) == {"cpu", "count", "memory_gib", "python", "system"}
    assert len(made["figures"]) > 2
    for figure in made["figures"]:
        assert set(figure) == {"name", "figure", "unit", "goal", "holds"}
        assert figure["figure"] >= 0
        assert (figure["holds"] is None) == (figure["goal"] == "")
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"], "something was left behind"


def test_nothing_of_what_is_checked_beside_the_speed_is_missed(tmp_path: Path) -> None:
    figures = {one["name"]: one["figure"] for one in _quick("keys", tmp_path)["figures"]}

    assert figures["keys: alive and not called so"] == 0
    assert figures["keys: not tried exactly once"] == 0
