"""Text that stands, escaped, within another text: where each of its characters stands there."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Edit(NamedTuple):
    """What stands from here to there is replaced by this."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Layer:
    """A text as it is read, and the way back to how it is written."""

    text: str
    offsets: Sequence[int]
    """Where each character begins in the text around, and where the last one ends."""
    written: Callable[[str], str]
    """How a text would be written there. ValueError when it cannot stand there."""

    def outwards(self, edit: Edit) -> Edit:
        """The same edit of the text around."""
        return Edit(self.offsets[edit.start], self.offsets[edit.end], self.written(edit.text))


def unescaped(
    raw: str, start: int, escape: re.Pattern[str], meant: Callable[[str], str], written: Callable[[str], str]
) -> Layer:
    """What this piece says, which begins at `start` of the text around. Every escape means one character."""
    if not escape.search(raw):
        return Layer(raw, range(start, start + len(raw) + 1), written)
    pieces: list[str] = []
    offsets = array("Q")
    at = 0
    for found in escape.finditer(raw):
        pieces += (raw[at : found.start()], meant(found[0]))
        offsets.extend(range(start + at, start + found.start() + 1))
        at = found.end()
    pieces.append(raw[at:])
    offsets.extend(range(start + at, start + len(raw) + 1))
    return Layer("".join(pieces), offsets, written)
