"""A Vault, the table that leads to it, and the token that we hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.clock import SystemClock
from credwatch.sandbox.vault import Vault
from tests.bad_input.hand import CANARY, Hand


class Moved(SystemClock):
    """The clock of the Vault, which a test may put on."""

    shift = timedelta(0)

    def now(self) -> datetime:
        """The shifted time."""
        return super().now() + self.shift


@dataclass
class Safe:
    """What a test changes before it configures."""

    hand: Hand
    vault: Vault
    clock: Moved
    address: str
    token: str = "env:WATCH"
    namespace: str = ""
    paths: str = "kv/**"

    def fill(self) -> None:
        """One item in `kv`, none in `bare`; files that no token can be read from; and we hold the root token."""
        for path in ("kv", "bare"):
            self.vault.ask("update", f"sys/mounts/{path}", {"type": "kv", "options": {"version": "2"}})
        self.put("voice", CRM_TOKEN=f"{CANARY}zq83hfkgWlq92nfp4Jx0Ls7dP1mvRb6T")
        (self.hand.folder / "empty").write_text("\n")
        (self.hand.folder / "shut").write_text(CANARY)
        (self.hand.folder / "shut").chmod(0)
        self.hand.environment = {"WATCH": self.vault.root}

    def put(self, path: str, **fields: object) -> None:
        """An item of `kv`."""
        self.vault.ask("update", f"kv/data/{path}", {"data": fields})

    def issue(self, hcl: str, **more: object) -> None:
        """The token that we hold is one that may do this."""
        self.vault.ask("update", "sys/policies/acl/watch", {"policy": hcl})
        body = {"policies": ["watch"], "no_default_policy": True, **more}
        made = self.vault.ask("update", "auth/token/create", body)
        self.hand.environment = {"WATCH": made["auth"]["client_token"]}

    def configure(self) -> None:
        """Write the configuration."""
        token = self.token.format(self.hand.folder)
        self.hand.configure(
            f'[providers.v]\nuse = "vault"\naddress = "{self.address}"\nauth = {{ token = "{token}" }}\n'
            f'namespace = "{self.namespace}"\npaths = ["{self.paths}"]\n'
        )
