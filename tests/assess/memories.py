"""Memories to judge, each a small change to one plain credential."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from credwatch.model import About, Around, Facts, Held, Memory, Open, Policy, Reason, Tried, Validity

NOW = datetime(2026, 11, 20, 16, 40, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
PLACE = "vault-prod:kv/voice/prod#KEY"
WARN = tuple(days * DAY for days in (30, 14, 7, 3, 1))


def policy(**changes: Any) -> Policy:
    return Policy(**{"warn": WARN, "mention": 7 * DAY, "page": 3 * DAY, "max_age": None, "owner": "voice", **changes})


def held(fingerprint: str | None = "f1", place: str = PLACE, **changes: Any) -> Held:
    base = {"provider": "vault-prod", "since": NOW - 100 * DAY, "seen_at": NOW}
    return Held(place=place, fingerprint=fingerprint, **{**base, **changes})


def tried(validity: Validity, fingerprint: str = "f1", **changes: Any) -> Tried:
    reason = {Validity.VALID: Reason.OK, Validity.INVALID: Reason.REFUSED}.get(validity, Reason.TIMEOUT)
    return Tried(fingerprint, validity, **{"reason": reason, "detail": "", "at": NOW, **changes})


def works(fingerprint: str = "f1") -> Tried:
    return tried(Validity.VALID, fingerprint, valid_at=NOW)


def refused(minutes: int, fingerprint: str = "f1", **changes: Any) -> Tried:
    """Refused for so many minutes, and again now."""
    return tried(Validity.INVALID, fingerprint, refused_since=NOW - minutes * MINUTE, refused_last=NOW, **changes)


def silent(fingerprint: str = "f1", **changes: Any) -> Tried:
    return tried(Validity.UNKNOWN, fingerprint, unknown_since=NOW, **changes)


def suspended(fingerprint: str = "f1") -> Tried:
    since = NOW - MINUTE
    return tried(Validity.SUSPENDED, fingerprint, reason=Reason.OUT_OF_CREDIT, suspended_since=since)


def memory(**changes: Any) -> Memory:
    base: dict[str, Any] = {
        "credential": "c-1",
        "kind": "deepgram-api-key",
        "vendor": "deepgram",
        "facts": Facts(),
        "first_seen": NOW - 100 * DAY,
        "held": (held(),),
        "tried": (works(),),
        "around": Around("deepgram", "p1"),
    }
    return Memory(**{**base, **changes})


def opened(about: About, subject: str, step: str, **changes: Any) -> Open:
    return Open("cw-1", about, subject, step, NOW - DAY, **changes)
