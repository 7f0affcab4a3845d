"""Where each key of a TOML text stands. It is asked about texts only that the TOML parser has already read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

KeyPath = tuple[str | int, ...]

_KEY = re.compile(r"""[ \t]*(?P<key>[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')[ \t]*(?P<dot>\.?)""")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!')|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n|[^"'#\[\]{}\n]+''',
    re.DOTALL,
)


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every table and key; the third `[[rules]]` is `("rules", 2)`."""
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for at, header, keys in _statements(text):
        line = text.count("\n", 0, at) + 1
        if header:
            *parents, last = keys
            table = (*_numbered(parents, counts), last)
            if header == "[[":
                found.setdefault(table, line)
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            path = table
        else:
            path = (*table, *keys)
        for length in range(1, len(path) + 1):
            found.setdefault(path[:length], line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each header and each assignment: its offset, `[`, `[[` or nothing, and its keys."""
    at = _skipped(text, 0)
    while at < len(text):
        header = "[[" if text.startswith("[[", at) else "[" if text[at] == "[" else ""
        keys, end = _keys(text, at + len(header))
        yield at, header, keys
        at = _skipped(text, _end_of_value(text, end + len(header or "=")))


def _keys(text: str, at: int) -> tuple[list[str], int]:
    keys = []
    while (key := _KEY.match(text, at)) is not None:
        keys.append(_unquoted(key["key"]))
        at = key.end()
        if not key["dot"]:
            break
    return keys, at


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    return str(tomllib.loads(f"key = {key}")["key"]) if key[0] == '"' else key


def _end_of_value(text: str, at: int) -> int:
    depth = 0
    while (token := _TOKEN.match(text, at)) is not None:
        if token.group() == "\n" and depth == 0:
            break
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
        at = token.end()
    return at


def _skipped(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _numbered(keys: list[str], counts: dict[KeyPath, int]) -> KeyPath:
    """The path with the number of the newest element after each list of tables."""
    path: KeyPath = ()
    for key in keys:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path
