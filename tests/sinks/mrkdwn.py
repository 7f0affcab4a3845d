"""A reader of Slack's markup, by docs.slack.dev "Formatting message text": what is shown, and what happens beside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    <(?P<control>[^<>]*)>
  | `(?P<code>[^`\n]*)`
  | (?P<sign>[*~`])
  | (?P<edge>(?<![^\W_])_|_(?![^\W_]))
  | :(?P<picture>[A-Za-z0-9_+'-]+):
  | &(?P<entity>amp|lt|gt);
  | (?P<bare>[<>&])
  | (?P<text>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}


@dataclass
class Shown:
    """A text as Slack shows it."""

    text: str = ""
    acts: list[tuple[str, str]] = field(default_factory=list)
    """Whom it calls, where it leads, what it formats."""


def read(markup: str) -> Shown:
    """The text, with every mention, link, date, picture and format in it; a sign that opens nothing counts too."""
    shown = Shown()
    for token in _TOKEN.finditer(markup):
        sort, said = str(token.lastgroup), token[str(token.lastgroup)]
        match sort:
            case "text":
                shown.text += said
            case "entity":
                shown.text += _ENTITIES[said]
            case "code":
                shown.text += unescaped(said)
                shown.acts.append(("code", unescaped(said)))
            case "control":
                where, _, label = said.partition("|")
                kind = "mention" if where.startswith(("@", "#", "!")) else "link"
                kind = "date" if where.startswith("!date^") else kind
                shown.text += unescaped(label or where)
                shown.acts.append((kind, unescaped(where)))
            case _:
                shown.acts.append((sort, said))
    return shown


def unescaped(text: str) -> str:
    """Slack's three entities."""
    return re.sub("&(amp|lt|gt);", lambda found: _ENTITIES[found[1]], text)
