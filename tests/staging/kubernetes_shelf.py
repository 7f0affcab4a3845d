"""A local Kubernetes with one namespace; the rotation's account may do what the Role says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from credwatch.contract import Item, Needs
from credwatch.sandbox.kubernetes import Kubernetes
from credwatch.sandbox.server import Server
from tests.conformance.grounds.ground import table
from tests.staging.shelf import NAME, Shelf

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class KubernetesShelf(Shelf):
    """`voice/NAME`, with a part for each field."""

    binary = True
    parts = True

    def begin(self) -> None:
        self.cluster = Kubernetes()
        self.server = self.running.enter_context(Server(self.cluster))
        for token, rotating in (("watch", False), ("rotate", True)):
            (self.folder / token).write_text(f"token-{token}\n")
            with self.opened(rotating=rotating) as connection:
                assert isinstance(connection, Needs)
                [verbs] = re.findall(r"verbs: \[(.*)\]", connection.least_privilege())
            self.cluster.allow(f"token-{token}", ["voice"], *verbs.split(", "))

    def tables(self) -> str:
        token = {name: f"file:{self.folder / name}" for name in ("watch", "rotate")}
        where = {"namespaces": ["voice"], "address": self.server.url, "token": token["watch"]}
        return table(f"providers.{NAME}", use="kubernetes", **where) + table(
            "rotate.identities", **{NAME: {"token": token["rotate"]}}
        )

    def put(self, name: str, fields: Mapping[str, str | bytes]) -> Item:
        item = Item(NAME, f"voice/{name.replace('/', '.')}")
        self.write(item, fields)
        return item

    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        data = {name: value.encode() if isinstance(value, str) else value for name, value in fields.items()}
        self.cluster.put("voice", item.locator.partition("/")[2], data)

    def delete(self, item: Item) -> None:
        del self.cluster.objects["voice", item.locator.partition("/")[2]]

    def seen(self, item: Item) -> object:
        found = self.cluster.objects["voice", item.locator.partition("/")[2]]
        return found["data"], found["type"], {**found["metadata"]}.get("labels")

    def leftover(self, item: Item) -> bool:
        del item
        return any("credwatch" in name for _, name in self.cluster.objects)

    def takes(self, name: str) -> bool:
        """Only what a domain may be called."""
        return _NAME.fullmatch(name) is not None
