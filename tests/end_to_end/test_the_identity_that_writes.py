"""What `[rotate.identities]` refers to is opened by no process of the watch: not to check, to look, to tell, nor to wait."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from credwatch.cli import COMMANDS
from tests.end_to_end.world import World, kill

NOTING = """
import os, sys

_log = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_folder = os.environ["SECRETS"]

def _noted(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        path = os.fsdecode(arguments[0])
        if path.startswith(_folder):
            os.write(_log, f"{path} {' '.join(sys.argv[1:])}\\n".encode())

sys.addaudithook(_noted)
"""
"""Python runs this at the start of each process of the program, the daemon's children too."""


@pytest.fixture
def opened(world: World, tmp_path: Path) -> Path:
    """The log of which secret was opened by which command; the scene has one of the watch's and one of a rotation's."""
    hook, secrets, log = tmp_path / "hook", tmp_path / "secrets", tmp_path / "opened"
    for folder in (hook, secrets):
        folder.mkdir()
    (hook / "sitecustomize.py").write_text(NOTING)
    for name in ("watch", "rotate"):
        (secrets / name).write_text("0123456789abcdef0123456789abcdef01234567")
    world.environment |= {"PYTHONPATH": str(hook), "OPENED": str(log), "SECRETS": str(secrets)}
    world.more = (
        f'[providers.deepgram]\nuse = "deepgram"\nadmin = "file:{secrets}/watch"\n'
        f'[rotate.identities]\ndeepgram = {{ admin = "file:{secrets}/rotate" }}\n'
        '[[rules]]\nmatch = { place = "**" }\nrotate = "auto"\n'
        f'[[consumers]]\nname = "agent"\nreads = "**"\n'
        f'reload = {{ webhook = "https://127.0.0.1:1/", secret = "file:{secrets}/rotate" }}\n'
    )
    world.scene.put("voice/prod", NOTHING="x")
    return log


def told(opened: Path) -> list[tuple[str, str]]:
    """Each secret with the command that opened it."""
    lines = [line.split() for line in opened.read_text().splitlines()]
    return [(secret, next(word for word in words if word in COMMANDS)) for secret, *words in lines]


def test_a_command_of_the_watch_opens_its_own_and_no_other(world: World, opened: Path, tmp_path: Path) -> None:
    world.run("config", "check")
    world.sweep(code=None)
    world.deliver()
    for command in (["status"], ["list"], ["findings"], ["doctor"]):
        world.run(*command, code=None)

    found = told(opened)
    assert {secret for secret, _ in found} == {str(tmp_path / "secrets/watch")}
    assert {"sweep", "doctor"} <= {command for _, command in found}


def test_the_daemon_and_its_children_open_the_watchs_own_and_no_other(
    world: World, opened: Path, tmp_path: Path
) -> None:
    daemon = world.start("run")
    try:
        for _ in range(600):
            if opened.exists() and " sweep" in opened.read_text():
                break
            time.sleep(0.1)
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=120)
    finally:
        kill(daemon)

    found = [(secret, command) for secret, command in told(opened) if command != "rotate"]
    assert {secret for secret, _ in found} == {str(tmp_path / "secrets/watch")}
    assert "sweep" in {command for _, command in found}
