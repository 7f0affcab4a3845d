"""A directory of JSON files, as a person who edits keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from credwatch.contract import Item
from credwatch_providers.files.locating import locator_of, path_of
from tests.conformance.grounds.ground import table
from tests.staging.shelf import NAME, Shelf


class FilesShelf(Shelf):
    """One file an item, with a mode of its own."""

    room = (1 << 20) - 64
    binary = True

    def begin(self) -> None:
        self.root = self.folder / "secrets"
        self.root.mkdir()

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="files", paths=[f"{self.root}/**"]) + table(
            "rotate.identities", **{NAME: {}}
        )

    def put(self, name: str, fields: Mapping[str, str | bytes]) -> Item:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        item = Item(NAME, locator_of(str(path)))
        self.write(item, fields)
        path.chmod(0o640)
        return item

    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        path_of(item.locator).write_text(f"{json.dumps(fields, ensure_ascii=False, indent=2)}\n")

    def delete(self, item: Item) -> None:
        path_of(item.locator).unlink()

    def seen(self, item: Item) -> object:
        path = path_of(item.locator)
        status = path.stat()
        return path.read_bytes(), status.st_mode, status.st_uid, status.st_gid

    def leftover(self, item: Item) -> bool:
        path = path_of(item.locator)
        return any("credwatch" in Path(each).name for each in path.parent.iterdir())

    def takes(self, name: str) -> bool:
        """No name has a NUL or more than 255 bytes, and `..` leads elsewhere."""
        parts = name.split("/")
        return "\0" not in name and "" not in parts and ".." not in parts and max(map(len, parts)) < 64
