"""What is logged, and that no value is in it: the formatter is the last net under every logger of the process."""

from __future__ import annotations

import base64
import binascii
import json as json_text
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from credwatch import secrets

MASK = "<secret>"

_SHORTEST = 6
_SHORTEST_LINE = 16
_NOISY = (
    "apscheduler",
    "asyncio",
    "boto3",
    "botocore",
    "google",
    "grpc",
    "hvac",
    "pydantic_settings",
    "slack_sdk",
    "urllib3",
    "uvicorn",
)
"""They print requests and bodies below WARNING."""
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"asctime", "message", "taskName"}
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_NUMBER = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt]))")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{8,}")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def escape_control(text: str) -> str:
    r"""The text on one line, with nothing in it that moves a cursor, turns the reading direction or cannot be seen.

    Such a character is written as its number, in the terminal, the log, on the page and in Slack alike: `\x1b`,
    `\u202e`, `\U000e0041`, and `\n`, `\r`, `\t`; half of a surrogate pair too. All else stays, a backslash also, so
    that to write a text twice is to write it once; `--json` tells a written backslash from an escape. `typed` reads it.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def typed(text: str) -> str:
    """What was shown by `escape_control`, as it was: for a name that somebody copied from a screen."""
    return _NUMBER.sub(_numbered, text)


def _numbered(found: re.Match[str]) -> str:
    if short := found[4]:
        return _SHORT_ESCAPES[short]
    number = int(found[1] or found[2] or found[3], 16)
    return chr(number) if number <= sys.maxunicode else found[0]


class Scrubber:
    """Takes the values of these secrets, or of all that are alive now, out of a text, plain or encoded."""

    def __init__(self, among: Iterable[secrets.Secret] | None = None) -> None:
        these = secrets.alive() if among is None else among
        found = {piece for secret in these for piece in _pieces(secret.reveal())}
        self._values = sorted(found, key=len, reverse=True)

    def scrub(self, text: str) -> str:
        """The text with a mask for each value; a text that hides one in a form we cannot find is masked whole."""
        values = self._inside(text)
        if not values:
            return text
        for value in values:
            for form in _forms(value):
                text = text.replace(form, MASK)
        text = _BASE64.sub(lambda run: MASK if any(v in d for v in values for d in _decoded(run[0])) else run[0], text)
        return MASK if self._inside(text) else text

    def _inside(self, text: str) -> list[str]:
        runs = (plain for run in _BASE64.findall(text) for plain in _decoded(run))
        everything = "\0".join([text, unquote(text), unquote_plus(text), _ESCAPED.sub(_unescaped, text), *runs])
        return [value for value in self._values if value in everything]


def unquoted(words: str) -> str:
    """Somebody else's words, a plug-in's or a library's, without any secret of our own."""
    return Scrubber(secrets.own()).scrub(words) if words else words


def _pieces(value: str) -> Iterator[str]:
    """The value, and each long line of one that has several: a log may quote a part of a private key."""
    if len(value) >= _SHORTEST:
        yield value
    if len(value.strip()) >= _SHORTEST:
        yield value.strip()
    yield from (line for line in value.splitlines() if len(line) >= _SHORTEST_LINE and not line.startswith("-----"))


def _forms(value: str) -> Iterator[str]:
    """The value as it may stand in a text: plain, and as URLs, JSON and Python's repr write it."""
    yield value
    octets = value.encode("utf-8", "surrogateescape")
    for form in quote(octets, safe=""), quote(octets), quote_plus(octets):
        yield form
        yield re.sub("%..", lambda found: found[0].lower(), form)
    for form in json_text.dumps(value), json_text.dumps(value, ensure_ascii=False), repr(value):
        yield form[1:-1]
        yield form[1:-1].replace("/", "\\/")


