"""Sending: what begins now, and what was begun before. Record, send, mark, in that order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from credwatch.alerts import speech
from credwatch.alerts.channel import NOT_THERE, Channel, Posted
from credwatch.alerts.planning import Send
from credwatch.alerts.routes import Ruled
from credwatch.alerts.waiting import held, planned, ripe
from credwatch.clock import Clock
from credwatch.errors import DeliveryError
from credwatch.ledger.outbox import Message, Outbox, Row

PATIENCE = 60.0
"""Seconds that one delivery waits for a channel that asked for time."""
TURN = 20.0
"""Seconds of sending after which it is looked whether something louder has come."""
_DEAD_FOR = timedelta(minutes=1)
_LONGEST = timedelta(minutes=5)
_LOST = timedelta(days=1)
"""A thread in a channel that was dead for this long is given up."""
_DRIFT = timedelta(days=1)
"""How far a channel's clock may be from ours when its history is searched: ours may run in another time zone."""


def message_of(send: Send, new: str, now: datetime) -> Message:
    """The message that this is sent as."""
    return Message(
        id=new,
        kind=send.kind,
        channel=send.channel,
        state="sending",
        created_at=now,
        parent_id=send.parent.id if send.parent else None,
        parent_channel_id=send.parent.channel_id if send.parent else None,
        parent_ts=send.parent.ts if send.parent else None,
        incident_id=send.incident_id,
        digest_owner=send.digest_owner,
        digest_date=send.digest_date,
    )


