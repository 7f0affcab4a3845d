"""The sandbox's Vault, with a key-value store of version 2 and a token that may do what the policy says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from credwatch.contract import Item, Needs
from credwatch.sandbox.server import Server
from credwatch.sandbox.vault import Vault
from tests.conformance.grounds.ground import table
from tests.staging.shelf import NAME, Shelf


class VaultShelf(Shelf):
    """`kv/`; the rotation's token has the policy that we say it needs."""

    parts = True

    def begin(self) -> None:
        self.vault = Vault()
        self.server = self.running.enter_context(Server(self.vault))
        self._ask("sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        self.tokens = {"watch": "s.none", "rotate": "s.none"}
        for name, rotating in (("watch", False), ("rotate", True)):
            with self.opened(rotating=rotating) as connection:
                assert isinstance(connection, Needs)
                self._ask(f"sys/policies/acl/{name}", {"policy": connection.least_privilege()})
            made = self._ask("auth/token/create", {"policies": [name], "no_default_policy": True})
            self.tokens[name] = made["auth"]["client_token"]

    def tables(self) -> str:
        where = {"address": self.server.url, "paths": ["kv/**"], "auth": {"token": self._file("watch")}}
        identity = {NAME: {"token": self._file("rotate")}}
        return table(f"providers.{NAME}", use="vault", **where) + table("rotate.identities", **identity)

    def put(self, name: str, fields: Mapping[str, str | bytes]) -> Item:
        self._ask(f"kv/data/{name}", {"data": dict(fields), "options": {"cas": 0}})
        return next(
            each for each in self.store.items() if isinstance(each, Item) and self.seen(each) == self._value(name)
        )

    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        self._ask(f"kv/data/{self._path(item)}", {"data": dict(fields)})

    def delete(self, item: Item) -> None:
        self.vault.ask("delete", f"kv/data/{self._path(item)}")

    def seen(self, item: Item) -> object:
        return self._value(self._path(item))

    def leftover(self, item: Item) -> bool:
        del item
        try:
            self.vault.ask("list", "kv/metadata/credwatch-pending/")
        except ValueError:
            return False
        return True

    def takes(self, name: str) -> bool:
        """No segment is empty or leads up: such a request arrives elsewhere, or is not sent."""
        return not {"", ".", ".."} & set(name.split("/"))

    def _value(self, name: str) -> object:
        return self.vault.ask("read", f"kv/data/{name}")["data"]["data"]

    @staticmethod
    def _path(item: Item) -> str:
        return unquote(item.locator).removeprefix("kv/")

    def _file(self, name: str) -> str:
        path = self.folder / name
        path.write_text(self.tokens[name])
        return f"file:{path}"

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.vault.ask("update", path, body)
