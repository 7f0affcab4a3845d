"""The keys that local vendors list."""

from __future__ import annotations

from collections.abc import Mapping

from credwatch.contract import Inventory
from credwatch.sandbox.deepgram import Deepgram
from credwatch.sandbox.elevenlabs import ElevenLabs
from credwatch.sandbox.keys import Key, State, Vendor
from credwatch.sandbox.openai import OpenAI
from credwatch.sandbox.twilio import Twilio
from tests.conformance.grounds.ground import NAME, Ground, table


class _Listed(Ground):
    """What all vendors have in common."""

    power = Inventory
    vendor: Vendor
    admin: Key
    last: Key
    """A key of a later page."""

    def issued(self, key: Key) -> Key:
        """A key whose value is a canary."""
        self.canaries[key.name] = key.value
        return key

    def take(self) -> str:
        self.last.state = State.DELETED
        return f"{self.last.account}/{self.last.id}"

    def refuse(self) -> None:
        self.admin.state = State.DELETED

    def issuer(self) -> str:
        """TOML: the vendor is here."""
        return table(f"issuers.{self.use}", base_url=self.server.url)


class TwilioKeys(_Listed):
    """A main account with four keys on pages of two, and a subaccount with one."""

    use = "twilio"
    vendor: Twilio

    def begin(self) -> None:
        self.vendor = Twilio()
        self.vendor.page = 2
        self.main = self.vendor.open("main").sid
        self.sub = self.vendor.open("sub", parent=self.main).sid
        self.admin = self.issued(self.vendor.issue("admin", self.main))
        self.admin.admin = True
        self.secret = self.reference("admin", self.admin.value)
        self.serve(self.vendor)

    def tables(self) -> str:
        admin = {"sid": self.admin.id, "secret": self.secret}
        ours = {"account": self.main, "subaccounts": {"sub": self.sub}, "admin": admin}
        return table(f"providers.{NAME}", use="twilio", **ours) + self.issuer()

    def fill(self) -> None:
        for name in ("one", "two", "three"):
            self.last = self.issued(self.vendor.issue(name, self.main))
        self.issued(self.vendor.issue("four", self.sub))

    def shut(self) -> None:
        self.vendor.forbidden.add(self.sub)

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del fields, note
        self.issued(self.vendor.issue(name, self.main))


class DeepgramKeys(_Listed):
    """Two projects; each project is a page."""

    use = "deepgram"
    vendor: Deepgram

    def begin(self) -> None:
        self.vendor = Deepgram()
        self.vendor.projects |= {"p-1": "voice", "p-2": "batch"}
        self.admin = self.issued(self.vendor.issue("admin", "p-1"))
        self.admin.admin = True
        self.secret = self.reference("admin", self.admin.value)
        self.serve(self.vendor)

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="deepgram", admin=self.secret) + self.issuer()

    def fill(self) -> None:
        for name, project in (("one", "p-1"), ("two", "p-2"), ("three", "p-2")):
            self.last = self.issued(self.vendor.issue(name, project))

    def shut(self) -> None:
        self.vendor.forbidden.add("p-2")

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del fields, note
        self.issued(self.vendor.issue(name, "p-1"))


class ElevenLabsKeys(_Listed):
    """One workspace, one answer."""

    use = "elevenlabs"
    vendor: ElevenLabs
    alone = True

    def begin(self) -> None:
        self.vendor = ElevenLabs()
        self.vendor.accounts |= {"sa-1": "voice", "sa-2": "batch"}
        self.admin = self.issued(self.vendor.issue("admin", "sa-1"))
        self.admin.admin = True
        self.secret = self.reference("admin", self.admin.value)
        self.serve(self.vendor)

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="elevenlabs", admin=self.secret) + self.issuer()

    def fill(self) -> None:
        for name, account in (("one", "sa-1"), ("two", "sa-2"), ("three", "sa-2")):
            self.issued(self.vendor.issue(name, account))

    def shut(self) -> None:
        self.admin.admin = False

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del fields, note
        self.issued(self.vendor.issue(name, "sa-1"))


class OpenAIKeys(_Listed):
    """An admin key, then two projects with their keys on pages of two."""

    use = "openai"
    vendor: OpenAI
    first_page = 3

    def begin(self) -> None:
        self.vendor = OpenAI()
        self.vendor.page = 2
        self.vendor.projects |= {"proj_a": "voice", "proj_b": "batch"}
        self.admin = self.issued(self.vendor.issue_admin("admin"))
        self.secret = self.reference("admin", self.admin.value)
        self.serve(self.vendor)

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="openai", admin=self.secret) + self.issuer()

    def fill(self) -> None:
        for name in ("one", "two", "three"):
            self.last = self.issued(self.vendor.issue(name, "proj_a"))
        self.issued(self.vendor.issue("four", "proj_b", owner="luis@example.com"))

    def shut(self) -> None:
        self.vendor.forbidden.add("proj_b")

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del fields, note
        self.issued(self.vendor.issue(name, "proj_a"))
