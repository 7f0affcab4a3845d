"""Slack as a person reads it: what is new in the channels, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any, Literal

from credwatch.sandbox.slack import Message, Room, Slack

PAGES = "#voice-oncall"
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)>")
_LINK = re.compile(r"<(https?://[^|>]*)\|([^>]*)>")
_STRUCK = re.compile(r"(?<!\w)~([^~]+)~")


@dataclass(frozen=True)
class Heard:
    """One thing that was said in a channel, as it stood when it was read."""

    how: Literal["post", "reply", "edit"]
    at: datetime
    """When it was said; of an edit: when the message that was edited was."""
    channel: str
    lines: tuple[str, ...]
    """The first is what a locked phone shows."""
    new: tuple[str, ...] = ()
    """Of an edit, the lines that did not stand there before."""

    @property
    def over(self) -> bool:
        """Whether it tells that something has ended."""
        return "Resolved" in self.lines[0]

    @property
    def page(self) -> bool:
        """Whether somebody was called by it: in the pages' channel, and not that it is over."""
        return self.how != "edit" and self.channel == PAGES and not self.over


class Reader:
    """Remembers what it has read."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._read: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}

    def news(self) -> Iterator[Heard]:
        """What was said or edited since the last time; channel by channel and thread by thread, the oldest first."""
        people = {known: f"@{handle}" for handle, known in self._slack.groups.items()}
        for room in self._slack.rooms.values():
            for message in sorted(room.messages, key=lambda each: (each.thread_ts or each.ts, each.ts)):
                edits, before = self._read.get((room.id, message.ts), (None, ()))
                if edits != message.edits:
                    heard = _heard(room, message, people, before)
                    self._read[room.id, message.ts] = message.edits, heard.lines
                    yield heard


def _heard(room: Room, message: Message, people: Mapping[str, str], before: tuple[str, ...]) -> Heard:
    how: Literal["post", "reply", "edit"] = "edit" if before else "reply" if message.thread_ts else "post"
    lines = tuple(plain("\n".join(_texts(message.blocks)) or message.text, people).splitlines())
    at = datetime.fromtimestamp(int(message.ts.partition(".")[0]), UTC)
    return Heard(how, at, f"#{room.name}", lines, tuple(line for line in lines if before and line not in before))


def _texts(blocks: list[Any]) -> Iterator[str]:
    for block in blocks:
        yield from (part["text"] for part in (block.get("text"), *block.get("elements", ())) if part)


def plain(markup: str, people: Mapping[str, str]) -> str:
    """Slack's markup as text: times in UTC, groups by their names, struck words between tildes, nothing bold."""
    text = _DATE.sub(r"\1", markup)
    text = _GROUP.sub(lambda found: people.get(found[1], "@somebody"), text)
    text = _LINK.sub(r"\2 \1", text)
    return unescape(_STRUCK.sub(r"~~\1~~", text.replace("*", "")))
