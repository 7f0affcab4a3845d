"""What runs come to: what was said in Slack and what the ledger knows, apart from ids and times."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credwatch.sandbox.slack import Message

_VARYING = (
    (re.compile(r"cw-[0-9A-Z]{6}"), "cw-"),
    (re.compile(r"\bc-[0-9a-z]{4,}"), "c-"),
    (re.compile(r"<!date\^\d+"), "<!date^"),
    (re.compile(r"\d\d:\d\d( UTC)"), r"\1"),
    (re.compile(r"said:provider:(\w+):(\w+):\d+"), r"said:\1:\2"),
)
_QUERIES = (
    "select kind, name, status, reason, place, ended from credential c left join copy h on h.credential_id = c.id",
    "select about, iif(about = 'credential', '', subject), step, closed_why from incident",
    "select about, step, level, state, clock, iif(about = 'credential', '', subject) from outbox",
)


@dataclass(frozen=True)
class Known:
    """What can be seen from outside, and what the ledger says, apart from ids and times."""

    said: dict[str, list[tuple[str, str, str]]]
    """By channel: text, what it answers to, the rest of the message."""
    statuses: list[tuple[Any, ...]]
    incidents: list[tuple[Any, ...]]
    outbox: list[tuple[Any, ...]]


def known(rooms: Mapping[str, Sequence[Message]], ledger: Path) -> Known:
    """All of it."""
    texts = {message.ts: message.text for messages in rooms.values() for message in messages}
    said = {name: sorted(_shown(message, texts) for message in messages) for name, messages in rooms.items()}
    with closing(sqlite3.connect(ledger)) as db:
        statuses, incidents, outbox = (sorted(map(plain, db.execute(query)), key=str) for query in _QUERIES)
    return Known(said, statuses, incidents, outbox)


def _shown(message: Message, texts: Mapping[str, str]) -> tuple[str, str, str]:
    parent = texts.get(message.thread_ts or "", "")
    return _plain(message.text), _plain(parent), _plain(json.dumps(message.blocks, sort_keys=True))


def plain(values: Sequence[Any]) -> tuple[Any, ...]:
    """Without what differs from run to run: ids and times of the day."""
    return tuple(_plain(value) if isinstance(value, str) else value for value in values)


def _plain(text: str) -> str:
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text
