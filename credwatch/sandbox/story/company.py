"""The made-up company: where its keys lie, in which condition they are, and what its people and vendors do to them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from credwatch.sandbox.keys import Key, State, letters
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.slack import TOKEN
from credwatch.sandbox.story.certificates import certificate
from credwatch.sandbox.story.times import DAY, LENGTH, Month

WORTH_A_LOOK = "vault-prod:kv/voice/prod#TWILIO_API_KEY_SECRET"
"""A place with a past: it held a key that was too old, and the one that it holds now is refused."""
QUARTER = 90 * DAY
_PROJECTS = {"00000000-0000-4000-8000-000000000001": "voice", "00000000-0000-4000-8000-000000000002": "staging"}
_VOICE, _STAGING = _PROJECTS

_SETTINGS = """\
timezone = "UTC"

[slack]
base_url = "{slack}/api/"
token    = "env:DEMO_SLACK_TOKEN"
warnings = "#credentials"
pages    = "#voice-oncall"
digest   = "09:00"

[owners.voice]
channel = "#voice-alerts"
mention = "@voice-oncall"

[owners.platform]
mention = "@platform-oncall"

[defaults]
owner = "platform"

[daemon]
data      = {data}
ephemeral = true

[providers.vault-prod]
use     = "vault"
address = "{vault}"
auth    = {{ token = "env:DEMO_VAULT_TOKEN" }}
paths   = ["kv/**"]

[providers.twilio]
use     = "twilio"
account = "{account}"
admin   = {{ sid = "{account}", secret = "env:DEMO_TWILIO_ADMIN" }}

[providers.deepgram]
use   = "deepgram"
admin = "env:DEMO_DEEPGRAM_ADMIN"

[[rules]]
match = {{ place = ["vault-prod:kv/voice/**", "vault-prod:kv/ivr/**"] }}
owner = "voice"

[[rules]]
match       = {{ place = "vault-prod:kv/*/staging" }}
environment = "staging"

[[rules]]
match  = {{ place = "vault-prod:kv/voice/**", kind = "deepgram-api-key" }}
impact = "voice-agent cannot hear"

[[rules]]
match  = {{ place = "vault-prod:kv/voice/**", kind = "elevenlabs-api-key" }}
impact = "voice-agent cannot speak; callers hear silence"

[[rules]]
match  = {{ place = "vault-prod:kv/**", kind = "twilio-api-key" }}
impact = "no call comes in and none goes out"

[[rules]]
match  = {{ place = "vault-prod:kv/voice/sip-tls" }}
impact = "inbound SIP"

[[deadlines]]
name  = "SIP carrier contract ends"
date  = {contract:%Y-%m-%d}
owner = "platform"
note  = "notice period one month"

