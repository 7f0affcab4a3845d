"""A key, its refusal, its incident: what messages are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from credwatch.ledger.outbox import Answer, Key, Sight, Story
from credwatch.model import About, Level, Reason, Validity

NOW = datetime(2026, 11, 20, 16, 38, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORKS = Answer(NOW - MINUTE, Validity.VALID, Reason.OK, "200", timedelta(milliseconds=95))
REFUSED = Answer(NOW, Validity.INVALID, Reason.REFUSED, "401 invalid_api_key", timedelta(milliseconds=80))
KEY = Key(
    id="c-7k2m",
    kind="elevenlabs-api-key",
    title="ElevenLabs key",
    vendor_name="ElevenLabs",
    name="tts-prod",
    places=("vault-prod:kv/voice/prod#ELEVENLABS_API_KEY",),
    impact="callers hear silence",
    tried=WORKS,
)
DEAD = replace(
    KEY,
    tried=REFUSED,
    worked_at=NOW - 20 * MINUTE,
    refused_since=NOW - 5 * MINUTE,
    refused_last=NOW,
    others_worked_at=NOW,
)
STORY = Story("cw-01M7WX", About.CREDENTIAL, "c-7k2m", "refused", Level.PAGE, NOW, NOW, keys=(DEAD,), affected=1)
SIGHT = Sight(
    "vault-prod", since=NOW - 5 * MINUTE, unseen=31, places=64, listed=3, listed_before=14, vendors=4, stores=2
)
ACCOUNT = replace(STORY, about=About.ACCOUNT, subject="elevenlabs/w-1", affected=7)


def about(which: About, step: str) -> Story:
    """An incident of our own sight."""
    return replace(
        STORY, about=which, subject="vault-prod", step=step, keys=(), sight=SIGHT, reason=Reason.LOGIN_REFUSED
    )
