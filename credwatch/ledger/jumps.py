"""When our clock was ahead and is right again: what it stored meanwhile is later than now, and counts as never.

It is mended once, before anything else is done with it, so that no question and no judge has to think of it: an answer of
that time is none, what was begun then begins now, and nothing waits for a day that was only thought to be near.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from credwatch.ledger.rotating import ACTIVE
from credwatch.ledger.rows import count
from credwatch.ledger.times import stored
from credwatch.model import Reason, Validity

_LATELY = 50
"""So many sweeps are looked at for a time that is still to come: when it was stored, it was stored in the last ones."""
_SLACK = 5000
"""Milliseconds that a clock may be set back while we work: that is no jump."""
_TOMORROW = timedelta(days=1)

_AHEAD = f"""
select exists (select 1 from sweep where id > (select max(id) from sweep) - {_LATELY} and :now < max(
        started_at, coalesce(looked_at, 0), coalesce(closed_at, 0), coalesce(settled_at, 0)))
    or exists (select 1 from sweep_provider where sweep_id > (select max(id) from sweep) - {_LATELY}
        and :now < max(started_at, coalesce(ended_at, 0)))
    or exists (select 1 from tried where at > :now)
    or exists (select 1 from incident where :now < max(opened_at, moved_at, coalesce(closed_at, 0), coalesce(acked_at, 0)))
    or exists (select 1 from message where :now < max(created_at, coalesce(sending_at, 0), coalesce(sent_at, 0)))
    or exists (select 1 from outbox where state in ('queued', 'bound') and created_at > :now)
    or exists (select 1 from rotation where {ACTIVE} and :now < max(begun_at, coalesce(prepared_at, 0),
        coalesce(intent_at, 0), coalesce(created_at, 0), coalesce(promoted_at, 0), coalesce(disabled_at, 0)))
"""  # noqa: S608  constants
_BEFORE = """
select max(at) from (
    select max(started_at) as at from sweep where started_at <= :now
    union all select max(created_at) from message where created_at <= :now
    union all select max(created_at) from outbox where created_at <= :now)
"""
"""The last time that can be believed: what was stored later happened since then."""

_AT_THE_LATEST_NOW = {
    "credential": ("first_seen", "last_seen", "status_since", "judged_at"),
    "copy": ("since", "seen_at", "ended_at"),
    "listed": ("since", "seen_at", "ended_at"),
    "event": ("at",),
    "answer": ("at", "until"),
    "sweep": ("started_at", "looked_at", "closed_at", "settled_at"),
    "sweep_provider": ("started_at", "ended_at"),
    "provider": ("swept_at", "first_complete_at", "introduced_at", "failed_since", "removed_at"),
    "vendor": ("failed_since",),
    "incident": ("opened_at", "moved_at", "closed_at", "acked_at"),
    "message": ("created_at", "sending_at", "sent_at"),
    "outbox": ("told_at",),
    "rotation": ("begun_at", "prepared_at", "created_at", "promoted_at", "disabled_at"),
}
# A snooze is as long as it was meant to be.
_SNOOZED = "update incident set snoozed_until = snoozed_until - (acked_at - :now) where acked_at > :now"
# What nobody knows to be posted is looked for from the last time that can be believed.
_BEGUN = """
update message set created_at = min(created_at, :before), sending_at = min(sending_at, :before)
where state in ('queued', 'sending') and max(created_at, coalesce(sending_at, 0)) > :now
"""
_LATER = "update message set next_try_at = null where next_try_at > :now"
# The digest of a day that is still to come was not that day's.
_DIGESTS = "update message set digest_date = null where state = 'sent' and digest_date > :tomorrow"
_LISTED = "update provider set complete_at = null where complete_at > :now"
_ANSWERS = """
update tried set validity = :unknown, reason = :skew, detail = '', at = :now, began = :now, times = 1,
    unknown_since = min(coalesce(unknown_since, :now), :now),
    answered_at = iif(answered_at > :now, null, answered_at), valid_at = iif(valid_at > :now, null, valid_at),
    refused_since = iif(refused_since > :now, null, refused_since),
    refused_last = iif(refused_last > :now, null, refused_last),
    suspended_since = iif(suspended_since > :now, null, suspended_since)
where at > :now
"""
# What was told stays as it was told: a rung that was said too early is said again in its time. What waits, waits from now on.
_WAITING = "update outbox set created_at = :now where state in ('queued', 'bound') and created_at > :now"
# Both keys live for as long as was meant; what a create left behind was made at any time since the last one to be believed,
# and may still come to be.
_ROTATIONS = f"""
update rotation set intent_at = iif(intent_at > :now, :before, intent_at),
    grace_until = grace_until - max(coalesce(promoted_at, 0) - :now, 0),
    soak_until = soak_until - max(coalesce(disabled_at, 0) - :now, 0),
    next_try_at = iif(state = 'creating', :now + 60000, null)
where {ACTIVE}
"""  # noqa: S608  a constant
_ALL_AGAIN = "update credential set touched = 1"


def mend(db: sqlite3.Connection, now: datetime) -> bool:
    """Let nothing that is stored as past be later than now; whether there was anything."""
    at = stored(now)
    if not count(db, _AHEAD, at + _SLACK):
        return False
    values = {
        "now": at,
        "before": count(db, _BEFORE, at),
        "tomorrow": f"{now + _TOMORROW:%Y-%m-%d}",
        "unknown": Validity.UNKNOWN,
        "skew": Reason.CLOCK_SKEW,
    }
    for statement in (_SNOOZED, _BEGUN, _LATER, _DIGESTS, _LISTED, _ANSWERS, _WAITING, _ROTATIONS, _ALL_AGAIN):
        db.execute(statement, values)
    for table, columns in _AT_THE_LATEST_NOW.items():
        capped = ", ".join(f"{column} = min({column}, :now)" for column in columns)
        late = " or ".join(f"{column} > :now" for column in columns)
        db.execute(f"update or replace {table} set {capped} where {late}", values)  # noqa: S608  constants
    return True