"""


class Company:
    """Furnished when it is made. Its methods are what happens in the course of the story."""

    def __init__(self, scene: Scene, month: Month) -> None:
        self.scene, self._month = scene, month
        scene.slack.groups["platform-oncall"] = "S000000002"
        self._account = scene.twilio.open("voice").sid
        self._admin = scene.twilio.issue_token(self._account)
        scene.deepgram.projects.update(_PROJECTS)
        self._reader = self._deepgram("credwatch-reader", QUARTER)
        self._reader.admin = True
        self._items: dict[str, dict[str, str]] = {}
        self._furnish_production()
        self._furnish_the_rest()

    @property
    def environment(self) -> dict[str, str]:
        """What the references of the configuration lead to."""
        return {
            "DEMO_SLACK_TOKEN": TOKEN,
            "DEMO_VAULT_TOKEN": self.scene.vault.root,
            "DEMO_TWILIO_ADMIN": self._admin.value,
            "DEMO_DEEPGRAM_ADMIN": self._reader.value,
        }

    def configuration(self, data: Path) -> str:
        """TOML: what is watched, whose it is, whom to tell; remembered in this directory."""
        settings = _SETTINGS.format(
            slack=self.scene.servers["slack"].url,
            vault=self.scene.servers["vault"].url,
            data=json.dumps(str(data)),
            account=self._account,
            contract=self._month.at(LENGTH + 23),
        )
        return settings + self.scene.issuers()

    # -- what there is -------------------------------------------------------------------------------------------

    def _furnish_production(self) -> None:
        ends = self._month.at(LENGTH, 9)
        self._dialer = self._twilio("dialer", self._month.at(3, 9) - 1100 * DAY)
        self._voice = self._deepgram("voice-prod", ends - QUARTER, ends)
        speech = self._elevenlabs("tts-prod", 200 * DAY)
        self._speech = speech
        voice = {"DEEPGRAM_API_KEY": self._voice.value, "ELEVENLABS_API_KEY": speech.value, "LOG_LEVEL": "info"}
        realtime = self._openai("realtime-prod", 120 * DAY).value
        self._put("voice/prod", **voice, **self._pair(self._dialer), OPENAI_API_KEY=realtime)
        self._put("voice/fallback", ELEVENLABS_API_KEY=self._elevenlabs("tts-fallback", 200 * DAY).value)
        limited = self._elevenlabs("tts-eu", 60 * DAY)
        limited.state = State.LIMITED
        self._put("voice/eu", ELEVENLABS_API_KEY=limited.value)
        captions = self._deepgram("captions", self._month.at(2, 10) - QUARTER, self._month.at(2, 10))
        self._put("voice/captions", DEEPGRAM_API_KEY=captions.value)
        sip = certificate("sip.example.com", self._month.at(LENGTH + 16, 9) - QUARTER, self._month.at(LENGTH + 16, 9))
        self._put("voice/sip-tls", cert=sip)
        self._put("ivr/prod", DEEPGRAM_API_KEY=self._voice.value, **self._pair(self._twilio("ivr", 100 * DAY)))
        self._put("campaigns/prod", **self._pair(self._twilio("campaigns", 30 * DAY)))

    def _furnish_the_rest(self) -> None:
        self._twilio("old-laptop", 300 * DAY)  # held by no store
        self._put("campaigns/old", TWILIO_API_KEY_SID=self._twilio("campaigns-2024", 250 * DAY).id)
        crm = self._openai("crm-assistant", 150 * DAY)
        crm.state = State.DELETED
        token = f"crm_{letters('token of the crm', 40)}"
        self._put("crm/prod", OPENAI_API_KEY=crm.value, CRM_TOKEN=token)
        self._put("billing/prod", PAYMENTS_TOKEN=f"pay_{letters('token of the payments', 40)}")
        broke = self._deepgram("voice-staging", 80 * DAY, project=_STAGING)
        broke.state = State.OUT_OF_CREDIT
        revoked = self._openai("staging", 90 * DAY)
        revoked.state = State.DELETED
        self._put("voice/staging", DEEPGRAM_API_KEY=broke.value, OPENAI_API_KEY=revoked.value)
        expired = certificate("ivr.staging.example.com", self._month.at(0) - QUARTER, self._month.at(0) - 5 * DAY)
        self._put("ivr/staging", cert=expired)

    def _put(self, path: str, **fields: str) -> None:
        self._items[path] = self._items.get(path, {}) | fields
        self.scene.put(path, **self._items[path])

    @staticmethod
    def _pair(key: Key) -> dict[str, str]:
        return {"TWILIO_ACCOUNT_SID": key.account, "TWILIO_API_KEY_SID": key.id, "TWILIO_API_KEY_SECRET": key.value}

    def _made(self, key: Key, when: datetime | timedelta) -> Key:
        key.created = when if isinstance(when, datetime) else self.scene.clock.now() - when
        return key

    def _twilio(self, name: str, when: datetime | timedelta) -> Key:
        return self._made(self.scene.twilio.issue(name, self._account), when)

    def _deepgram(
        self, name: str, when: datetime | timedelta, ends: datetime | None = None, project: str = _VOICE
    ) -> Key:
        return self._made(self.scene.deepgram.issue(name, project, expires=ends), when)

    def _elevenlabs(self, name: str, when: datetime | timedelta) -> Key:
        return self._made(self.scene.elevenlabs.issue(name, "agents"), when)

    def _openai(self, name: str, when: datetime | timedelta) -> Key:
        return self._made(self.scene.openai.issue(name, "proj_voice"), when)

    # -- what happens --------------------------------------------------------------------------------------------

    def replace_what_was_paged(self) -> str:
        """Both keys that the first look paged for."""
        captions = self._deepgram("captions-2", timedelta(0), self.scene.clock.now() + 2 * QUARTER)
        self._put("voice/captions", DEEPGRAM_API_KEY=captions.value)
        self._delete("captions", self.scene.deepgram.keys)
        self._put("crm/prod", OPENAI_API_KEY=self._openai("crm-assistant-2", timedelta(0)).value)
        return "ana replaces both keys in Vault"

    def clear_staging(self) -> str:
        """The certificate that has expired is taken out of the store."""
        self.scene.vault.ask("delete", "kv/metadata/ivr/staging")
        return "luis removes the expired staging certificate from Vault"

    def renew_the_certificate(self) -> str:
        """Before its next step."""
        now = self.scene.clock.now()
        self._put("voice/sip-tls", cert=certificate("sip.example.com", now, now + QUARTER))
        return "the certificate sip.example.com is renewed"

    def rotate_the_oldest(self) -> str:
        """The key that is too old."""
        self._put("voice/prod", **self._pair(self._twilio("dialer-2", timedelta(0))))
        self._delete("dialer", self.scene.twilio.keys)
        return "luis replaces the old Twilio key and deletes it"

    def replace_the_one_that_ends(self) -> str:
        """In both places that hold it."""
        new = self._deepgram("voice-prod-2", timedelta(0), self.scene.clock.now() + 2 * QUARTER)
        self._put("voice/prod", DEEPGRAM_API_KEY=new.value)
        self._put("ivr/prod", DEEPGRAM_API_KEY=new.value)
        self._delete("voice-prod", self.scene.deepgram.keys)
        return "ana makes a new Deepgram key, writes it into both places and deletes the old one"

    def kill_a_key(self) -> str:
        """One key, at its vendor; nobody says so."""
        self._speech.state = State.DELETED
        return "somebody deletes the production key tts-prod at ElevenLabs"

    def replace_the_dead_one(self) -> str:
        """In its store."""
        self._put("voice/prod", ELEVENLABS_API_KEY=self._elevenlabs("tts-prod-2", timedelta(0)).value)
        return "ana makes a new ElevenLabs key and writes it into Vault"

    def vendor_goes_down(self) -> str:
        """All of OpenAI."""
        self.scene.openai.state = State.DOWN
        return "OpenAI answers every request with 503"

    def vendor_comes_back(self) -> str:
        """As if nothing had been."""
        self.scene.openai.state = State.ALIVE
        return "OpenAI answers again"

    def refuse_a_whole_account(self) -> str:
        """Every API key of the Twilio account."""
        for key in self.scene.twilio.keys:
            if not key.admin and key.state is State.ALIVE:
                key.state = State.DISABLED
        return "Twilio refuses every API key of the account"

    @staticmethod
    def _delete(name: str, keys: list[Key]) -> None:
        for key in keys:
            if key.name == name:
                key.state = State.DELETED
