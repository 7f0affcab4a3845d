"""Where messages go. A channel posts, answers in a thread, edits, and can say whether it has a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from credwatch.alerts.words import Words

NO_ANSWER = "no_answer"
"""The reason of a DeliveryError that leaves open whether the message was taken."""
NOT_THERE = "message_not_found"
"""The message that is to be edited or answered does not exist."""


@dataclass(frozen=True)
class Posted:
    """Where a message is: the channel's own id, and the message's time stamp in it."""

    channel_id: str
    ts: str


class Channel(Protocol):
    """Every method raises DeliveryError: `permanent` when the whole channel is dead, NO_ANSWER when nobody knows."""

    pause: float
    """Seconds between two messages to the same place."""

    def post(self, where: str, words: Words, message: str) -> Posted:
        """A message of its own, marked with our id."""

    def reply(self, parent: Posted, words: Words, message: str) -> Posted:
        """A message in the parent's thread."""

    def update(self, posted: Posted, words: Words) -> None:
        """The message says this now."""

    def delete(self, posted: Posted) -> None:
        """The message is gone."""

    def find(self, where: str, message: str, since: datetime, parent: Posted | None) -> Posted | None:
        """The message with our id, if the channel has it."""


class ConsoleChannel:
    """Where no Slack is configured: the same words, printed by `write`. An edit is not printed again."""

    pause = 0.0

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def post(self, where: str, words: Words, message: str) -> Posted:
        """Printed with an empty line after it."""
        self._write(words.plainly() + "\n")
        return Posted(where, message)

    def reply(self, parent: Posted, words: Words, message: str) -> Posted:
        """As a message of its own: a console has no threads."""
        return self.post(parent.channel_id, words, message)

    def update(self, posted: Posted, words: Words) -> None:
        """What is printed stays."""

    def delete(self, posted: Posted) -> None:
        """What is printed stays."""

    def find(self, where: str, message: str, since: datetime, parent: Posted | None) -> Posted | None:
        """Nobody can say."""
        del where, message, since, parent
        return None