def _decoded(run: str) -> Iterator[str]:
    """What a run of base64 letters, or of hexadecimal digits, may have been, from each place where it may have begun."""
    for digits in _HEXADECIMAL.findall(run):
        for part in digits[: len(digits) // 2 * 2], digits[1 : (len(digits) - 1) // 2 * 2 + 1]:
            yield bytes.fromhex(part).decode("utf-8", "surrogateescape")
    letters = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    for start in range(4):
        part = letters[start:]
        try:
            octets = base64.b64decode(part[: len(part) - (len(part) % 4 == 1)] + "=" * (-len(part) % 4 % 3))
        except binascii.Error:
            continue
        yield octets.decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _SHORT_ESCAPES.get(found[3], found[3])


class _Scrubbing(logging.Formatter):
    """What both formats share: the parts of a record, each without values and without control characters."""

    def clean(self, record: logging.LogRecord) -> tuple[str, dict[str, Any], list[str]]:
        """The message, the extras, and the lines of the traceback."""
        scrubber = Scrubber()
        extras = {name: thing for name, thing in record.__dict__.items() if name not in _OWN}
        shown = "\n".join(self._trace(record))
        lines = [escape_control(line) for line in scrubber.scrub(shown).splitlines()]
        return _plain(record.getMessage(), scrubber), _plain(extras, scrubber), lines

    @staticmethod
    def _trace(record: logging.LogRecord) -> Iterator[str]:
        if record.exc_info and record.exc_info[0]:
            yield from (part.rstrip("\n") for part in traceback.format_exception(*record.exc_info))
        if record.stack_info:
            yield record.stack_info


def _plain(thing: Any, scrubber: Scrubber) -> Any:
    """Anything, as JSON can hold it and a person may see it."""
    if thing is None or isinstance(thing, bool):
        return thing
    if isinstance(thing, Mapping):
        return {_plain(str(name), scrubber): _plain(inner, scrubber) for name, inner in thing.items()}
    if isinstance(thing, list | tuple | set | frozenset):
        return [_plain(inner, scrubber) for inner in thing]
    text = thing.decode("utf-8", "backslashreplace") if isinstance(thing, bytes) else str(thing)
    shown = escape_control(scrubber.scrub(text))
    return thing if isinstance(thing, int | float) and shown == text else shown


class JsonLines(_Scrubbing):
    """One JSON object for each record, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        message, extras, trace = self.clean(record)
        line = extras | {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if trace:
            line["trace"] = trace
        return json_text.dumps(line, default=str)


class Terminal(_Scrubbing):
    """One line for each record, and indented ones for a traceback, for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line and its traceback."""
        message, extras, trace = self.clean(record)
        words = [f"{_time(record):%H:%M:%S} {record.levelname.lower():<8} {message}"]
        words += [f"{name}={thing}" for name, thing in extras.items()]
        return "\n".join([" ".join(words), *(f"    {line}" for line in trace)])


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


class _Handler(logging.StreamHandler[TextIO]):
    """The one handler."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        """A record that cannot be written is named, and nothing of it shown: logging itself would print its arguments.

        Where nobody reads any more there is nobody to tell, and whoever logged goes on.
        """
        kind = sys.exc_info()[0]
        with suppress(OSError, ValueError):
            self.stream.write(
                f"a record of {escape_control(record.name)} was not logged: {kind.__name__ if kind else ''}\n"
            )


def _worth_it(record: logging.LogRecord) -> bool:
    """Whether a record is written: the noisy ones may have given themselves another level since."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _NOISY


def setup(level: int | str = logging.INFO, *, json: bool, stream: TextIO) -> None:
    """One handler at the root and none else; uncaught exceptions go through it too. May be called again."""
    handler = _Handler(stream)
    handler.addFilter(_worth_it)
    handler.setFormatter(JsonLines() if json else Terminal())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, root.level))
        logger.handlers.clear()
        logger.propagate = True
    # At WARNING these two print whole URLs, and a URL may hold a key.
    logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    warnings.showwarning = _warned
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _ignored


def _uncaught(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        logging.getLogger("credwatch").critical("interrupted")  # what it interrupted may quote a secret
        return
    logging.getLogger("credwatch").critical("uncaught %s", kind.__name__, exc_info=(kind, error, at))


def _uncaught_in_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_value is not None:
        _uncaught(what.exc_type, what.exc_value, what.exc_traceback)


def _ignored(what: sys.UnraisableHookArgs) -> None:
    """What fails where nobody can be told: a destructor, an exit handler."""
    trace = what.exc_value and (what.exc_type, what.exc_value, what.exc_traceback)
    logging.getLogger("credwatch").error("ignored %s", what.exc_type.__name__, exc_info=trace)


def _warned(  # noqa: PLR0913, PLR0917  the standard library's own signature
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning of Python's is a line of the log like any other."""
    del file, line
    logging.getLogger("py.warnings").warning("%s: %s", category.__name__, message, extra={"at": f"{filename}:{lineno}"})
