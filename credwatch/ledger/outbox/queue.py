"""The alerts that wait, the messages they are bound to, and the marks: record, send, mark."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from credwatch.findings import Finding, Sight
from credwatch.ledger.book import Ledger
from credwatch.ledger.outbox import courses, digests, stories
from credwatch.ledger.outbox.alerts import alerts
from credwatch.ledger.outbox.views import Counts, Course, Digest, Message, Row, Story
from credwatch.ledger.rows import count, first, ids, select
from credwatch.ledger.times import moment, stored

_MESSAGES = """
select m.*, p.channel_id as parent_channel_id, p.ts as parent_ts
from message m left join message p on p.id = m.parent_id
"""
_FOLDED = """
join incident i on i.id = m.incident_id
where m.kind = 'post' and m.state = 'sent' and i.closed_why = 'folded' and not exists (
    select 1 from message u
    where u.incident_id = m.incident_id and u.parent_id = m.id and u.kind = 'update' and u.created_at >= i.closed_at)
order by m.created_at, m.rowid
"""


class Outbox:
    """What alerts read and write of the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    # -- reading -------------------------------------------------------------------------------------------------

    def waiting(self) -> tuple[Row, ...]:
        """The alerts of closed sweeps that no message tells yet, oldest first."""
        with self.ledger.read() as db:
            return tuple(alerts(db, "o.state in ('queued', 'bound') and o.state = 'queued'"))  # as their index says it

    def undelivered(self) -> int:
        """How many alerts nobody was told yet."""
        with self.ledger.read() as db:
            return len(alerts(db, "o.state in ('queued', 'bound')"))

    def unfinished(self) -> tuple[Message, ...]:
        """The messages that were begun, oldest first."""
        with self.ledger.read() as db:
            found = select(db, _MESSAGES + "where m.state in ('queued', 'sending') order by m.created_at, m.rowid")
        return tuple(_message(row) for row in found)

    def threads(self, incidents: Collection[str]) -> Mapping[str, tuple[Message, ...]]:
        """Where these incidents were told: every first message, sent or on its way."""
        asked = tuple(incidents)
        begun = "m.kind = 'post' and m.state in ('queued', 'sending', 'sent')"
        these = "m.incident_id in (select value from json_each(?))"
        with self.ledger.read() as db:
            found = select(db, f"{_MESSAGES} where {begun} and {these} order by m.created_at, m.rowid", ids(asked))
        told: dict[str, list[Message]] = {incident: [] for incident in asked}
        for row in found:
            told[row["incident_id"]].append(_message(row))
        return {incident: tuple(messages) for incident, messages in told.items()}

    def folded(self) -> tuple[Message, ...]:
        """Where incidents were told that have become part of a larger one, and which do not say so yet."""
        with self.ledger.read() as db:
            found = select(db, _MESSAGES + _FOLDED)
        return tuple(_message(row) for row in found)

    def digested(self, date: str) -> frozenset[str]:
        """The owners who have their digest of this day, sent or on its way."""
        with self.ledger.read() as db:
            found = select(db, "select digest_owner from message where digest_date = ?", date)
        return frozenset(row["digest_owner"] for row in found)

    def story(self, incident: str) -> Story | None:
        """The incident in its present state."""
        with self.ledger.read() as db:
            return stories.load(db, incident)

    def course(self, thread: str) -> Course | None:
        """The rotation that is told there, in its present state; None: it is an incident that is."""
        with self.ledger.read() as db:
            return courses.load(db, thread)

    def said(self, milestones: Sequence[int]) -> tuple[str, ...]:
        """The words of these alerts of a rotation."""
        with self.ledger.read() as db:
            return courses.said(db, milestones)

    def alone(self, alert: int) -> Story | None:
        """An alert without an incident."""
        with self.ledger.read() as db:
            return stories.of_row(db, alert)

    def digest(self, owner: str, date: str, members: Sequence[int]) -> Digest:
        """What these alerts come to."""
        with self.ledger.read() as db:
            return digests.load(db, owner, date, members)

    def counts(self, now: datetime, found: Mapping[Finding, int], sight: Sight) -> Counts:
        """For the first summary, with what the join has found."""
        with self.ledger.read() as db:
            return digests.counts(db, now, found, sight)

    def members(self, message: str) -> tuple[Row, ...]:
        """The alerts that are bound to a message."""
        with self.ledger.read() as db:
            return tuple(alerts(db, "o.message_id = ?", message))

    # -- writing -------------------------------------------------------------------------------------------------

    def bind(self, message: Message, members: Sequence[int], followers: Iterable[Message], now: datetime) -> None:
        """The message is being sent, and these are its members from now on; the followers are sent after it.

        An edit that waits for the same parent already is enough.
        """
        with self.ledger.transaction() as db:
            _insert(db, message, now)
            for follower in followers:
                if follower.kind != "update" or not _edited(db, follower):
                    _insert(db, follower, now)
            _change(db, "state = 'bound', message_id = ?", members, message.id)

    def again(self, message: Message, channel: str, now: datetime) -> tuple[Row, ...] | None:
        """One more try of a message that is proven absent: what is no longer true leaves it.

        The members that stay. None: nothing is left to tell, and the message is dropped.
        """
        with self.ledger.transaction() as db:
            members = alerts(db, "o.message_id = ?", message.id)
            for row in members:
                if row.untrue:
                    _change(db, "state = 'dropped', why = ?", [row.id], row.untrue)
            left = tuple(row for row in members if not row.untrue)
            if members and not left:
                _ended(db, message.id, "dropped", "nothing is left to tell")
                return None
            db.execute(
                "update message set state = 'sending', channel = ?, sending_at = ? where id = ?",
                (channel, stored(now), message.id),
            )
            return left

    def sent(self, message: str, channel_id: str, ts: str, now: datetime, *, says: str = "") -> None:
        """The channel has it. `says` is the fingerprint of its words, where they are known for certain."""
        with self.ledger.transaction() as db:
            db.execute(
                "update message set state = 'sent', channel_id = ?, ts = ?, sent_at = ?, next_try_at = null, error = null,"
                " attempts = attempts + 1"
                " where id = ?",
                (channel_id, ts, stored(now), message),
            )
            db.execute(
                "insert into event (credential_id, at, what, detail)"
                " select o.credential_id, ?, 'told', o.level || ' ' || o.step || ' → ' || m.channel"
                " from outbox o join message m on m.id = o.message_id"
                " where o.message_id = ? and o.credential_id is not null",
                (stored(now), message),
            )
            db.execute("update outbox set state = 'told', told_at = ? where message_id = ?", (stored(now), message))
            if says:
                _remember(db, message, says)

    def says(self, edit: Message) -> str:
        """The fingerprint of what stands in the message that is to be edited; empty when nobody knows."""
        with self.ledger.read() as db:
            found = first(db, "select says from message where id = ?", edit.parent_id)
        return str(found["says"] or "") if found else ""

    def refused(self, message: str, error: str, next_try_at: datetime) -> None:
        """The channel did certainly not take it, and takes nothing until then."""
        self._later(message, "queued", error, next_try_at)

    def unanswered(self, message: str, error: str, next_try_at: datetime) -> None:
        """Nobody knows whether the channel took it; then it is looked for."""
        self._later(message, "sending", error, next_try_at)

    def _later(self, message: str, state: str, error: str, next_try_at: datetime) -> None:
        with self.ledger.transaction() as db:
            db.execute(
                "update message set state = ?, error = ?, next_try_at = ?, attempts = attempts + 1 where id = ?",
                (state, error, stored(next_try_at), message),
            )

    def fail(self, message: str, error: str) -> None:
        """It can never be sent: what it would have edited or answered is not there."""
        with self.ledger.transaction() as db:
            _ended(db, message, "failed", error)
            db.execute(
                "update outbox set state = 'queued', message_id = null where message_id = ? and state = 'bound'",
                (message,),
            )

    def drop(self, reasons: Mapping[int, str]) -> None:
        """These alerts need not be told any more, and why."""
        with self.ledger.transaction() as db:
            for alert, why in reasons.items():
                _change(db, "state = 'dropped', why = ?", [alert], why)


