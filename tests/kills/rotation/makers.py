"""The vendors whose keys are rotated: an old key, who may make another, and which keys nobody may touch."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from credwatch.sandbox.keys import Key, State, Vendor
from credwatch.sandbox.scene import Scene

ACCOUNT = "voice"


@dataclass
class Maker:
    """One vendor of the scene."""

    name: str
    vendor: Vendor
    tables: str
    identity: str
    kept: list[Key] = field(default_factory=list)
    """As they were at the beginning."""

    def keep(self) -> None:
        """This is the beginning."""
        self.kept = copy.deepcopy(self.vendor.keys)

    def go_back(self) -> None:
        """As it was at the beginning."""
        self.vendor.keys[:] = copy.deepcopy(self.kept)
        self.vendor.changes.clear()
        self.vendor.faults.clear()
        self.vendor.limit = None

    def fields(self, key: Key) -> dict[str, str]:
        """How an item holds this key."""
        if self.name == "twilio":
            return {"TWILIO_API_KEY_SID": key.id, "TWILIO_API_KEY_SECRET": key.value}
        return {f"{self.name.upper()}_API_KEY": key.value}

    def takes(self, fields: Mapping[str, str]) -> Key | None:
        """The key that these fields hold, if it works."""
        alive = (key for key in self.vendor.listed() if self.vendor.state_of(key) is State.ALIVE)
        return next((key for key in alive if self.fields(key).items() <= fields.items()), None)

    def untouched(self, old: Key) -> list[str]:
        """What is wrong with the keys that were there before, apart from the one that is rotated."""
        now = {key.id: key for key in self.vendor.keys}
        others = (key for key in self.kept if key.id != old.id)
        return [f"{self.name}: {key.name} was touched" for key in others if now.get(key.id) != key]

    def made(self) -> list[Key]:
        """The keys that were not there before, and are there."""
        before = {key.id for key in self.kept}
        return [key for key in self.vendor.listed() if key.id not in before]


def makers(scene: Scene, references: Any) -> dict[str, Maker]:
    """All of them; `references` gives a reference to a value that it keeps in a file."""
    scene.deepgram.projects["p-1"] = ACCOUNT
    scene.elevenlabs.accounts["sa-1"] = ACCOUNT
    scene.openai.projects["proj_1"] = ACCOUNT
    scene.openai.tail = 4  # so few that a value can be told to be this key
    account = scene.twilio.open(ACCOUNT).sid
    admins = {
        "deepgram": scene.deepgram.issue("rotator", "p-1", owner="rotator@example.com"),
        "elevenlabs": scene.elevenlabs.issue("rotator", "sa-1"),
        "openai": scene.openai.issue_admin("rotator"),
        "twilio": scene.twilio.issue("rotator", account),
    }
    made: dict[str, Maker] = {}
    for name, admin in admins.items():
        admin.admin = True
        reference = references(name, admin.value)
        says = f'"{reference}"' if name != "twilio" else f'{{ sid = "{admin.id}", secret = "{reference}" }}'
        more = {"twilio": f'account = "{account}"\n', "openai": 'scopes = { sa_1 = ["api.model.request"] }\n'}
        table = f'[providers.{name}]\nuse = "{name}"\nadmin = {says}\n{more.get(name, "")}'
        made[name] = Maker(name, getattr(scene, name), table, f"{{ admin = {says} }}")
    return made


def issued(maker: Maker, name: str) -> Key:
    """One more key of this vendor, whose like may be made."""
    vendor: Any = maker.vendor
    match maker.name:
        case "twilio":
            key: Key = vendor.issue(name, next(iter(vendor.accounts)))
            key.traits["policy"] = {"allow": ["/twilio/messaging/messages/read"]}
        case "deepgram":
            key = vendor.issue(name, "p-1")
            key.scopes, key.traits["tags"] = ("usage:write", "usage:read"), ["voice", "prod"]
        case "elevenlabs":
            key = vendor.issue(name, "sa-1")
        case _:
            key = vendor.issue(name, "proj_1")
            key.scopes = ("api.model.request",)
    return key
