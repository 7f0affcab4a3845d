"""What waits to be told, and whether its time has come. It words nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from credwatch.alerts.planning import Plan, plan
from credwatch.alerts.routes import Routes
from credwatch.config.terms import Terms
from credwatch.ledger import Ledger
from credwatch.ledger.outbox import Message, Outbox


def due(ledger: Ledger, terms: Terms, now: datetime) -> bool:
    """Whether a delivery would send anything now; channels that asked for time are left in peace."""
    outbox, routes = Outbox(ledger), Routes(terms)
    begun = outbox.unfinished()
    closed = held(begun, now)
    if any(ripe(message, now) and message.channel not in closed for message in begun):
        return True
    return any(send.channel not in closed for send in planned(outbox, routes, now).sends)


def planned(outbox: Outbox, routes: Routes, now: datetime) -> Plan:
    """What the alerts that wait come to now."""
    rows = outbox.waiting()
    threads = outbox.threads({row.incident_id for row in rows if row.incident_id})
    digested = outbox.digested(routes.digest_day(now) or "")
    return plan(rows, threads, digested, outbox.folded(), routes, now)


def held(begun: Sequence[Message], now: datetime) -> dict[str, datetime]:
    """The channels that refused a message and take nothing yet, and until when."""
    until: dict[str, datetime] = {}
    for message in begun:
        if message.state == "queued" and message.next_try_at is not None and not ripe(message, now):
            until[message.channel] = max(message.next_try_at, until.get(message.channel, message.next_try_at))
    return until


def ripe(message: Message, now: datetime) -> bool:
    """Its time has come; a time that was set in what is now the future counts for nothing."""
    set_later = message.sending_at is not None and message.sending_at > now
    return message.next_try_at is None or message.next_try_at <= now or set_later
