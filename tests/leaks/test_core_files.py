"""A process that dies in the midst of trying keys leaves no picture of its memory behind."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks.stack import UNLIMITED, Stack

A_PAGE = 4096
DIES = "import os, signal; signal.signal(signal.{0}, signal.SIG_DFL); os.kill(os.getpid(), signal.{0})"


def dies(folder: Path, first: str, how: str) -> list[str]:
    """What a process that dies so leaves in its directory, where core files are allowed."""
    code = f"{first}\n{DIES.format(how)}"
    done = subprocess.run([*UNLIMITED, sys.executable, "-c", code], cwd=folder, check=False, capture_output=True)
    assert done.returncode < 0
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGABRT", "SIGQUIT"])
def test_a_process_of_ours_writes_no_core_file(tmp_path: Path, how: str) -> None:
    assert dies(tmp_path, "from credwatch.cli import main; main(['--version'])", how) == []


def test_another_one_would_where_this_machine_writes_any(tmp_path: Path) -> None:
    """Else nothing would have been proved. None is written where they are handed to a program, or forbidden to us."""
    handed_on = Path("/proc/sys/kernel/core_pattern").read_text().startswith("|")
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    written = not handed_on and not 0 <= most < A_PAGE

    assert bool(dies(tmp_path, "", "SIGSEGV")) == written


def test_no_core_was_written_where_the_watch_was_struck(stack: Stack) -> None:
    names = {content.partition(b"\n")[0].decode() for content in stack.written["what was left behind"]}

    assert sorted(name for name in names if re.match(r"core(\.|$)", name)) == []


def test_no_core_fits_into_what_is_allowed_and_none_is_handed_on(stack: Stack) -> None:
    """Linux asks for a page at least, and takes one byte for `to nobody`, also where cores are handed to a program."""
    may = "0" if 0 <= resource.getrlimit(resource.RLIMIT_CORE)[1] < A_PAGE else "1"
    said = [re.search(r"Max core file size +(\S+) +(\S+)", content.decode()) for content in stack.written["limits"]]

    assert [found and found.groups() for found in said] == [(may, may)] * 5


def test_who_may_write_no_core_at_all_still_may_not() -> None:
    code = (
        "import resource as r; r.setrlimit(r.RLIMIT_CORE, (0, 0)); from credwatch.cli import main; main(['--version'])"
    )
    command = [sys.executable, "-c", f"{code}; print(r.getrlimit(r.RLIMIT_CORE))"]

    assert subprocess.run(command, check=True, capture_output=True).stdout.endswith(b"(0, 0)\n")
