from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import ProviderError, Reason, Secret
from credwatch.rotation.consumers.command import Command
from tests.rotation.consumers.conftest import TOLD

AROUND = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "CREDWATCH_TOKEN": "canary-env"}


def python(code: str, *arguments: str, monotonic: Callable[[], float] = lambda: 0.0) -> Command:
    """A program of our own; by this clock it never gets late."""
    return Command((sys.executable, "-S", "-c", code, *arguments), AROUND, monotonic, deadline=timedelta(seconds=9))


def refusal(command: Command) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        command(TOLD)
    return raised.value


def test_it_is_given_nearly_nothing_and_no_shell_reads_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "import os, sys; open(sys.argv[1], 'w').write(repr((sorted(os.environ.items()), sys.argv[2:], os.getsid(0) == os.getpid())))"

    python(code, str(out), "$HOME; echo *", "a b")(TOLD)

    environ, arguments, leads = eval(out.read_text())  # noqa: S307  our own words
    assert dict(environ) == {
        "PATH": AROUND["PATH"],
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "CREDWATCH_CONSUMER": "voice-agent",
        "CREDWATCH_KEY_ID": "b1946ac9",
    } | {name: value for name, value in environ if name == "LC_CTYPE"}
    assert arguments == ["$HOME; echo *", "a b"]
    assert leads


def test_a_program_that_ends_well_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    python("print('x' * 10_000_000)")(TOLD)

    assert capfd.readouterr() == ("", "")


def test_what_it_printed_last_is_told_when_it_ends_badly() -> None:
    error = refusal(python("import sys; print('first ' * 1000); print('no such unit:\\tvoice\\x1b[31m'); sys.exit(3)"))

    assert (error.reason, error.permanent) == (Reason.UNEXPECTED, False)
    assert str(error).startswith(f"{sys.executable} ended with 3: ")
    assert str(error).endswith("no such unit: voice\\x1b[31m")
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("value canary-5f3a9c2e17 seen", "value <secret> seen"),
        ("new key 0123456789abcdef0123456789abcdef01234567", "new key <secret>"),
        ("token=sk_live-A1b2C3d4E5f6G7h8 refused", "<secret> refused"),
        ("/usr/bin/reload: no socket", "/usr/bin/reload: no socket"),
    ],
)
def test_nothing_that_may_be_a_value_is_told(printed: str, told: str) -> None:
    held = Secret("canary-5f3a9c2e17")

    error = refusal(python("import sys; print(sys.argv[1]); sys.exit(1)", printed))

    assert held
    assert str(error).partition("ended with 1: ")[2] == told


def test_a_program_that_is_not_there_changed_nothing() -> None:
    error = refusal(Command(("/nowhere/reload",), AROUND, lambda: 0.0))

    assert (error.reason, error.permanent) == (Reason.MISCONFIGURED, True)
    assert str(error) == "/nowhere/reload cannot be started, No such file or directory"


def test_one_that_does_not_end_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1] + '~', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "os.rename(sys.argv[1] + '~', sys.argv[1])\n"
        "time.sleep(600)"
    )

    error = refusal(python(code, str(pids), monotonic=lambda: 10.0 if pids.exists() else 0.0))

    assert (error.reason, error.permanent) == (Reason.TIMEOUT, False)
    assert "did not end within 9 s and was killed" in str(error)
    assert [pid for pid in map(int, pids.read_text().split()) if not ends(pid)] == []


def test_what_it_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    """Its output stays open: the child has it too."""
    file = tmp_path / "pid"
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))"
    )
    try:
        python(code, str(file))(TOLD)

        assert runs(int(file.read_text()))
    finally:
        os.kill(int(file.read_text()), 9)


def test_one_that_closes_its_output_is_waited_for() -> None:
    error = refusal(python("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(7)"))

    assert str(error) == f"{sys.executable} ended with 7"


def runs(pid: int) -> bool:
    """Whether it is more than a line in a table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ends(pid: int) -> bool:
    """Whether it goes; it is given a moment."""
    for _ in range(1000):
        if not runs(pid):
            return True
        time.sleep(0.01)
    return False
