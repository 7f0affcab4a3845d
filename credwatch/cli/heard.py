"""A message of the sandbox's Slack on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime

from credwatch.log import escape_control
from credwatch.sandbox.story import Heard

WIDTH = 120


def when(at: datetime) -> str:
    """As every line of a story begins: `Fri 20 Nov 08:05`."""
    return f"{at:%a %d %b %H:%M}"


def shown_message(heard: Heard) -> Iterator[str]:
    """A message of Slack. Of an edit the first line and what is new, unless it tells how it ended."""
    margin = "   │   │ " if heard.how == "reply" else "   │ "
    how = {"post": "", "reply": ", in the thread", "edit": f", the message of {when(heard.at)} now reads"}[heard.how]
    yield f"   {heard.channel}{how}"
    first, *rest = heard.lines
    shown = [line for line in rest if line in heard.new] if heard.how == "edit" and not heard.over else rest
    for line in (first, *shown):
        yield from textwrap.wrap(
            escape_control(line),
            WIDTH,
            initial_indent=margin,
            subsequent_indent=f"{margin}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
