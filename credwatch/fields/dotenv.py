"""Text that assigns values to names, as shells and their readers have it."""

from __future__ import annotations

import re
from functools import partial

from credwatch.fields.layers import Layer, unescaped

_ASSIGNMENT = re.compile(
    r"""
    (?:export[ \t]+)?
    (?P<name>[A-Za-z_][A-Za-z0-9_.-]*) [ \t]* =
    (?:
        [ \t]* '(?P<single>(?:[^'\\]|\\.)*)' [ \t]*(?:\#[^\r\n]*)? (?=[\r\n]|\Z)
      | [ \t]* "(?P<double>(?:[^"\\]|\\.)*)" [ \t]*(?:\#[^\r\n]*)? (?=[\r\n]|\Z)
      | [ \t]* (?P<pem>-----BEGIN\ (?P<label>[A-Z0-9\ ]+)-----[\r\n] (?:[^-]|-(?!----))* -----END\ (?P=label)-----)
      | (?P<plain>[^\r\n]*)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_BETWEEN = re.compile(r"[ \t\r\n]*(?:#[^\r\n]*(?:[\r\n]+|\Z)[ \t\r\n]*)*")
_REST = re.compile(r"[^\r\n]*")
_COMMENT = re.compile(r"(?<![ \t])[ \t]+#.*")
_IN_SINGLE = re.compile(r"\\[\\']")
_IN_DOUBLE = re.compile(r"\\[\\\"'nrt]")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_MORE_THAN_ITSELF = " \t\n\r\"'`$\\#;&|<>()"
_CONNECTION = re.compile(r";\s*[A-Za-z ]+=")


def assignments(text: str) -> dict[str, Layer]:
    """What the text assigns, the last of a name, without its quotes; empty unless most of its lines are assignments.

    `export`, comments, quotes over several lines, escapes in double quotes; and a PEM block without quotes. Nothing is
    expanded: a `$NAME` stays as it is written.
    """
    if text.lstrip().startswith("-----BEGIN") or ("\n" not in text.strip() and _CONNECTION.search(text)):
        return {}
    last: dict[str, re.Match[str]] = {}
    strange = 0
    at = _BETWEEN.match(text, text.startswith("\ufeff")).end()  # type: ignore[union-attr]
    while at < len(text):
        found = _ASSIGNMENT.match(text, at)
        if found is not None:
            last[found["name"]] = found
        strange += found is None
        end = found.end() if found is not None else _REST.match(text, at).end()  # type: ignore[union-attr]
        at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
    assigned = {name: _value(found) for name, found in last.items()}
    padding_only = not any(layer.text.strip("=") for layer in assigned.values())
    return {} if strange >= len(assigned) or padding_only else assigned


def _value(found: re.Match[str]) -> Layer:
    if (single := found["single"]) is not None:
        return unescaped(single, found.start("single"), _IN_SINGLE, lambda escape: escape[1], partial(_single, single))
    if (double := found["double"]) is not None:
        return unescaped(double, found.start("double"), _IN_DOUBLE, _meant, partial(_double, double))
    if (pem := found["pem"]) is not None:
        return _as_it_is(pem, found.start("pem"))
    text = _COMMENT.sub("", found["plain"]).strip()
    before = len(found["plain"]) - len(found["plain"].lstrip()) if text else 0
    return _as_it_is(text, found.start("plain") + before)


def _meant(escape: str) -> str:
    return _ESCAPES.get(escape[1], escape[1])


def _as_it_is(raw: str, start: int) -> Layer:
    return Layer(raw, range(start, start + len(raw) + 1), partial(_bare, raw))


def _bare(former: str, text: str) -> str:
    """Without quotes: no sign that one of the many readers of such files takes for more than itself."""
    _allowed(former, text, _MORE_THAN_ITSELF)
    return text


def _single(former: str, text: str) -> str:
    """A shell knows no escape in single quotes: only the signs are escaped that cannot stand there otherwise."""
    _allowed(former, text, "'")
    return re.sub(r"\\(?=[\\']|\Z)|'", r"\\\g<0>", text)


def _double(former: str, text: str) -> str:
    """Several lines are written as they were before: with escapes, or as lines."""
    _allowed(former, text, "$`")
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\r", "\\r").replace("\n", "\\n") if "\\n" in former else text


def _allowed(former: str, text: str, special: str) -> None:
    """ValueError for a sign that means more than itself, unless one stood there before and was read as itself."""
    if any(sign in text and sign not in former for sign in special):
        raise ValueError
