"""A small company on Friday, 20 November 2026, in a ledger that real judges wrote; and commands that are asked about it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from credwatch import assess
from credwatch.alerts.channel import ConsoleChannel
from credwatch.alerts.delivery import deliver
from credwatch.cli import main
from credwatch.config.configuration import Config
from credwatch.config.loading import load
from credwatch.config.rules import policy
from credwatch.ledger import Closed, Ledger
from credwatch.looking import Ended, dates
from credwatch.model import (
    Facts,
    Item,
    Judgement,
    Kind,
    Memory,
    ProbeResult,
    Reason,
    Role,
    Sighting,
    Unlisted,
)

MONDAY = datetime(2026, 9, 21, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 16, 41, tzinfo=UTC)
CONFIG = """
timezone = "Europe/Madrid"
[defaults]
owner = "platform"
[providers.vault-prod]
use = "vault"
[providers.aws-prod]
use = "aws"
[providers.deepgram]
use = "deepgram"
[[rules]]
match = {{ place = ["vault-prod:kv/voice/**", "aws-prod:*/voice/**"] }}
owner = "voice"
[[rules]]
match = {{ kind = "elevenlabs-api-key" }}
impact = "voice-agent cannot speak"
[[rules]]
match = {{ place = "**/staging/**" }}
environment = "staging"
page = "never"
[[deadlines]]
name = "SIP carrier contract ends"
date = 2027-01-31
note = "notice 1 month"
[daemon]
data = "{data}"
"""


def kind(vendor: str, vendor_name: str, title: str, **more: Any) -> Kind:
    name = f"{vendor}-api-key"
    return Kind(name, vendor, vendor_name, title, (Role("secret", ".+", secret=True),), **more)


DEEPGRAM = kind("deepgram", "Deepgram", "Deepgram key")
ELEVENLABS = kind("elevenlabs", "ElevenLabs", "ElevenLabs key", joins="hint")
TWILIO = kind("twilio", "Twilio", "Twilio API key")
CERTIFICATE = replace(kind("x509", "X.509", "certificate", probed=False, joins="never"), name="certificate")
UNRECOGNISED = replace(
    kind("unknown", "Unknown vendor", "unrecognised credential", probed=False, joins="never"), name="unrecognised"
)
WORKS = replace(ProbeResult.valid(), latency=timedelta(milliseconds=143))
REFUSED = replace(ProbeResult.invalid(detail="401 invalid_api_key"), latency=timedelta(milliseconds=95))
NOT_ALLOWED = replace(ProbeResult.unknown(Reason.ADDRESS_NOT_ALLOWED), latency=timedelta(milliseconds=201))


def held(
    place: str, of: Kind, value: str | None, tried: ProbeResult | None = None, *, version: str = "", **facts: Any
) -> Sighting:
    """A key in a store."""
    provider, _, rest = place.partition(":")
    item = Item(provider, rest.partition("#")[0], version=version)
    return Sighting(provider, place, of, Facts(**facts), item, value, tried)


def listed(provider: str, of: Kind, **facts: Any) -> Sighting:
    """A key in a vendor's own list."""
    return Sighting(provider, f"{provider}:{facts['account']}/{facts['key_id']}", of, Facts(**facts))


