"""The vendors whose keys are rotated: an old key, who may make another, and which keys nobody may touch."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from credwatch.sandbox.keys import Key, State, Vendor
from credwatch.sandbox.scene import Scene

ACCOUNT = "voice"


class Maker(ABC):
    """One vendor."""

    name: str
    tables: str = ""
    """TOML: its list of keys, where none of the shelves has it."""
    identity: str = ""
    """TOML: who makes keys, the same."""
    kept: list[Key]
    """As they were at the beginning."""

    @abstractmethod
    def every(self) -> list[Key]:
        """Every key that is there, and every one that was there at the beginning, as they stand now."""

    @abstractmethod
    def issue(self, name: str) -> Key:
        """One more key, whose like may be made."""

    @abstractmethod
    def fields(self, key: Key) -> dict[str, str]:
        """How an item holds this key."""

    @abstractmethod
    def go_back(self) -> None:
        """As it was at the beginning."""

    @abstractmethod
    def changed(self) -> bool:
        """Whether anybody asked for a change of any key."""

    def keep(self) -> None:
        """This is the beginning."""
        self.kept = copy.deepcopy(self.every())

    def alive(self, key: Key) -> bool:
        """Whether it works."""
        return key.state is State.ALIVE

    def takes(self, fields: Mapping[str, str]) -> Key | None:
        """The key that these fields hold, if it works."""
        alive = (key for key in self.every() if self.alive(key))
        return next((key for key in alive if self.fields(key).items() <= fields.items()), None)

    def untouched(self, old: Key) -> list[str]:
        """What is wrong with the keys that were there before, apart from the one that is rotated."""
        now = {key.id: _still(key) for key in self.every()}
        others = (key for key in self.kept if key.id != old.id)
        return [f"{self.name}: {key.name} was touched" for key in others if now.get(key.id) != _still(key)]

    def made(self) -> list[Key]:
        """The keys that were not there before, and are there."""
        before = {key.id for key in self.kept}
        return [key for key in self.every() if key.id not in before and key.state is not State.DELETED]


def _still(key: Key) -> Key:
    """All of it but when it was used, which is nobody's doing."""
    return replace(key, last_used=None)


class Sandboxed(Maker):
    """One vendor of the scene."""

    def __init__(self, name: str, vendor: Any, tables: str, identity: str) -> None:
        self.name, self.tables, self.identity = name, tables, identity
        self.vendor: Vendor = vendor
        self._issues: Any = vendor

    def every(self) -> list[Key]:
        return self.vendor.keys

    def issue(self, name: str) -> Key:
        key: Key
        match self.name:
            case "twilio":
                key = self._issues.issue(name, next(iter(self._issues.accounts)))
                key.traits["policy"] = {"allow": ["/twilio/messaging/messages/read"]}
            case "deepgram":
                key = self._issues.issue(name, "p-1")
                key.scopes, key.traits["tags"] = ("usage:write", "usage:read"), ["voice", "prod"]
            case "elevenlabs":
                key = self._issues.issue(name, "sa-1")
            case _:
                key = self._issues.issue(name, "proj_1")
                key.scopes = ("api.model.request",)
        return key

    def fields(self, key: Key) -> dict[str, str]:
        if self.name == "twilio":
            return {"TWILIO_API_KEY_SID": key.id, "TWILIO_API_KEY_SECRET": key.value}
        return {f"{self.name.upper()}_API_KEY": key.value}

    def go_back(self) -> None:
        self.vendor.keys[:] = copy.deepcopy(self.kept)
        self.vendor.changes.clear()
        self.vendor.faults.clear()
        self.vendor.limit = None

    def changed(self) -> bool:
        return bool(self.vendor.changes)

    def alive(self, key: Key) -> bool:
        return self.vendor.state_of(key) is State.ALIVE


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
        made[name] = Sandboxed(name, getattr(scene, name), table, f"{{ admin = {says} }}")
    return made
