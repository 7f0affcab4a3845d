"""No value reaches a log, whoever logs it and however it is written."""

from __future__ import annotations

import base64
import io
import json
import logging
import pickle
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from credwatch.log import MASK, escape_control, setup
from credwatch.secrets import Secret

VALUE = 'sk/canary+"7f3a\u00e9&x=1'
PEM = "-----BEGIN KEY-----\nMIIcanaryAAAABBBBCCCC\nDDDDcanaryEEEEFFFF\n-----END KEY-----\n"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    yield
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    """What is logged from here on, as JSON."""
    setup(logging.DEBUG, json=True, stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_json_object_with_its_extras(lines: Lines) -> None:
    logging.getLogger("credwatch.sweep").info("%d keys", 3, extra={"took": 1.5, "places": ["a", "b"], "first": None})

    [line] = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "credwatch.sweep",
        "message": "3 keys",
        "took": 1.5,
        "places": ["a", "b"],
        "first": None,
    }


def basic(value: str) -> str:
    return base64.b64encode(f"user:{value}:more".encode()).decode()


@pytest.mark.parametrize(
    "written",
    [
        str,
        repr,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: json.dumps({"a": [value]}),
        lambda value: json.dumps(value).replace("/", "\\/"),
        urllib.parse.quote,
        lambda value: urllib.parse.quote(value, safe=""),
        urllib.parse.quote_plus,
        lambda value: re.sub("%..", lambda found: found[0].lower(), urllib.parse.quote(value)),
        lambda value: urllib.parse.quote(value, safe="+&="),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
        basic,
        lambda value: basic("x" + value),
        lambda value: basic("xy" + value),
        lambda value: "prefix" + basic(value),
        lambda value: f"{value} and again {value}",
    ],
)
@pytest.mark.parametrize("value", [VALUE, "AbCdEf123456"])
def test_a_value_is_masked_however_it_is_written(
    lines: Lines, stream: io.StringIO, value: str, written: Callable[[str], str]
) -> None:
    secret = Secret(value)
    text = written(value)

    logging.getLogger("x").error("got %s", text, extra={"more": {"deep": [text]}})

    assert MASK in lines()[0]["message"]
    assert MASK in lines()[0]["more"]["deep"][0]
    assert text not in stream.getvalue()
    assert value not in json.dumps(lines(), ensure_ascii=False)
    assert secret


def test_a_value_in_an_exception_and_its_causes_is_masked_and_locals_are_not_shown(lines: Lines) -> None:
    secret = Secret(VALUE)

    try:
        hidden = "local-variable-content"
        try:
            _ = dict[str, str]()[VALUE]
        except KeyError as error:
            raise ValueError(f"no {VALUE} here") from error
    except ValueError:
        logging.getLogger("x").exception("failed")

    shown = "\n".join(lines()[0]["trace"])
    assert f"ValueError: no {MASK} here" in shown
    assert "canary" not in shown
    assert hidden not in shown
    assert secret


def test_one_line_of_a_private_key_is_masked(lines: Lines) -> None:
    secret = Secret(PEM)

    logging.getLogger("x").error("cannot parse %s", PEM.splitlines()[2])

    assert lines()[0]["message"] == f"cannot parse {MASK}"
    assert secret


def test_bytes_and_numbers_are_masked_too(lines: Lines) -> None:
    secret = Secret("31415926")

    logging.getLogger("x").error("no", extra={"number": 31415926, "raw": b"pin=31415926", "other": 7})

    assert (lines()[0]["number"], lines()[0]["raw"], lines()[0]["other"]) == (MASK, f"pin={MASK}", 7)
    assert secret


def test_what_is_no_longer_held_and_what_is_too_short_is_not_masked(lines: Lines) -> None:
    gone = Secret("not-held-any-more")
    short = Secret("short")
    del gone

    logging.getLogger("x").error("not-held-any-more short")

    assert lines()[0]["message"] == "not-held-any-more short"
    assert short


NOISY = [
    "botocore",
    "boto3",
    "urllib3",
    "hvac",
    "apscheduler",
    "slack_sdk",
    "google",
    "grpc",
    "asyncio",
    "uvicorn",
    "pydantic_settings",
]


@pytest.mark.parametrize("name", NOISY)
def test_other_peoples_loggers_speak_from_warning_on_whatever_level_they_set(lines: Lines, name: str) -> None:
    logger = logging.getLogger(f"{name}.inner")
    logger.setLevel(logging.DEBUG)

    logger.info("request body")
    logging.getLogger(name).info("request body")
    logger.warning("careful")

    assert [line["message"] for line in lines()] == ["careful"]
    logger.setLevel(logging.NOTSET)


def test_our_own_loggers_speak_from_the_level_asked_for(stream: io.StringIO) -> None:
    setup("WARNING", json=False, stream=stream)

    logging.getLogger("credwatch").info("quiet")
    logging.getLogger("credwatch").warning("loud")

    assert "loud" in stream.getvalue()
    assert "quiet" not in stream.getvalue()


def test_setting_up_again_leaves_one_handler(stream: io.StringIO) -> None:
    setup(json=True, stream=stream)
    setup(json=False, stream=stream)

    logging.getLogger("x").warning("once")

    assert stream.getvalue().count("once") == 1


def test_a_terminal_gets_one_line_and_an_indented_trace(stream: io.StringIO) -> None:
    setup(json=False, stream=stream)
    secret = Secret(VALUE)

    def fail() -> None:
        raise ValueError(f"line one\nERROR forged line with {VALUE}")

    try:
        fail()
    except ValueError:
        logging.getLogger("x").exception("a\nb\x1b[31m", extra={"place": "p\u202ex"})

    first, *rest = stream.getvalue().splitlines()
    assert first[8:] == r" error    a\nb\x1b[31m place=p\u202ex"
    assert all(line.startswith("    ") for line in rest)
    assert "canary" not in stream.getvalue()
    assert secret


def test_a_record_that_cannot_be_formatted_shows_nothing_of_itself(stream: io.StringIO) -> None:
    setup(json=True, stream=stream)

    logging.getLogger("x").error("%d", "not-a-number-but-a-canary")

    assert stream.getvalue() == "a record of x was not logged: TypeError\n"


def test_uncaught_exceptions_are_logged_without_values(lines: Lines) -> None:
    secret = Secret(VALUE)

    def fail() -> None:
        raise ValueError(VALUE)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)

    assert [line["message"] for line in lines()] == ["uncaught ValueError"] * 2
    assert "canary" not in json.dumps(lines())
    assert secret


def test_importing_the_log_sets_nothing_up() -> None:
    code = "import logging, sys, credwatch.log; print(len(logging.getLogger().handlers), sys.excepthook is sys.__excepthook__)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"0 True\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode ✓ 鍵", "plain ünïcode ✓ 鍵"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("\u2066a\u2069\u200f\u200b\ufeff", r"\u2066a\u2069\u200f\u200b\ufeff"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\U000e0041"),
        ("", ""),
    ],
)
def test_what_moves_the_cursor_or_turns_the_text_is_spelled_out(text: str, shown: str) -> None:
    assert escape_control(text) == shown


def test_a_secret_as_an_extra_is_shown_as_one(lines: Lines) -> None:
    secret = Secret(VALUE)

    logging.getLogger("x").error("%s", secret, extra={"key": secret})

    assert (lines()[0]["message"], lines()[0]["key"]) == (MASK, MASK)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