@dataclass
class HandClock:
    """Moves by hand."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.at += timedelta(seconds=seconds)
        return not stop.is_set()


@dataclass
class Scene:
    """A data directory, its configuration, the time, and everything that a sweep would see."""

    directory: Path
    config_text: str = CONFIG
    clock: HandClock = field(default_factory=HandClock)
    random: Random = field(default_factory=lambda: Random(7))  # noqa: S311  ids that are the same in every run

    @property
    def path(self) -> Path:
        return self.directory / "credwatch.toml"

    def config(self) -> Config:
        if not self.path.exists():
            self.path.write_text(self.config_text.format(data=self.directory / "data"))
        return load(self.path, {})

    def ledger(self) -> Ledger:
        data = self.config().daemon.data
        return Ledger.open(data, now=self.clock.at, random=self.random, mounts="")

    def at(self, month: int, day: int, hour: int, minute: int) -> Scene:
        """A moment of 2026."""
        self.clock.at = datetime(2026, month, day, hour, minute, tzinfo=UTC)
        return self

    def sweep(self, *seen: Sighting | Unlisted, failed: Iterable[str] = (), again: bool = False) -> Closed:
        """A look at everything. `again`: it is the settling of the last one."""
        config, now = self.config(), self.clock.at

        def judge(memory: Memory, at: datetime) -> Judgement:
            return assess.judge(memory, policy(config, memory, at), at)

        with self.ledger() as ledger:
            if again:
                with ledger.read() as db:
                    number = int(db.execute("select max(id) from sweep").fetchone()[0])
            else:
                digests = {name: name for name in (*config.providers, "deadlines")}
                number = ledger.begin(list(digests), configured=digests, uses=digests, rules="", now=now)
                for name, piece in dates(config):
                    if isinstance(piece, Ended):
                        ledger.ended(number, name, **vars(piece), now=now)
                    else:
                        ledger.record(number, name, piece, now)
            for name in config.providers:
                own = [one for one in seen if isinstance(one, Unlisted) or one.provider == name]
                if own:
                    ledger.record(number, name, own, now)
                if not again:
                    reason = Reason.LOGIN_REFUSED if name in failed else None
                    ledger.ended(number, name, complete=reason is None, reason=reason, items=len(own), now=now)
            ledger.looked(number, now)
            return ledger.close(number, judge, assess.judge_sweep, now)

    def deliver(self) -> None:
        """Tell what waits, to nobody in particular."""
        with self.ledger() as ledger:
            deliver(ledger, self.config(), ConsoleChannel(lambda _: None), self.clock, threading.Event())

    def run(self, *words: str) -> int:
        """One command."""
        self.config()
        return main(["--config", str(self.path), *words], clock=self.clock)


EVERYTHING = (
    held(
        "vault-prod:kv/voice/prod#DEEPGRAM_API_KEY",
        DEEPGRAM,
        "d1",
        WORKS,
        version="41",
        account="voice-prod",
        key_id="b1946ac9-0000-4000-8000-000000000001",
    ),
    held("aws-prod:eu-west-1/voice/prod/deepgram", DEEPGRAM, "d1"),
    listed(
        "deepgram",
        DEEPGRAM,
        account="voice-prod",
        key_id="b1946ac9-0000-4000-8000-000000000001",
        name="voice-prod",
        created=MONDAY,
        expires=datetime(2026, 12, 20, 7, 30, tzinfo=UTC),
        creator="ana@example.com",
        personal=True,
    ),
    listed("deepgram", DEEPGRAM, account="voice-prod", key_id="5c0e77a1-0000-4000-8000-000000000002", name="old"),
    held("vault-prod:kv/voice/prod#ELEVENLABS_API_KEY", ELEVENLABS, "e1", WORKS, account="w1", name="tts-prod"),
    held("vault-prod:kv/voice/fallback#ELEVENLABS_API_KEY", ELEVENLABS, "e2", WORKS, account="w1", name="tts-2"),
    held("vault-prod:kv/voice/eu#ELEVENLABS_API_KEY", ELEVENLABS, "e3", WORKS, account="w1"),
    held(
        "vault-prod:kv/platform/ivr#TWILIO_API_KEY_SECRET",
        TWILIO,
        "t1",
        WORKS,
        account="AC1",
        key_id="SK0000000000000000000000000041d2",
        created=NOW - timedelta(days=1153, hours=3),
    ),
    held(
        "aws-prod:eu-west-1/voice/prod/sip-tls#cert",
        CERTIFICATE,
        "c1",
        name="sip.example.com",
        created=MONDAY,
        expires=datetime(2026, 12, 4, 16, 50, tzinfo=UTC),
    ),
    held("vault-prod:kv/platform/crm#CRM_TOKEN", UNRECOGNISED, "x1"),
)


def but(*changed: Sighting) -> tuple[Sighting, ...]:
    """Everything, with these instead of what stood in their places."""
    places = {one.place: one for one in changed}
    return tuple(places.get(one.place, one) for one in EVERYTHING)


def answers(place: str, tried: ProbeResult) -> Sighting:
    """What is in this place, tried with this answer."""
    return next(replace(one, tried=tried) for one in EVERYTHING if one.place == place)


TTS = "vault-prod:kv/voice/prod#ELEVENLABS_API_KEY"
EU = "vault-prod:kv/voice/eu#ELEVENLABS_API_KEY"
CONTROL = "vault-prod:kv/voice/fallback#ELEVENLABS_API_KEY"


def play(directory: Path) -> Scene:
    """From the first look until the page of that Friday was acknowledged."""
    scene = Scene(directory).at(9, 21, 8, 0)
    scene.sweep(*EVERYTHING)
    scene.deliver()
    scene.at(11, 14, 9, 10).sweep(*but(answers(EU, NOT_ALLOWED)))
    scene.at(11, 20, 8, 30).sweep(*but(answers(EU, NOT_ALLOWED)))
    scene.deliver()
    scene.at(11, 20, 16, 18).sweep(*but(answers(EU, NOT_ALLOWED)))
    scene.at(11, 20, 16, 33).sweep(*but(answers(EU, NOT_ALLOWED), answers(TTS, REFUSED)))
    scene.at(11, 20, 16, 38).sweep(answers(TTS, REFUSED), answers(CONTROL, WORKS), again=True)
    scene.deliver()
    scene.clock.at = NOW
    return scene
