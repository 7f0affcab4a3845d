"""Places that hold one text each: JSON, of which a rotation changes the key and no other byte."""

from __future__ import annotations

import json
from abc import abstractmethod

from tests.kills.rotation.shelves import KEPT, Shelf


class Blobs(Shelf):
    """A provider whose items are such texts."""

    @abstractmethod
    def text(self, name: str) -> str:
        """As its readers get it."""

    @abstractmethod
    def more(self, name: str) -> object:
        """What the item has beside the text."""

    def held(self, name: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.text(name))
        return found

    def shape(self, name: str) -> object:
        """The text without the values of the key, and what is beside it."""
        text = self.text(name)
        for field, value in json.loads(text).items():
            if field not in KEPT:
                text = text.replace(json.dumps(value), f"<{field}>")
        return text, self.more(name)
