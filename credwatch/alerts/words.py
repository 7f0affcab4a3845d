"""What a message says, before any channel renders it. Names stay as they are here; each sink escapes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from credwatch.log import escape_control

MOST_LINES = 12
HEAD = 120
_LONGEST = 300
_FORMS = {"day": "%a %-d %b", "moment": "%a %-d %b %H:%M UTC", "time": "%H:%M UTC"}


@dataclass(frozen=True)
class Code:
    """A place, a command or a vendor's own words."""

    text: str


@dataclass(frozen=True)
class Struck:
    """What was said before and holds no more."""

    text: str


@dataclass(frozen=True)
class When:
    """A time; where the channel can, each reader sees it in their own zone."""

    at: datetime
    form: Literal["day", "moment", "time"] = "moment"


@dataclass(frozen=True)
class Link:
    """A page elsewhere."""

    url: str
    label: str


@dataclass(frozen=True)
class Strong:
    """What the eye should find first."""

    spans: tuple[str | Code | When, ...]


Span = str | Code | Struck | When | Link | Strong
Line = tuple[Span, ...]


@dataclass(frozen=True)
class Words:
    """One message: the first line, the others, whom to call, and a reference that can be searched."""

    head: Line
    lines: tuple[Line, ...] = ()
    reference: str = ""
    mention: str = ""
    """As configured: `@voice-oncall`."""

    @property
    def text(self) -> str:
        """The first line as a locked phone shows it."""
        return plain(self.head)

    def plainly(self) -> str:
        """The whole message as plain text."""
        head = self.text + (f" · {clean(self.mention)}" if self.mention else "")
        return "\n".join([head, *(plain(line) for line in self.lines), *([self.reference] if self.reference else [])])

    @property
    def fingerprint(self) -> str:
        """Equal for equal words, whoever is called by them."""
        return hashlib.sha256(replace(self, mention="").plainly().encode()).hexdigest()[:32]


def compose(
    head: Line, lines: Iterable[Line | None], *, reference: str = "", mention: str = "", rest: str = ""
) -> Words:
    """Words within the limits: a first line of at most 120 characters, 12 lines with the reference, the rest by `rest`."""
    kept = [_cut(line, _LONGEST) for line in lines if line]
    room = MOST_LINES - 2
    if len(kept) > room:
        more = f"{len(kept) - room + 1} more lines"
        kept = [*kept[: room - 1], (f"{more}: ", Code(rest)) if rest else (more,)]
    return Words(_cut(head, HEAD), tuple(kept), reference, mention)


def clean(text: str) -> str:
    """As every sink writes a name (`credwatch.log.escape_control`); a backtick, which ends a code span, is a quote."""
    return escape_control(text).replace("`", "'")


def plain(line: Line) -> str:
    """One line as plain text; times in UTC."""
    return "".join(_plain(span) for span in line)


def _plain(span: Span) -> str:
    match span:
        case Code(text):
            return f"`{clean(text)}`"
        case Struck():
            return ""
        case When(at, form):
            return spell(at, form)
        case Link(url, label):
            return f"{clean(label)} {clean(url)}"
        case Strong(spans):
            return plain(spans)
        case text:
            return clean(text)


def spell(at: datetime, form: str) -> str:
    """A time in UTC: "Fri 4 Dec 10:00 UTC"."""
    return at.astimezone(UTC).strftime(_FORMS[form])


def short(text: str, longest: int = 48) -> str:
    """A name that leaves room for the sentence around it."""
    shown = clean(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _cut(line: Line, longest: int) -> Line:
    """As much of the line as there is room for; a name or a place may be cut, a time is left out."""
    if len(plain(line)) <= longest:
        return line
    kept: list[Span] = []
    room = longest - 1
    for span in line:
        if len(_plain(span)) <= room:
            kept.append(span)
            room -= len(_plain(span))
            continue
        match span:
            case str():
                kept.append(clean(span)[:room])
            case Code(text) if room > len("``"):
                kept.append(Code(clean(text)[: room - len("``")]))
        break
    return (*kept, "…")
