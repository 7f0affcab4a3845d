"""How answers look: aligned plain text when piped, a table on a terminal, JSON when asked. No name gets through unescaped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, TextIO

from credwatch.log import escape_control

WIDTH = 120
DOT = " · "
"""Between two facts; where a line breaks, it goes."""
FITS_A_TERMINAL = 500
"""A longer table is printed plainly on a terminal too: nobody waits for lines to be measured that scroll away."""
_AT_ONCE = 1000


@dataclass(frozen=True)
class Column:
    """One column. A cell that is longer than `width` is never cut: it pushes the rest of its line."""

    title: str
    width: int = 0
    right: bool = False


shown = escape_control
"""How a name is printed."""


def say(line: str = "") -> None:
    """One line on standard output."""
    sys.stdout.write(f"{shown(line)}\n")


def aligned(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows as lines, without the titles."""
    line = "  ".join(f"%{'' if column.right else '-'}{column.width or ''}s" for column in columns)
    for row in rows:
        done = line % tuple(row)
        yield (done if shown(done) == done else line % tuple(map(shown, row))).rstrip()


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, most: int = WIDTH) -> list[Column]:
    """The columns as wide as their widest cell, up to `most`."""
    widths = [max([len(shown(row[at])) for row in rows], default=0) for at in range(len(columns))]
    return [
        Column(column.title, min(max(width, len(column.title)), most), column.right)
        for column, width in zip(columns, widths, strict=True)
    ]


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], out: TextIO | None = None) -> int:
    """Titles and rows; how many rows there were. Piped rows are written as they come."""
    stream = out or sys.stdout
    coming = iter(rows)
    if stream.isatty():
        few = list(islice(coming, FITS_A_TERMINAL + 1))
        if len(few) <= FITS_A_TERMINAL:
            return _on_a_terminal(columns, few, stream)
        coming = chain(few, coming)
    count = 0
    wide = [Column(column.title, max(column.width, len(column.title)), column.right) for column in columns]
    titles = [column.title for column in wide]
    lines = aligned(wide, chain([titles], coming))
    while some := list(islice(lines, _AT_ONCE)):
        stream.write("\n".join(some) + "\n")
        count += len(some)
    return count - 1


def _on_a_terminal(columns: Sequence[Column], rows: Sequence[Sequence[str]], stream: TextIO) -> int:
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it
    from rich.table import Table  # noqa: PLC0415  the same
    from rich.text import Text  # noqa: PLC0415  the same

    drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        drawn.add_column(column.title, justify="right" if column.right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown(cell)) for cell in row))
    Console(file=stream, highlight=False, emoji=False).print(drawn)
    return len(rows)


def wrapped(head: str, parts: Iterable[str], *, by: str = DOT, indent: int | None = None) -> Iterator[str]:
    """The parts on as many lines as they need, broken only between two of them; a longer one stays whole."""
    further = " " * (len(head) if indent is None else indent)
    line, empty = head, True
    for part in (shown(part) for part in parts if part):
        if not empty and len(line) + len(by) + len(part) > WIDTH:
            yield line if by == DOT else f"{line}{by.rstrip()}"
            line, empty = further, True
        line, empty = (line + part if empty else f"{line}{by}{part}"), False
    if not empty:
        yield line.rstrip()


def as_data(thing: Any) -> Any:
    """What JSON itself cannot hold: times become ISO 8601, lengths seconds, and what a question answers a table."""
    if is_dataclass(thing) and not isinstance(thing, type):
        return {field.name: getattr(thing, field.name) for field in fields(thing)}
    if isinstance(thing, datetime):
        return thing.isoformat()
    if isinstance(thing, timedelta):
        return thing.total_seconds()
    return sorted(thing) if isinstance(thing, frozenset) else str(thing)


def document(thing: Any) -> None:
    """One JSON document; what could move a cursor is written as its number."""
    json.dump(thing, sys.stdout, indent=2, default=as_data)
    sys.stdout.write("\n")


def documents(things: Iterable[Any]) -> None:
    """One JSON list, written as its members come; named tuples are tables too."""
    before = "[\n"
    for thing in things:
        table = thing._asdict() if hasattr(thing, "_asdict") else thing
        sys.stdout.write(f"{before}  {json.dumps(table, default=as_data)}")
        before = ",\n"
    sys.stdout.write("[]\n" if before == "[\n" else "\n]\n")
