"""A project at Secret Manager, by Google's own messages."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from google.cloud import secretmanager_v1 as api

from credwatch.contract import Item
from tests.conformance.grounds.ground import table
from tests.servers.gcp import secret_manager, service_account, written
from tests.staging.shelf import NAME, Shelf

PROJECT = "voice-prod-1"
PENDING = f"projects/{PROJECT}/secrets/credwatch-pending"


@functools.cache
def _account() -> dict[str, str]:
    """Making its key takes a moment."""
    return service_account()


class SecretManagerShelf(Shelf):
    """A project with the secret in which new values wait."""

    binary = True
    room = 64 << 10

    def begin(self) -> None:
        self.google = self.running.enter_context(secret_manager(self.folder))
        self.credentials = written(self.folder, _account())
        self.google.put(PROJECT, "credwatch-pending")

    def tables(self) -> str:
        ours: dict[str, Any] = {"projects": [PROJECT], "secrets": ["**"], "endpoint": self.google.endpoint}
        return (
            table(f"providers.{NAME}", use="gcp", **ours, credentials=self.credentials)
            + table("network", ca=str(self.google.ca))
            + table("rotate.identities", **{NAME: {"credentials": self.credentials}})
        )

    def put(self, name: str, fields: Mapping[str, str | bytes]) -> Item:
        self.google.put(PROJECT, _name(name), json.dumps(dict(fields)).encode())
        return Item(NAME, f"{PROJECT}/{_name(name)}")

    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        data = json.dumps(dict(fields)).encode()
        context: Any = None
        self.google.add_version(api.AddSecretVersionRequest(parent=_path(item), payload={"data": data}), context)

    def delete(self, item: Item) -> None:
        del self.google.secrets[_path(item)]
        del self.google.versions[_path(item)]

    def seen(self, item: Item) -> object:
        return self.google.values[self.google.versions[_path(item)][-1].name]

    def leftover(self, item: Item) -> bool:
        del item
        enabled = any(version.state.name == "ENABLED" for version in self.google.versions[PENDING])
        return enabled or bool(self.google.secrets[PENDING].annotations)

    def takes(self, name: str) -> bool:
        """Letters, digits, - and _, as Google documents it."""
        return re.fullmatch(r"[A-Za-z0-9_-]{1,255}", _name(name)) is not None


def _name(name: str) -> str:
    """A name has no slashes there."""
    return name.replace("/", "_")


def _path(item: Item) -> str:
    return f"projects/{PROJECT}/secrets/{item.locator.partition('/')[2]}"
