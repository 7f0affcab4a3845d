"""Who looks at the ledger's file from outside, with plain SQL, and knows what may never stand in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ledger.company import Company, fingerprint
from tests.ledger.world import MINUTE

FIVE = 5 * MINUTE
NEVER = {
    "two open incidents about one subject": "select about, subject from incident where closed_at is null"
    " group by 1, 2 having count(*) > 1",
    "two threads about one incident": "select incident_id, channel from message where kind = 'post' and state = 'sent'"
    " and incident_id is not null group by 1, 2 having count(*) > 1",
    "two digests of one owner and day": "select digest_owner, digest_date from message where digest_date is not null"
    " group by 1, 2 having count(*) > 1",
    "two keys in one place": "select place from copy where ended_at is null group by 1 having count(*) > 1",
    "a place that holds nothing": "select place from copy where credential_id not in (select id from credential)",
    "a name of nobody": "select name from alias where credential_id not in (select id from credential)",
    "an alert of nobody": "select dedupe_key from outbox where incident_id is not null and incident_id not in (select id from incident)",
    "an alert that is told by no message": "select dedupe_key from outbox where state = 'told' and message_id is null",
}
_HELD = """
select h.fingerprint from copy h join credential c on c.id = h.credential_id
where h.ended_at is null and h.missing = '[]' and h.fingerprint is not null and c.touched = 0
    and (c.status = 'invalid' or c.status = 'expired' and c.standing = 4)
"""
_ANSWERED = """
select c.id, c.status, c.judged_at, c.account, min(t.refused_since), max(t.valid_at), min(t.refused_last = t.answered_at)
from credential c join copy h on h.credential_id = c.id and h.ended_at is null
join tried t on t.credential_id = c.id and t.fingerprint = h.fingerprint where c.account is not null group by c.id
"""
_COVERED = """
select 1 from credential c join incident i on i.closed_at is null and (
    i.about = 'credential' and i.subject = c.id or i.about = 'place' and i.subject = ?1
    or i.about = 'account' and i.subject = c.vendor || '/' || coalesce(c.account, ''))
where c.id = (select credential_id from copy where place = ?1 and ended_at is null) and (
    i.snoozed_until > ?2
    or exists (select 1 from outbox where incident_id = i.id and level = 'page' and state = 'told'))
"""
_ACCUSED = """
select i.step from incident i join copy h on h.credential_id = i.subject and h.ended_at is null
where i.closed_at is null and i.about = 'credential' and i.step = 'refused' and h.place = ?
"""


@dataclass
class Onlooker:
    """Remembers what was told."""

    path: Path
    told: dict[str, str] = field(default_factory=dict)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the file says."""
        with closing(sqlite3.connect(self.path)) as db:
            return db.execute(query, values).fetchall()

    def wrong(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that may never be, and is."""
        found = {what: rows for what, query in NEVER.items() if (rows := self.rows(query))}
        if (sound := self.rows("pragma integrity_check")) != [("ok",)]:
            found["damage"] = sound
        if broken := self.rows("pragma foreign_key_check"):
            found["a row that leads nowhere"] = broken
        return found

    def told_again(self, *, jumped: bool) -> list[str]:
        """What was told by one message and is told by another; a date that a wrong clock told is told again in its time."""
        again = []
        for key, message in self.rows("select dedupe_key, message_id from outbox where state = 'told'"):
            if self.told.setdefault(key, message) != message and not (jumped and key.startswith("expiry:")):
                again.append(key)
            self.told[key] = message
        return again

    def items(self) -> set[str]:
        """The items that something is held in."""
        return {
            f"{p}:{at}" for p, at in self.rows("select distinct provider, locator from copy where ended_at is null")
        }

    def called_dead_too_soon(self, company: Company) -> list[str]:
        """Held values of dead keys that were not refused twice, five minutes apart in real time."""
        dead = {name for (name,) in self.rows(_HELD)}
        long: set[str] = {
            fingerprint(value) for value, (first, last) in company.refused.items() if last - first >= FIVE
        }
        return sorted(dead - long)

    def called_dead_without_a_control(self) -> list[str]:
        """Keys that were judged dead by themselves though others of their account were refused and none worked since."""
        answers = self.rows(_ANSWERED)
        newest = max((judged for _, _, judged, *_ in answers if judged is not None), default=0)
        hour = 3_600_000
        return [
            name
            for name, status, judged, account, since, _, _ in answers
            if status == "invalid" and judged == newest
            for others in [[row for row in answers if row[3] == account and row[0] != name]]
            if any(other and refused and abs(other - since) <= hour for *_, other, _, refused in others)
            and not any(worked and worked >= since for *_, worked, _ in others)
        ]

    def uncovered(self, dead: list[str], now: int) -> list[str]:
        """Production places of dead keys that no open and told incident speaks of."""
        return [place for place in dead if not self.rows(_COVERED, place, now)]

    def accused(self, well: list[str]) -> list[str]:
        """Places of keys that work, with an open incident that says they are refused."""
        return [place for place in well if self.rows(_ACCUSED, place)]
