"""A company of two keys: where they lie, who may make and write them, and what its people and machines do meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from credwatch.sandbox.consumer import Consumer
from credwatch.sandbox.keys import Key, State, letters
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Request, Response, Server
from credwatch.sandbox.slack import TOKEN

FIELD = "DEEPGRAM_API_KEY"
VOICE = ("ivr/prod", "voice/prod")
CAPTIONS = ("captions/eu", "captions/us")
_PROJECT = "00000000-0000-4000-8000-000000000001"
_SIGNED_WITH = letters("rehearsal webhook", 40)
_WATCHES = 'path "kv/*" { capabilities = ["read", "list"] }'
_ROTATES = 'path "kv/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
_MOUNTS = 'path "sys/mounts" { capabilities = ["read"] }'
_DAY = timedelta(days=1)

_SETTINGS = """\
timezone = "UTC"

[slack]
base_url = "{slack}/api/"
token    = "env:DEMO_SLACK_TOKEN"
warnings = "#credentials"
pages    = "#voice-oncall"

[owners.voice]
mention = "@voice-oncall"

[defaults]
owner = "voice"

[daemon]
data      = {data}
ephemeral = true

[providers.vault-prod]
use     = "vault"
address = "{vault}"
auth    = {{ token = "env:DEMO_VAULT_WATCHES" }}
paths   = ["kv/**"]

[providers.deepgram]
use   = "deepgram"
admin = "env:DEMO_DEEPGRAM_WATCHES"

[rotate.identities]
vault-prod = {{ auth = {{ token = "env:DEMO_VAULT_ROTATES" }} }}
deepgram   = {{ admin = "env:DEMO_DEEPGRAM_ROTATES" }}

[[consumers]]
name    = "voice-agent"
reads   = ["vault-prod:kv/ivr/prod", "vault-prod:kv/voice/prod"]
reload  = {{ webhook = "{agent}/reload", secret = "env:DEMO_WEBHOOK_SECRET" }}
settles = "2h"
proof   = "{agent}/credentials"

"""


class Company:
    """Furnished when it is made."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.deepgram.projects[_PROJECT] = "voice"
        self._watches = self._admin("credwatch-reader", "watch@example.com")
        self._rotates = self._admin("credwatch-rotator", "rotator@example.com")
        self.voice = self._key("voice-prod", 30)
        self.captions = self._key("captions-prod", 44)
        for names, key in ((VOICE, self.voice), (CAPTIONS, self.captions)):
            for name in names:
                scene.put(name, **{FIELD: key.value, "LOG_LEVEL": "info"})
        self.agent = Consumer(FIELD, _SIGNED_WITH, lambda: self.holds("voice/prod").id)
        self.agent_server = Server(self.agent, clock=scene.clock)

    def environment(self) -> dict[str, str]:
        """What the references of the configuration lead to, and who sits at the terminal."""
        return {
            "DEMO_SLACK_TOKEN": TOKEN,
            "DEMO_VAULT_WATCHES": self._token("watches", _WATCHES),
            "DEMO_VAULT_ROTATES": self._token("rotates", _ROTATES),
            "DEMO_DEEPGRAM_WATCHES": self._watches.value,
            "DEMO_DEEPGRAM_ROTATES": self._rotates.value,
            "DEMO_WEBHOOK_SECRET": _SIGNED_WITH,
            "CREDWATCH_BY": "ana",
        }

    def configuration(self, data: Path) -> str:
        """TOML: what is watched, who may write, who reads; remembered in this directory."""
        urls = {name: self.scene.servers[name].url for name in ("slack", "vault")}
        return _SETTINGS.format(**urls, agent=self.agent_server.url, data=json.dumps(str(data))) + self.scene.issuers()

    def holds(self, name: str) -> Key:
        """The key that lies there now."""
        value = self.scene.vault.ask("read", f"kv/data/{name}")["data"]["data"][FIELD]
        return next(key for key in self.scene.deepgram.keys if key.value == value)

    def alive(self, name: str) -> list[Key]:
        """The keys of this name that Deepgram takes: the old one, and those that were made after it."""
        vendor = self.scene.deepgram
        return [key for key in vendor.listed() if key.name.startswith(name) and vendor.state_of(key) is State.ALIVE]

    @contextmanager
    def silent_store(self) -> Iterator[threading.Event]:
        """Vault does not answer, nor do, what would be laid into a pending slot. The event: that was asked for."""
        asked, over = threading.Event(), threading.Event()

        def holds(request: Request) -> Response | None:
            if request.method not in {"POST", "PUT"} or "/credwatch-pending/" not in request.path:
                return None
            asked.set()
            over.wait()
            return Response(lost=True)

        server = self.scene.servers["vault"]
        server.before_each(holds)
        try:
            yield asked
        finally:
            server.before_each(lambda _: None)
            over.set()

    @contextmanager
    def as_it_goes_live(self, name: str, happens: Callable[[], None]) -> Iterator[None]:
        """Something happens once, in the moment in which this item is written."""
        left = [happens]

        def aside(request: Request) -> None:
            if request.method in {"POST", "PUT"} and request.path.endswith(f"/data/{name}") and left:
                left.pop()()

        server = self.scene.servers["vault"]
        server.before_each(aside)
        try:
            yield
        finally:
            server.before_each(lambda _: None)

    def edit(self, name: str) -> None:
        """A person writes a key of their own into a place."""
        key = self._key("captions-test", 10)
        self.scene.put(name, **{FIELD: key.value, "LOG_LEVEL": "info"})

    def _admin(self, name: str, owner: str) -> Key:
        key = self.scene.deepgram.issue(name, _PROJECT, owner=owner)
        key.admin = True
        return key

    def _key(self, name: str, days: int) -> Key:
        key = self.scene.deepgram.issue(name, _PROJECT, expires=self.scene.clock.now() + days * _DAY)
        key.created = self.scene.clock.now() - (90 - days) * _DAY
        key.traits["tags"] = ["prod"]
        return key

    def _token(self, name: str, policy: str) -> str:
        ask = self.scene.vault.ask
        ask("update", f"sys/policies/acl/{name}", {"policy": f"{policy}\n{_MOUNTS}"})
        made = ask("update", "auth/token/create", {"policies": [name], "ttl": "768h"})
        return str(made["auth"]["client_token"])
