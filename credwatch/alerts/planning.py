"""Which messages the waiting alerts come to. Pure: the same alerts make the same plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from credwatch.alerts.routes import Routes
from credwatch.ledger.outbox import Message, Row
from credwatch.model import About, Level

_ORDER = (Level.PAGE, Level.RESOLVED, Level.WARNING, Level.DIGEST)


@dataclass(frozen=True)
class Send:
    """One message to be sent, its members, and the threads that are brought up to date after it."""

    kind: str
    channel: str
    members: tuple[int, ...]
    incident_id: str | None = None
    parent: Message | None = None
    digest_owner: str | None = None
    digest_date: str | None = None
    edits: tuple[Message, ...] = ()
    """First messages that are edited to the present state."""
    echoes: tuple[Message, ...] = ()
    """Other threads in which the same is said."""


@dataclass
class Plan:
    """What is sent, and what need not be."""

    sends: list[Send] = field(default_factory=list)
    drops: dict[int, str] = field(default_factory=dict)


def plan(  # noqa: PLR0913, PLR0917  what the ledger knows, and the configuration
    rows: Sequence[Row],
    threads: Mapping[str, Sequence[Message]],
    digested: Collection[str],
    folded: Sequence[Message],
    routes: Routes,
    now: datetime,
) -> Plan:
    """Pages first, digests last. What is snoozed, or whose thread is still on its way, waits.

    The first messages of what was `folded` into a larger incident are edited, and nobody is told anew.
    """
    made = Plan()
    digests: dict[str, list[int]] = {}
    others = (row for row in rows if row.about is not About.ROTATION)
    for row in sorted(others, key=lambda row: _ORDER.index(row.level)):
        if row.untrue:
            made.drops[row.id] = row.untrue
        elif row.level is Level.DIGEST:
            digests.setdefault(routes.owner(row.owner), []).append(row.id)
        elif row.incident_id is None:
            made.sends.append(Send("post", routes.where(row.level, row.about, row.owner), (row.id,)))
        elif row.level is Level.RESOLVED or row.snoozed_until is None or row.snoozed_until <= now:
            _of_incident(made, row, row.incident_id, threads, routes)
    _of_rotations(made, [row for row in rows if row.about is About.ROTATION], threads, routes)
    for thread in folded:
        if routes.reaches(thread.channel):
            made.sends.append(Send("update", thread.channel, (), thread.incident_id, parent=thread))
    day = routes.digest_day(now)
    for owner, members in digests.items():
        if day is not None and owner not in digested:
            where = routes.of_owner(owner)
            made.sends.append(Send("post", where, tuple(members), digest_owner=owner, digest_date=day))
    return made


def _of_incident(made: Plan, row: Row, incident: str, threads: Mapping[str, Sequence[Message]], routes: Routes) -> None:
    known = [thread for thread in threads.get(incident, ()) if routes.reaches(thread.channel)]
    told = [thread for thread in known if thread.state == "sent"]
    over = row.level is Level.RESOLVED
    where = routes.where(row.level, row.about, row.owner)
    if any(thread.state != "sent" and (over or thread.channel == where) for thread in known):
        return
    if over and not told:
        made.drops[row.id] = "no message tells of it"
    elif over:
        first, *others = sorted(told, key=lambda thread: thread.channel != routes.pages)
        made.sends.append(_reply(row, first, edits=told, echoes=others))
    elif here := [thread for thread in told if thread.channel == where]:
        made.sends.append(_reply(row, here[0], edits=told))
    else:
        made.sends.append(Send("post", where, (row.id,), incident, edits=tuple(told)))


def _of_rotations(made: Plan, rows: Sequence[Row], threads: Mapping[str, Sequence[Message]], routes: Routes) -> None:
    """One message for all of a rotation; where it stands already, a line in its thread for each milestone."""
    for thread in dict.fromkeys(row.incident_id or "" for row in rows):
        own = [row for row in rows if row.incident_id == thread]
        where = routes.where(own[0].level, own[0].about, own[0].owner)
        known = [message for message in threads.get(thread, ()) if message.channel == where]
        if not known:
            made.sends.append(Send("post", where, tuple(row.id for row in own), thread))
        elif all(message.state == "sent" for message in known):
            made.sends += [_reply(row, known[0], edits=known[:1]) for row in own]


def _reply(row: Row, parent: Message, edits: Sequence[Message], echoes: Sequence[Message] = ()) -> Send:
    return Send(
        "reply", parent.channel, (row.id,), row.incident_id, parent=parent, edits=tuple(edits), echoes=tuple(echoes)
    )
