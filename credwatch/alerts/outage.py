"""The ledger itself cannot be used: nothing is recorded, and so nothing is told in the usual way. This is told past it.

Where nothing can be remembered the channel's own history says what was told already.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from credwatch.alerts.channel import Channel, Posted
from credwatch.alerts.routes import Routes
from credwatch.alerts.words import Code, Line, When, Words, compose, short

_DAY = timedelta(days=1)
_HEAD = "Blind: credwatch cannot use its ledger, so it looks at nothing and tells nothing"
_LINES: tuple[Line, ...] = (
    ("This says nothing about the keys. It goes on by itself when the ledger can be used again.",),
    ("Do: what it says, then ", Code("credwatch doctor")),
)


@dataclass(frozen=True)
class Outage:
    """A ledger that cannot be used: the one in this directory of this machine."""

    channel: Channel
    routes: Routes
    where: str
    now: datetime

    def tell(self, why: str, patience: timedelta) -> bool:
        """Warn, every second day; page when that was so long ago. Whether anything was said now. DeliveryError."""
        warned = self._found(self.routes.warnings, "warning")
        if warned is None:
            self.channel.post(self.routes.warnings, self._words(why), self._id("warning", self.now))
            return True
        since = datetime.fromtimestamp(float(warned.ts), UTC)
        if self.now - since < patience or self._found(self.routes.pages, "page") is not None:
            return False
        self.channel.post(self.routes.pages, self._words(why, since), self._id("page", self.now))
        return True

    def over(self) -> bool:
        """Say where it was told that it is over. Whether anything was said now. DeliveryError."""
        said = False
        for where, level in ((self.routes.warnings, "warning"), (self.routes.pages, "page")):
            told = self._found(where, level)
            mark = self._id(f"{level} over", self.now)
            if told is None or self._reply(told, where, f"{level} over"):
                continue
            head: Line = ("Resolved ", When(self.now, "time"), ": credwatch can use its ledger again")
            words = compose(head, [("What was to be told meanwhile is told now.",)], reference=self.where)
            self.channel.reply(told, words, mark)
            self.channel.update(told, words)
            said = True
        return said

    def _words(self, why: str, since: datetime | None = None) -> Words:
        lasting: Line | None = ("It was said first ", When(since), ".") if since else None
        mention = self.routes.mention("") if since else ""
        return compose((_HEAD,), [(short(why, 280),), *_LINES, lasting], reference=self.where, mention=mention)

    def _found(self, where: str, level: str) -> Posted | None:
        """What was told of this outage; one that is over is another."""
        for name in self._ids(level):
            found = self.channel.find(where, name, self.now - 3 * _DAY, None)
            if found is not None and not self._reply(found, where, f"{level} over"):
                return found
        return None

    def _reply(self, parent: Posted, where: str, level: str) -> bool:
        return any(self.channel.find(where, name, self.now - 3 * _DAY, parent) for name in self._ids(level))

    def _ids(self, level: str) -> Iterator[str]:
        for days in range(2):
            yield self._id(level, self.now - days * _DAY)

    def _id(self, level: str, day: datetime) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"credwatch ledger {self.where} {level} {day:%Y-%m-%d}"))
