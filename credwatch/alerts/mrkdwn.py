"""Words as Slack takes them: escaped text, blocks, and times that each reader sees in their own zone."""

from __future__ import annotations

import re
from typing import Any

from credwatch.alerts.words import Code, Line, Link, Span, Strong, Struck, When, Words, clean, spell

_SECTION = 2800
"""Characters that one block takes, with room to spare."""
_TOKENS = {"day": "{date_short}", "moment": "{date_short_pretty} {time}", "time": "{time}"}
_MARKS = str.maketrans({"*": "∗", "~": "∼"})
"""Signs that would set a name in bold or strike it out."""
_SLANTED = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""Not within a word, as in DEEPGRAM_API_KEY."""
_PICTURE = re.compile(r":(?=[A-Za-z0-9_+'-]+:)")
"""The first colon of `:fire:`."""


def escape(text: str) -> str:
    """Text that mentions nobody, links nowhere and formats nothing.

    Slack has no way to write a sign of its markup as text but `&`, `<` and `>`. The others become letters that look
    alike: `∗` `∼` `'` for `*` `~` and a backtick, `ˍ` for `_` at the edge of a word, `∶` for the first `:` of `:fire:`.
    """
    return _entities(_PICTURE.sub("∶", _SLANTED.sub("ˍ", clean(text).translate(_MARKS))))


def render(line: Line) -> str:
    """One line in Slack's markup."""
    return "".join(_span(span) for span in line)


def blocks(words: Words, mention: str = "") -> list[dict[str, Any]]:
    """Sections of lines, then the reference. `mention` is in Slack's own form."""
    struck = "".join(f"~{escape(span.text)}~ " for span in words.head if isinstance(span, Struck))
    head = "".join(_span(span) for span in words.head if not isinstance(span, Struck))
    first = f"{struck}*{head.strip()}*" + (f" · {mention}" if mention else "")
    sections = [first]
    for line in map(render, words.lines):
        if len(sections) > 1 and len(sections[-1]) + len(line) < _SECTION:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    made: list[dict[str, Any]] = [{"type": "section", "text": _text(text)} for text in sections]
    if words.reference:
        made.append({"type": "context", "elements": [_text(escape(words.reference))]})
    return made


def _text(markup: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def _span(span: Span) -> str:
    match span:
        case Code(text):
            return f"`{_entities(clean(text))}`"
        case Struck(text):
            return f"~{escape(text)}~ "
        case When(at, form):
            return f"<!date^{int(at.timestamp())}^{_TOKENS[form]}|{spell(at, form)}>"
        case Link(url, label):
            return f"<{_address(url)}|{escape(label)}>"
        case Strong(spans):
            return f"*{render(spans)}*"
        case text:
            return escape(text)


def _address(url: str) -> str:
    return _entities(clean(url)).replace("|", "%7C").replace(" ", "%20")


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
