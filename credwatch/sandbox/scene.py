"""All local parts at once: a store, four vendors and a Slack on loopback, and a configuration that leads to them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Self

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.deepgram import Deepgram
from credwatch.sandbox.elevenlabs import ElevenLabs
from credwatch.sandbox.openai import OpenAI
from credwatch.sandbox.server import Server
from credwatch.sandbox.slack import TOKEN, Slack
from credwatch.sandbox.twilio import Twilio
from credwatch.sandbox.vault import Vault

VENDORS = ("twilio", "deepgram", "elevenlabs", "openai")
CHANNELS = ("credentials", "voice-oncall", "voice-alerts")


class Scene:
    """Runs from `with` to its end. What a test or the demo changes here, the watch finds at its next look."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.vault = Vault(clock=clock)
        self.twilio = Twilio(clock=clock)
        self.deepgram = Deepgram(clock=clock)
        self.elevenlabs = ElevenLabs(clock=clock)
        self.openai = OpenAI(clock=clock)
        self.slack = Slack(CHANNELS, groups={"voice-oncall": "S000000001"}, now=clock.now)
        self.servers = {
            name: Server(getattr(self, name), clock=clock)
            for name in ("vault", "twilio", "deepgram", "elevenlabs", "openai", "slack")
        }
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for server in self.servers.values():
            self._running.enter_context(server)
        self.vault.ask("update", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def environment(self) -> dict[str, str]:
        """The secrets that the configuration refers to."""
        return {"VAULT_TOKEN_OF_THE_WATCH": self.vault.root, "SLACK_TOKEN_OF_THE_WATCH": TOKEN}

    def put(self, path: str, **fields: str) -> None:
        """Write an item of the store, a new version of it where there is one."""
        self.vault.ask("update", f"kv/data/{path}", {"data": fields})

    def issuers(self) -> str:
        """TOML: every key is tried at its local vendor."""
        return "".join(f'[issuers.{name}]\nbase_url = "{self.servers[name].url}"\n' for name in VENDORS)

    def store(self, name: str = "vault-prod") -> str:
        """TOML: the store."""
        return (
            f'[providers.{name}]\nuse = "vault"\naddress = "{self.servers["vault"].url}"\n'
            'auth = { token = "env:VAULT_TOKEN_OF_THE_WATCH" }\npaths = ["kv/**"]\n'
        )

    def told(self) -> str:
        """TOML: the Slack."""
        return (
            f'[slack]\nbase_url = "{self.servers["slack"].url}/api/"\ntoken = "env:SLACK_TOKEN_OF_THE_WATCH"\n'
            'warnings = "#credentials"\npages = "#voice-oncall"\n'
            '[owners.voice]\nchannel = "#voice-alerts"\nmention = "@voice-oncall"\n[defaults]\nowner = "voice"\n'
        )

    def configuration(self, data: Path) -> str:
        """TOML: all of it, remembered in this directory."""
        daemon = f'[daemon]\ndata = "{data}"\nephemeral = true\n[web]\nwindow = "127.0.0.1:0"\nprobes = "127.0.0.1:0"\n'
        return self.told() + daemon + self.store() + self.issuers()
