from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from credwatch.sandbox.scene import Scene as Vendors
from tests.cli.desk import Desk, Hand
from tests.cli.scene import NOW, HandClock, Scene, play
from tests.cli.stack import Stack


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of that Friday, made once; nobody may write to it."""
    return play(tmp_path_factory.mktemp("friday")).directory


@pytest.fixture
def friday(played: Path, tmp_path: Path) -> Scene:
    """That Friday, to be changed."""
    shutil.copytree(played / "data", tmp_path / "data")
    return Scene(tmp_path, clock=HandClock(NOW))


@pytest.fixture
def scene(played: Path) -> Scene:
    """That Friday, only to be asked about."""
    return Scene(played, clock=HandClock(NOW))


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command sets up the logging of its process; here that is the tests' own."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield
    root.handlers[:], (sys.excepthook, threading.excepthook) = handlers, hooks
    root.setLevel(level)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A working directory beside local vendors whose clock stands at that Friday."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDWATCH_CONFIG", raising=False)
    clock = Hand(NOW)
    with Vendors(clock) as scene:
        for name, value in scene.environment.items():
            monkeypatch.setenv(name, value)
        yield Desk(tmp_path, scene, clock)


@pytest.fixture(autouse=True)
def _nothing_of_ours_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What CI sets for the suite is no setting of the commands that are tried here."""
    for name in [name for name in os.environ if name.startswith("CREDWATCH_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Processes that stay, until the end of the test."""
    made = Stack(tmp_path, f"cnry{secrets.token_hex(16)}")
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment with nothing to be found in it."""
    for name in list(os.environ):
        if name not in {"PATH", "PYTEST_CURRENT_TEST"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path
