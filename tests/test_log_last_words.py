"""What Python itself would print past every logger: warnings, what a destructor raises, an interruption, an exit."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest

from credwatch.cli import main
from credwatch.log import MASK, Scrubber, setup, unquoted
from credwatch.secrets import Secret

VALUE = "sk-canary-last-words-0001"
LATE = {
    "a destructor": "class A:\n def __del__(self): raise ValueError(held.reveal())\na = A()\ndel a",
    "a generator's end": "def g():\n try: yield\n finally: raise ValueError(held.reveal())\ni = g()\nnext(i)\ndel i",
    "an exit handler": "import atexit\natexit.register(lambda: int(held.reveal()))",
    "a thread": "import threading\nt = threading.Thread(target=lambda: int(held.reveal()))\nt.start()\nt.join()",
    "an interruption": "try: int(held.reveal())\nexcept ValueError: raise KeyboardInterrupt(held.reveal())",
    "a warning": "import warnings\nwarnings.warn(held.reveal())",
    "the end": "int(held.reveal())",
}


@pytest.mark.parametrize("late", LATE)
def test_what_fails_too_late_is_one_line_of_the_log_without_its_value(late: str) -> None:
    begin = "import sys\nfrom credwatch.log import setup\nfrom credwatch.secrets import Secret\n"
    code = f"{begin}held = Secret('-'.join(['sk', 'canary', 'last', 'words', '0001'])).ours()\nsetup(json=True, stream=sys.stderr)\n"
    done = subprocess.run([sys.executable, "-c", code + LATE[late]], check=False, capture_output=True, text=True)

    assert VALUE not in done.stderr + done.stdout
    assert [line[:1] for line in done.stderr.splitlines()] == ["{"]


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    root, before = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    kept, stream = (root.handlers[:], root.level), io.StringIO()
    setup(json=True, stream=stream)
    yield stream
    root.handlers[:], level = kept
    root.setLevel(level)
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def test_a_warning_says_where_it_comes_from(said: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("old", UserWarning, "x.py", 7)

    assert '"message": "UserWarning: old"' in said.getvalue()
    assert '"at": "x.py:7"' in said.getvalue()


@pytest.mark.parametrize(
    "form", [str, lambda value: value.encode().hex(), lambda value: f"0x{value.encode().hex().upper()}"]
)
def test_words_of_somebody_else_hold_no_secret_of_our_own(form: Callable[[str], str]) -> None:
    Secret(VALUE).ours()

    assert VALUE not in unquoted(f"401 for {form(VALUE)}")
    assert unquoted(f"401 for {form(VALUE)}").startswith((f"401 for {MASK}", MASK))
    assert unquoted("401 for nobody") == "401 for nobody"


def test_only_these_values_are_taken_out_where_some_are_named() -> None:
    one, two = Secret("sk-canary-the-first"), Secret("sk-canary-the-second")

    assert Scrubber([one]).scrub(f"{one.reveal()} {two.reveal()}") == f"{MASK} {two.reveal()}"


def test_a_command_that_is_left_with_words_quotes_nothing(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    secret = Secret(VALUE).ours()

    code = main(["--config", f"{tmp_path}/{secret.reveal()}", "status"])

    assert (code, VALUE in capsys.readouterr().err) == (78, False)


def test_who_logs_goes_on_where_nobody_reads_any_more(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    setup(json=False, stream=stream)
    stream.close()

    logging.getLogger("credwatch").warning("said to nobody")

    assert capsys.readouterr().err == ""
