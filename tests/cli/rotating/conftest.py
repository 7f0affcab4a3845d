from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.sandbox.scene import Scene
from tests.cli.rotating.yard import Patient, Yard
from tests.cli.scene import NOW


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Nothing was looked at yet."""
    monkeypatch.chdir(tmp_path)
    clock = Patient(NOW)
    with Scene(clock) as scene:
        environment = {"CREDWATCH_BY": "ana"}
        made = Yard(tmp_path, scene, clock, environment)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def yard(bare: Yard) -> Yard:
    """Everything was looked at once."""
    bare.sweep()
    return bare