@dataclass
class Posting:
    """One run: passes over what waits, until nothing can be sent now."""

    outbox: Outbox
    routes: Ruled
    channel: Channel
    clock: Clock
    stop: threading.Event
    new_id: Callable[[], str]
    sent: int = 0
    dropped: int = 0
    dead: dict[str, str] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _held: dict[str, datetime] = field(default_factory=dict)
    """Channels that asked for time, and until when."""
    _taken: int = 0
    """Messages and edits."""

    def run(self) -> None:
        """Everything that can be sent now, and what can be sent within a minute."""
        end = self.clock.monotonic() + PATIENCE
        while True:
            before = self._taken
            if not self._pass():
                if self._taken == before or self.stop.is_set():
                    return
                continue
            pause = self._soonest()
            if pause is None or self.clock.monotonic() + pause > end or not self.clock.wait(pause, self.stop):
                return

    def _pass(self) -> bool:
        """Pages first, edits last. Whether that was all: else its turn was over, and a page may have come meanwhile."""
        self._held = held(self.outbox.unfinished(), self.clock.now())
        self._resume_all(message for message in self.outbox.unfinished() if message.kind != "update")
        made = planned(self.outbox, self.routes, self.clock.now())
        self.outbox.drop(made.drops)
        self.dropped += len(made.drops)
        until = self.clock.monotonic() + TURN
        for send in made.sends:
            if self.clock.monotonic() > until:
                return False
            if self._takes(send.channel) and self._may_send(send.channel):
                self._begin(send)
        return self._resume_all(self.outbox.unfinished(), until)

    def _takes(self, channel: str) -> bool:
        now = self.clock.now()
        return channel not in self.dead and self._held.get(channel, now) <= now

    def _soonest(self) -> float | None:
        """Seconds until something that was begun may be tried again, dead channels apart."""
        now = self.clock.now()
        waits = [m for m in self.outbox.unfinished() if m.channel not in self.dead and not ripe(m, now)]
        return min(((m.next_try_at - now).total_seconds() for m in waits if m.next_try_at), default=None)

    def _may_send(self, channel: str) -> bool:
        """Waits for the channel's pace; False when we are asked to stop."""
        last = self._last.get(channel)
        pause = 0.0 if last is None else last + self.channel.pause - self.clock.monotonic()
        if self.stop.is_set() or (pause > 0 and not self.clock.wait(pause, self.stop)):
            return False
        self._last[channel] = self.clock.monotonic()
        return True

    # -- what begins now -----------------------------------------------------------------------------------------

    def _begin(self, send: Send) -> None:
        now = self.clock.now()
        message = message_of(send, self.new_id(), now)
        edits = [self._follower("update", thread, send, now) for thread in send.edits]
        echoes = [self._follower("reply", thread, send, now) for thread in send.echoes]
        self.outbox.bind(message, send.members, (*echoes, *edits), now)
        self._send(message, self.outbox.members(message.id))

    def _follower(self, kind: str, thread: Message, send: Send, now: datetime) -> Message:
        follower = message_of(replace(send, kind=kind, parent=thread, channel=thread.channel), self.new_id(), now)
        return replace(follower, state="queued", digest_owner=None, digest_date=None)

    # -- what was begun before -----------------------------------------------------------------------------------

    def _resume_all(self, messages: Iterable[Message], until: float | None = None) -> bool:
        """Whether all of them had their turn."""
        for message in messages:
            if until is not None and self.clock.monotonic() > until:
                return False
            if ripe(message, self.clock.now()) and self._takes(message.channel) and self._may_send(message.channel):
                self._resume(message)
        return True

    def _resume(self, message: Message) -> None:
        members = self.outbox.members(message.id)
        moved = message.state == "queued" and speech.moved(self.routes, message, members)
        if message.parent_id and (moved or not self.routes.reaches(message.channel)):
            self.outbox.fail(message.id, "its thread is in another channel")
            return
        try:
            found = self._find(message) if message.state == "sending" else None
        except DeliveryError as error:
            self._failed(message, error, absent=False)
            return
        if found is not None:
            self.outbox.sent(message.id, found.channel_id, found.ts, self.clock.now())
            self.sent += 1
            self._taken += 1
            return
        where = message.channel if message.parent_id else speech.where(self.routes, message, members)
        left = self.outbox.again(message, where, self.clock.now())
        self.dropped += len(members) - len(left or ())
        if left is not None:
            self._send(replace(message, channel=where), left)

    def _find(self, message: Message) -> Posted | None:
        if message.kind == "update":
            return None
        since = min(message.sending_at or message.created_at, message.created_at) - _DRIFT
        return self.channel.find(message.channel, message.id, since, _parent(message))

    # -- sending -------------------------------------------------------------------------------------------------

    def _send(self, message: Message, members: Sequence[Row]) -> None:
        words = speech.words(self.outbox, self.routes, message, members, self.clock.now())
        if words is None:
            self.outbox.fail(message.id, "the ledger no longer knows what it was about")
            return
        parent = _parent(message)
        try:
            if parent is None:
                posted = self.channel.post(message.channel, words, message.id)
            elif message.kind == "reply":
                posted = self.channel.reply(parent, words, message.id)
            else:
                if self.outbox.says(message) != words.fingerprint:
                    self.channel.update(parent, words)
                posted = parent
        except DeliveryError as error:
            self._failed(message, error)
            return
        self.outbox.sent(message.id, posted.channel_id, posted.ts, self.clock.now(), says=words.fingerprint)
        self.sent += message.kind != "update"
        self._taken += 1

    def _leave_thread(self, message: Message, why: str) -> None:
        """Its thread takes nothing any more: what was to be said there is planned anew."""
        if message.kind == "reply" and message.parent_id:
            self.outbox.fail(message.parent_id, why)
        self.outbox.fail(message.id, why)

    def _failed(self, message: Message, error: DeliveryError, *, absent: bool = True) -> None:
        """A channel that says no, or later, has not taken it. After anything else it is looked for first."""
        lost = error.permanent and self.clock.now() - message.created_at > _LOST
        if message.parent_id and (lost or error.reason == NOT_THERE):
            self._leave_thread(message, error.reason)
            return
        if error.permanent:
            self.dead[message.channel] = error.reason
        wait = _DEAD_FOR if error.permanent else error.retry_after or _backoff(message.attempts)
        refused = absent and (error.permanent or error.retry_after is not None)
        again = self.clock.now() + wait
        if refused:
            self._held[message.channel] = max(again, self._held.get(message.channel, again))
        mark = self.outbox.refused if refused else self.outbox.unanswered
        mark(message.id, error.reason, again)


def _parent(message: Message) -> Posted | None:
    if message.parent_channel_id is None or message.parent_ts is None:
        return None
    return Posted(message.parent_channel_id, message.parent_ts)


def _backoff(attempts: int) -> timedelta:
    return min(_LONGEST, timedelta(seconds=2 ** min(attempts, 10)))
