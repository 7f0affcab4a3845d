"""A ledger with something to tell, a Slack to tell it to, and a clock that only moves when it is asked."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from credwatch.alerts.channel import Channel
from credwatch.alerts.delivery import Delivered, deliver
from credwatch.alerts.slack import SlackChannel
from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.ledger import Ledger
from credwatch.sandbox.slack import TOKEN, Slack
from credwatch.secrets import Secret

FRIDAY = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
"""09:30 in Madrid: after the hour of the digest."""
CONFIG = """
timezone = "Europe/Madrid"
[slack]
token = "env:SLACK_TOKEN"
warnings = "#credentials"
pages = "#voice-oncall"
digest = "09:00"
[defaults]
owner = "platform"
[owners.voice]
channel = "#voice-alerts"
mention = "@voice-oncall"
[owners.platform]
mention = "@platform-oncall"
"""
SILENT = 'timezone = "Europe/Madrid"\n'
"""No Slack is configured."""


def ms(at: datetime) -> int:
    """As the ledger keeps it."""
    return round(at.timestamp() * 1000)


@dataclass
class HandClock:
    """Moves when somebody waits, and by hand."""

    at: datetime = FRIDAY
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.waits.append(seconds)
        self.at += timedelta(seconds=seconds)
        return not stop.is_set()


class World:
    """What one test arranges and looks at."""

    def __init__(self, config: str = CONFIG) -> None:
        self.clock = HandClock()
        self._count = count()
        self.ledger = Ledger.open(None, now=self.clock.at)
        self.config: Config = configured(config)
        self.slack = Slack(
            ("credentials", "voice-oncall", "voice-alerts"),
            groups={"voice-oncall": "S00000001"},
            now=self.clock.now,
        )
        self.url = ""
        """Of the local Slack, once it is served."""
        self.stop = threading.Event()
        with self.ledger.transaction() as db:
            db.execute(
                "insert into sweep (id, started_at, closed_at, settled_at, providers, rules) values (1, 0, 1, 1, '[]', '')",
            )

    # -- arranging -----------------------------------------------------------------------------------------------

    def credential(self, credential: str = "c-7k2m", **given: Any) -> str:
        """A Deepgram key in Vault that works and expires in three days."""
        at = self.clock.at
        row: dict[str, Any] = {
            "id": credential,
            "kind": "deepgram-api-key",
            "kind_title": "Deepgram key",
            "vendor": "deepgram",
            "vendor_name": "Deepgram",
            "joins": "never",
            "probed": 1,
            "account": "p-1",
            "key_id": "b1946ac9-0000-4000-8000-000000000001",
            "name": "voice-prod",
            "first_seen": ms(at - timedelta(days=90)),
            "last_seen": ms(at),
            "status": "expiring",
            "owner": "voice",
            "environment": "production",
            "impact": "voice-agent cannot hear",
            "runbook": "https://wiki.example.com/voice",
            "deadline": ms(at + timedelta(days=3)),
            "clock": "hard",
        }
        place = given.pop("place", f"vault-prod:kv/voice/prod#{credential.upper()}")
        self.insert("credential", row | given)
        if place:
            self.insert("copy", self.copy(credential, place))
        tried = {"validity": "valid", "reason": "ok", "detail": "200", "latency_us": 95_000}
        times = {"at": ms(at - timedelta(minutes=15)), "valid_at": ms(at - timedelta(minutes=15))}
        self.insert("tried", {"credential_id": credential, "fingerprint": f"fp-{credential}", **tried, **times})
        return credential

    def copy(self, credential: str, place: str) -> dict[str, Any]:
        """The row of a place that holds it."""
        provider, _, locator = place.partition(":")
        seen = ms(self.clock.at)
        return {
            "credential_id": credential,
            "place": place,
            "provider": provider,
            "locator": locator.partition("#")[0],
            "fingerprint": f"fp-{credential}",
            "version": "41",
            "labels": "{}",
            "missing": "[]",
            "since": seen,
            "seen_at": seen,
            "sweep_id": 1,
        }

    def refuse(self, credential: str, detail: str = "401 INVALID_AUTH") -> None:
        """It worked a quarter of an hour ago and was refused twice since."""
        at = self.clock.at
        self.change("credential", credential, status="invalid")
        with self.ledger.transaction() as db:
            db.execute(
                "update tried set validity = 'invalid', reason = 'refused', detail = ?, at = ?, valid_at = ?,"
                " refused_since = ?, refused_last = ? where credential_id = ?",
                (detail, ms(at), *(ms(at - timedelta(minutes=m)) for m in (20, 5, 0)), credential),
            )

    def incident(self, subject: str, step: str = "expiring", about: str = "credential", **given: Any) -> str:
        """An open incident."""
        name = given.pop("id", f"cw-{subject[-4:]}")
        row = {
            "id": name,
            "about": about,
            "subject": subject,
            "step": step,
            "owner": "voice",
            "opened_at": ms(self.clock.at),
            "moved_at": ms(self.clock.at),
            "sweep_id": 1,
        }
        if step == "expiring":
            row |= {"clock": "hard", "deadline": ms(self.clock.at + timedelta(days=3))}
        self.insert("incident", row | given)
        return str(name)

    def alert(self, step: str, level: str, subject: str, *, incident: str | None = None, **given: Any) -> None:
        """A row of the outbox."""
        about = given.pop("about", "credential")
        row = {
            "dedupe_key": f"test:{next(self._count)}",
            "sweep_id": 1,
            "credential_id": subject if about == "credential" else None,
            "incident_id": incident,
            "about": about,
            "subject": subject,
            "step": step,
            "level": level,
            "owner": "voice",
            "created_at": ms(self.clock.at),
        }
        self.insert("outbox", row | given)

    def page(self, credential: str = "c-7k2m", step: str = "expiring") -> str:
        """A credential, its incident and the page that waits."""
        self.credential(credential)
        incident = self.incident(credential, step)
        self.alert(step, "page", credential, incident=incident)
        return incident

    def line(self, credential: str, *, days: int = 14, **given: Any) -> None:
        """A credential with a date, and the digest line that waits."""
        deadline = ms(self.clock.at + timedelta(days=days))
        self.credential(credential, deadline=deadline, name=f"key-{credential}", owner=given.get("owner", "voice"))
        clock = {"clock": "hard", "deadline": deadline, "life": 0, "source": "Deepgram's list"}
        self.insert("clock", {"credential_id": credential, **clock, "generation": 0, "anchor": deadline})
        self.alert("expiring", "digest", credential, deadline=deadline, clock="hard", **given)

    def end(self, incident: str, why: str = "well") -> None:
        """It is over, and its all-clear waits."""
        self.change("incident", incident, closed_at=ms(self.clock.at), closed_why=why)
        found = self.rows("select about, subject from incident where id = ?", incident)[0]
        self.alert(why, "resolved", found["subject"], incident=incident, about=found["about"])

    def insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        with self.ledger.transaction() as db:
            db.execute(f"insert into {table} ({names}) values ({marks})", tuple(row.values()))  # noqa: S608  a test's own

    def change(self, table: str, row: str, **given: Any) -> None:
        changes = ", ".join(f"{column} = ?" for column in given)
        with self.ledger.transaction() as db:
            db.execute(f"update {table} set {changes} where id = ?", (*given.values(), row))  # noqa: S608  a test's own

    # -- acting and looking --------------------------------------------------------------------------------------

    def channel(self, *, timeout: int = 15) -> SlackChannel:
        """A new connection, as a new process has it."""
        return SlackChannel(Secret(TOKEN), base_url=f"{self.url}/api/", timeout=timeout)

    def deliver(self, channel: Channel | None = None, *, dry_run: bool = False) -> Delivered:
        return deliver(self.ledger, self.config, channel or self.channel(), self.clock, self.stop, dry_run=dry_run)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self.ledger.read() as db, closing(db.cursor()) as cursor:
            cursor.row_factory = sqlite3.Row
            return [dict(row) for row in cursor.execute(query, values)]

    def states(self) -> list[str]:
        """The alerts' states, oldest first."""
        return [row["state"] for row in self.rows("select state from outbox order by id")]

    def texts(self, room: str) -> list[str]:
        """What stands in a channel."""
        return self.slack.rooms[room].texts()


def configured(text: str) -> Config:
    """A configuration from its text."""
    return parse(text, {}, "credwatch.toml")
