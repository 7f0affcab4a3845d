"""What reads a sink again: a terminal's line, JSON that may be looked at on one, and the page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from html.parser import HTMLParser
from typing import Any

from tests.sinks.names import unseen

TAGS = frozenset(["html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th", "td"])
"""All that a page of ours is made of."""


class OnATerminal(io.StringIO):
    """A stream that says so."""

    def isatty(self) -> bool:
        return True


def one_line(said: str) -> str:
    """What a terminal shows of a line: as it is, for there is nothing in it that is not shown."""
    assert said.endswith("\n")
    assert not any(map(unseen, said[:-1])), ascii(said)
    return said[:-1]


def printed(write: Callable[[], object]) -> str:
    """What goes to standard output."""
    with redirect_stdout(io.StringIO()) as out:
        write()
    return out.getvalue()


def one_json(said: str) -> Any:
    """A document that may be looked at on a terminal."""
    assert all(letter == "\n" or not unseen(letter) for letter in said), ascii(said)
    return json.loads(said)


class Cells(HTMLParser):
    """The cells and paragraphs of a page, and every tag in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs) if tag not in {"html", "meta"} else set()
        self.texts.append("")
        self._inside = True

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data
