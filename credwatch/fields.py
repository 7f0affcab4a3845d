"""A stored payload -> its leaves. Knows no vendor and no store; reads text, decides nothing about it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from credwatch.model import Payload
from credwatch.secrets import Secret

DEEPEST = 24
"""So many names may stand in a leaf's path; what is nested deeper stays one leaf."""

_ENCODED = re.compile(r"[.#%*\x00\ud800-\udfff]")
_UTF_16 = {
    mark.decode("utf-8", "surrogateescape"): encoding
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
}
"""By the mark at the beginning, as it looks when it was taken for UTF-8."""

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
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_CONNECTION = re.compile(r";\s*[A-Za-z ]+=")


@dataclass(frozen=True)
class Leaf:
    """One string of a payload. Its name is the path to it, joined by "."; "" for a bare string."""

    name: str
    value: Secret


def unfold(payload: Payload) -> list[Leaf]:
    """Every string that stands in the payload, however it is wrapped, without the newline that editors add.

    JSON objects and arrays are opened, also inside a string, and a bare blob in dotenv form; of a name that stands twice
    the last holds, as for who uses it. Numbers, booleans and nulls are no leaves. UTF-16 is read where its mark stands
    at the beginning, as editors on Windows write it. What cannot be read stays one leaf. `.` `#` `%` `*` in a name, and what no database can hold
    as text, are percent-encoded: two leaves never share a name.
    """
    leaves: list[Leaf] = []
    for name, secret in payload.parts.items():
        whole = name == "" and len(payload.parts) == 1
        path = () if whole else (_encoded(name),)
        try:
            leaves.extend(_opened(_text(secret), path))
        except RecursionError:
            leaves.append(_leaf(path, secret.reveal()))
    return leaves


def _text(secret: Secret) -> str:
    """What was stored, as text, without the mark of a byte order."""
    text = secret.reveal()
    if encoding := _UTF_16.get(text[:2]):
        try:
            text = secret.reveal_bytes().decode(encoding)
        except UnicodeError:
            return text
    return text.removeprefix("\ufeff")


def _opened(text: str, path: tuple[str, ...]) -> Iterator[Leaf]:
    """The leaves of one string."""
    container = _json(text)
    if container is not None and len(path) < DEEPEST:
        yield from _walked(container, path)
    elif not path and (assigned := _dotenv(text)):
        for name, value in assigned.items():
            yield from _opened(value, (_encoded(name),))
    else:
        yield _leaf(path, text)


def _walked(node: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    """The leaves of parsed JSON."""
    if isinstance(node, str):
        yield from _opened(node, path)
    elif isinstance(node, dict | list):
        if len(path) >= DEEPEST:
            yield _leaf(path, json.dumps(node))
            return
        children = node.items() if isinstance(node, dict) else ((str(at), child) for at, child in enumerate(node))
        for name, child in children:
            yield from _walked(child, (*path, _encoded(name)))


def _json(text: str) -> dict[str, Any] | list[Any] | None:
    """The object or array that the text is, or None."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        return None
    for whole in (int, float):  # Python reads no whole number of thousands of digits, and none is a leaf
        try:
            read = json.loads(start, parse_int=whole)
        except json.JSONDecodeError:
            return None
        except ValueError:
            continue
        return read if isinstance(read, dict | list) else None
    return None


def _dotenv(text: str) -> dict[str, str]:
    """What the text assigns, the last of a name; empty unless most of its lines are assignments.

    As shells and their readers have it: `export`, comments, quotes over several lines, escapes in double quotes; and a
    PEM block without quotes. Nothing is expanded: a `$NAME` stays as it is written.
    """
    if text.lstrip().startswith("-----BEGIN") or ("\n" not in text.strip() and _CONNECTION.search(text)):
        return {}
    assigned: dict[str, str] = {}
    strange = 0
    at = _BETWEEN.match(text, text.startswith("\ufeff")).end()  # type: ignore[union-attr]
    while at < len(text):
        found = _ASSIGNMENT.match(text, at)
        if found is not None:
            assigned[found["name"]] = _value(found)
        strange += found is None
        end = found.end() if found is not None else _REST.match(text, at).end()  # type: ignore[union-attr]
        at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
    padding_only = not any(value.strip("=") for value in assigned.values())
    return {} if strange >= len(assigned) or padding_only else assigned


def _value(found: re.Match[str]) -> str:
    """The value of one assignment, without its quotes, escapes and comment."""
    if (single := found["single"]) is not None:
        return re.sub(r"\\([\\'])", r"\1", single)
    if (double := found["double"]) is not None:
        return re.sub(r"\\([\\\"'nrt])", lambda escape: _ESCAPES.get(escape[1], escape[1]), double)
    if (pem := found["pem"]) is not None:
        return pem
    return _COMMENT.sub("", found["plain"]).strip()


def _encoded(name: str) -> str:
    return _ENCODED.sub(lambda one: "".join(f"%{byte:02X}" for byte in one[0].encode("utf-8", "surrogatepass")), name)


def _leaf(path: tuple[str, ...], text: str) -> Leaf:
    return Leaf(".".join(path), Secret(text.rstrip("\r\n")))
