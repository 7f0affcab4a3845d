"""JSON as text: what it holds, and where each of its strings stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from credwatch.fields.layers import Layer, unescaped

_AROUND = "\ufeff \t\r\n"
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]')
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")


@dataclass(frozen=True)
class String:
    """Where a string stands, with its quotes."""

    start: int
    end: int


@dataclass
class Container:
    """An object or an array: what stands in it, by name or number, but for numbers, booleans and nulls."""

    named: bool
    children: dict[str, String | Container] = field(default_factory=dict)
    at: str | None = None

    def begin(self) -> str:
        """Where the next value stands."""
        return self.at if self.at is not None else "0"


def read(text: str) -> dict[str, Any] | list[Any] | None:
    """The object or array that the text is, or None."""
    start = text.lstrip(_AROUND)
    if not start.startswith(("{", "[")):
        return None
    for whole in (int, float):  # Python reads no whole number of thousands of digits, and none is a leaf
        try:
            container = json.loads(start, parse_int=whole)
        except json.JSONDecodeError:
            return None
        except ValueError:
            continue
        return container if isinstance(container, dict | list) else None
    return None


def located(text: str) -> Container:
    """The same as `read`, of a text that it could read: with the places of its strings, the last of a name."""
    top = Container(named=False)
    open_: list[Container] = [top]
    for token in _TOKEN.finditer(text):
        parent = open_[-1]
        match token[0][0]:
            case "{" | "[" as sign:
                child = Container(named=sign == "{")
                parent.children[parent.begin()] = child
                open_.append(child)
            case "}" | "]":
                open_.pop()
            case ",":
                parent.at = None if parent.named else str(int(parent.begin()) + 1)
            case ":":
                parent.children.pop(parent.begin(), None)
            case _ if parent.named and parent.at is None:
                parent.at = json.loads(token[0])
            case _:
                parent.children[parent.begin()] = String(token.start(), token.end())
    whole = top.children["0"]
    return whole if isinstance(whole, Container) else top


def string(text: str, where: String) -> Layer:
    """What the string says that stands there."""
    raw = text[where.start + 1 : where.end - 1]
    return unescaped(raw, where.start + 1, _ESCAPE, lambda escape: str(json.loads(f'"{escape}"')), _written)


def _written(text: str) -> str:
    text.encode()
    return json.dumps(text)[1:-1]
