"""A store that a rotation writes: what the suite needs of it. A new store is a class here and a line in stores.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.contract import Closes, Item, Payload, Provider, Staged, Stager, Store, Versioned
from credwatch.fields import refold, unfold
from credwatch.registry import Registry
from credwatch.secrets import Secret
from credwatch.transport import Transport
from tests.conformance.installed import PLUGINS

NAME = "ours"
MARK = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"
NEXT = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-2"
OTHERS = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1Z-1"
TOKEN = "0b0e7a0e-6c1f-5d0a-9a3e-1f2d3c4b5a69"
FIELDS = {"KEY": "old value", "OTHER": "kept – as it is"}
TOKENS = ("5d0a0b0e-7a0e-5c1f-9a3e-1f2d3c4b5a69", "6c1f0b0e-7a0e-5d0a-9a3e-1f2d3c4b5a69")


class Staging(Store, Stager, Provider, Protocol):
    """A connection as a rotation has it."""


class Shelf(ABC):
    """Runs from `with` to its end, empty. A person, and the readers, reach it by ways of their own, not by ours."""

    room: ClassVar[int] = 1 << 20
    """So many bytes may a value have, in an item with one other, short field."""
    binary: ClassVar[bool] = False
    """Whether a value may be any bytes."""
    parts: ClassVar[bool] = False
    """Whether an item has named parts; else it is one blob of JSON."""
    beside: ClassVar[bool] = True
    """Whether the slot is kept apart from the item; else it goes with it."""
    moto: ClassVar[bool] = False
    """Whether it is made with the address of a moto server."""

    def __init__(self, folder: Path, transport: Transport) -> None:
        self.folder = folder
        self._transport = transport
        self.running = ExitStack()

    def __enter__(self) -> Self:
        self.begin()
        self.store: Staging = self.running.enter_context(self.opened())
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    @abstractmethod
    def begin(self) -> None:
        """Start what has to run."""

    @abstractmethod
    def tables(self) -> str:
        """TOML: `[providers.ours]`, and `[rotate.identities]` with `ours` in it."""

    @abstractmethod
    def put(self, name: str, fields: Mapping[str, str | bytes]) -> Item:
        """A new item with these fields, and nothing beside them."""

    @abstractmethod
    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        """A person writes all of the item."""

    @abstractmethod
    def delete(self, item: Item) -> None:
        """A person deletes the item, as people do."""

    @abstractmethod
    def seen(self, item: Item) -> object:
        """All that a reader gets, to the byte."""

    @abstractmethod
    def leftover(self, item: Item) -> bool:
        """Whether anything of ours lies beside the item."""

    def takes(self, name: str) -> bool:
        """Whether this store can hold such a name."""
        del name
        return True

    def config(self) -> Config:
        """The configuration that leads there."""
        return parse(self.tables(), {}, "credwatch.toml")

    @contextmanager
    def opened(self, *, rotating: bool = True) -> Iterator[Any]:
        """A new connection, as another process has it."""
        connection = Registry(PLUGINS).open(self.config(), NAME, self._transport, rotating=rotating)
        try:
            yield connection
        finally:
            if isinstance(connection, Closes):
                connection.close()

    def places(self) -> list[str]:
        """What a new connection lists."""
        with self.opened() as store:
            return [each.locator if isinstance(each, Item) else f"unlisted {each.scope}" for each in store.items()]


def with_(payload: Payload, **leaves: str) -> Payload:
    """The payload with these leaves."""
    return refold(payload, {name: Secret(value) for name, value in leaves.items()})


def shown(payload: Payload) -> dict[str, str]:
    """The leaves of a payload."""
    return {leaf.name: leaf.value.reveal() for leaf in unfold(payload)}


def staged_by(
    shelf: Shelf, item: Item, value: str = "new value", mark: str = MARK, token: str = TOKEN
) -> tuple[Versioned, Staged]:
    """What a rotation holds and has staged."""
    held = shelf.store.held(item)
    return held, shelf.store.stage(item, with_(held.payload, KEY=value), mark, token)
