"""Every row of the benchmark runs, small. How fast it is is not asked here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("row", ["keys", "daemon"])
def test_interrupted_it_leaves_no_process_and_no_folder(row: str, number: signal.Signals, tmp_path: Path) -> None:
    process = _begun(row, tmp_path)
    _until(lambda: len(_session(process.pid)) > 1 and len(list(tmp_path.glob("*/*/*"))) > 1)

    process.send_signal(number)
    process.wait(timeout=120)

    _until(lambda: _session(process.pid) == [])  # a child that was being started ends when it notices
    assert list(tmp_path.iterdir()) == []


def _begun(row: str, folder: Path) -> subprocess.Popen[bytes]:
    """It hears Ctrl-C, also where these tests run in the background of a shell and do not."""
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "bench", "--only", row],
            cwd=ROOT,
            env={"TMPDIR": str(folder)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, ours)


def _session(leader: int) -> list[int]:
    """The processes that were started by it, and itself, as far as they still run."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def _until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < patience, "it took too long"
        time.sleep(0.02)
