"""A program that is given something, and prints something."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import ProviderError, Reason
from credwatch.rotation.program import LARGEST, Program

AROUND = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "CREDWATCH_TOKEN": "canary-env"}
ECHO = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
KEY = "-----BEGIN PRIVATE KEY-----\n{}\nQ2hhbmdl\n-----END PRIVATE KEY-----\n".format("MC4CAQAwBQYDK2VwBCIEIA" * 2)


def python(code: str, monotonic: Callable[[], float] = lambda: 0.0) -> Program:
    return Program((sys.executable, "-S", "-c", code), AROUND, monotonic, deadline=timedelta(seconds=9))


def refusal(code: str, given: bytes = b"") -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        python(code).ask({}, given)
    return raised.value


@pytest.mark.parametrize("given", [b"", b"chain\n", b"x" * LARGEST], ids=["nothing", "a line", "much"])
def test_what_it_is_given_is_what_it_reads_and_what_it_prints_is_what_we_get(given: bytes) -> None:
    assert python(ECHO).ask({}, given).reveal_bytes() == given


def test_its_environment_is_nearly_empty_and_says_what_it_is_told() -> None:
    code = "import os; print(sorted(name for name in os.environ if name != 'LC_CTYPE'))"

    printed = python(code).ask({"CREDWATCH_PLACE": "v:a#b"}, b"").reveal()

    assert printed == "['CREDWATCH_PLACE', 'HOME', 'LANG', 'PATH']\n"


def test_its_complaints_are_no_part_of_what_it_prints() -> None:
    assert python("import sys; print('new'); sys.stderr.write('warning')").ask({}, b"").reveal() == "new\n"


def test_one_that_ends_badly_is_told_by_the_end_of_its_complaints_and_not_by_what_it_printed() -> None:
    error = refusal("import sys; print('half'); sys.stderr.write('x ' * 9000 + 'no order: rate limited'); sys.exit(4)")

    assert (error.reason, error.permanent) == (Reason.UNEXPECTED, False)
    assert str(error).startswith(f"{sys.executable} ended with 4: ")
    assert str(error).endswith("no order: rate limited")
    assert "half" not in str(error)


@pytest.mark.parametrize(
    "key",
    [KEY, KEY.partition("-----END")[0], KEY.partition("-----\n")[2], KEY.replace("\n", "\r\n")],
    ids=["whole", "its beginning", "its end", "other ends of lines"],
)
def test_a_key_among_its_complaints_is_not_told(key: str) -> None:
    error = refusal(f"import sys; sys.stderr.write({key!r} + 'no order'); sys.exit(1)")

    assert "MC4C" not in str(error)
    assert "Q2hh" not in str(error)


def test_one_that_prints_without_end_hands_nothing_over() -> None:
    error = refusal(f"print('x' * {LARGEST})")

    assert (error.reason, error.permanent) == (Reason.TOO_LARGE, True)


def test_one_that_does_not_end_is_killed() -> None:
    moments = iter([0.0])

    with pytest.raises(ProviderError) as raised:
        python("import time; time.sleep(600)", lambda: next(moments, 10.0)).ask({}, b"")

    assert (raised.value.reason, raised.value.permanent) == (Reason.TIMEOUT, False)


def test_a_process_that_has_a_thousand_files_open_runs_it_all_the_same() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]), before[1]))
    taken: list[int] = []
    try:
        with suppress(OSError):  # where no more are allowed, these are as many as there can be
            taken.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(1100))
        for number in taken[-40:]:
            os.close(taken.pop(taken.index(number)))
        assert python(ECHO).ask({}, b"chain").reveal() == "chain"
    finally:
        for number in taken:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_it_is_not_left_behind_whatever_becomes_of_us(tmp_path: Path) -> None:
    began = tmp_path / "pid"

    def monotonic() -> float:
        if began.is_symlink():
            raise KeyboardInterrupt
        return 0.0

    code = f"import os, time; os.symlink(str(os.getpid()), {str(began)!r}); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        python(code, monotonic).ask({}, b"")

    with pytest.raises(ProcessLookupError):
        os.kill(int(str(began.readlink())), 0)