def _remember(db: sqlite3.Connection, message: str, says: str) -> None:
    """What an incident's first message says now: this is that message, or an edit of it."""
    db.execute(
        "update message set says = ?1 where id = (select iif(kind = 'update', parent_id, id) from message"
        " where id = ?2 and kind in ('post', 'update') and incident_id is not null)",
        (says, message),
    )


def _ended(db: sqlite3.Connection, message: str, state: str, error: str) -> None:
    """The end of a message. A digest that nobody was sent is not its owner's digest of that day."""
    db.execute(
        "update message set state = ?, error = ?, digest_date = iif(sent_at is null, null, digest_date) where id = ?",
        (state, error, message),
    )


def _edited(db: sqlite3.Connection, edit: Message) -> bool:
    waits = "kind = 'update' and parent_id = ? and state in ('queued', 'sending')"
    return count(db, f"select count(*) from message where {waits}", edit.parent_id) > 0  # noqa: S608  our own words


def _insert(db: sqlite3.Connection, message: Message, now: datetime) -> None:
    sending = message.state == "sending"
    db.execute(
        "insert into message (id, kind, parent_id, channel, channel_id, state, incident_id, digest_owner, digest_date,"
        " created_at, sending_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.id,
            message.kind,
            message.parent_id,
            message.channel,
            message.channel_id,
            message.state,
            message.incident_id,
            message.digest_owner,
            message.digest_date,
            stored(message.created_at),
            stored(now) if sending else None,
        ),
    )


def _change(db: sqlite3.Connection, change: str, which: Sequence[int], *values: object) -> None:
    named = "id in (select value from json_each(?))"
    db.execute(f"update outbox set {change} where {named}", (*values, ids(list(which))))  # noqa: S608  our own words


def _message(row: dict[str, Any]) -> Message:
    return Message(
        id=row["id"],
        kind=row["kind"],
        channel=row["channel"],
        state=row["state"],
        created_at=moment(int(row["created_at"])),
        parent_id=row["parent_id"],
        channel_id=row["channel_id"],
        ts=row["ts"],
        parent_channel_id=row["parent_channel_id"],
        parent_ts=row["parent_ts"],
        incident_id=row["incident_id"],
        digest_owner=row["digest_owner"],
        digest_date=row["digest_date"],
        sending_at=moment(row["sending_at"]),
        attempts=row["attempts"],
        next_try_at=moment(row["next_try_at"]),
    )
