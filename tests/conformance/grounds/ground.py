"""A local system that a connection of one plug-in lists, and all that may happen to it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from credwatch.clock import SystemClock
from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.config.places import listed_place
from credwatch.contract import Closes, Inventory, Item, Listed, Store, Unlisted
from credwatch.registry import Registry
from credwatch.sandbox.server import App, Handler, Request, Response, Route, Server
from credwatch.transport import Transport
from tests.conformance.installed import PLUGINS

NAME = "ours"


DEFECT = Response.text("upstream connect error", 501)


class Gate:
    """Stands before an app, and answers in its place what it is told to."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.answer: Callable[[Request], Response | None] = lambda _: None
        """The answer instead of the app's; None: the app's."""

    def routes(self) -> Iterable[Route]:
        """Those of the app."""
        return [Route(each.method, each.pattern, self._guarded(each.handler)) for each in self._app.routes()]

    def _guarded(self, handler: Handler) -> Handler:
        return lambda request: self.answer(request) or handler(request)


class Hurried:
    """The machine's clocks, and no waiting."""

    now = SystemClock.now
    monotonic = SystemClock.monotonic

    def wait(self, seconds: float, stop: Any) -> bool:
        """At once."""
        del seconds
        return not stop.is_set()


class Ground(ABC):
    """Runs from `with` to its end. Each method says what a test may do to it, once `fill` has been called."""

    use: ClassVar[str]
    """The plug-in."""
    power: ClassVar[type[Store | Inventory]]
    first_page: ClassVar[int] = 2
    """How many places or keys stand on the first page, or in the first folder; the rest follows on others."""
    alone: ClassVar[bool] = False
    """Its list is one answer: it has neither pages nor parts."""
    breaks: ClassVar[bool] = True
    """False: there is no listing that could break off, only parts that cannot be seen."""
    speaks_http: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    """Whether its places bear labels."""

    def __init__(self, folder: Path, transport: Transport) -> None:
        self.folder = folder
        self._transport = transport
        self.canaries: dict[str, str] = {}
        """Name to value of everything secret: what is stored, and what we log in with."""
        self.running = ExitStack()
        self.gate: Gate | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    @abstractmethod
    def begin(self) -> None:
        """Start what has to run, and make what we log in with."""

    @abstractmethod
    def tables(self) -> str:
        """TOML: `[providers.ours]`, and whatever else leads there."""

    @abstractmethod
    def fill(self) -> None:
        """Two pages and two parts."""

    def take(self) -> str:
        """Something that stands on a later page, and not on the first, goes away; its id as `id_of` gives it."""
        raise AssertionError(f"{type(self).__name__} has no second page")

    @abstractmethod
    def shut(self) -> None:
        """A part of it may not be listed from now on; all of it, where it has no parts."""

    def break_off(self, answer: Response = DEFECT) -> None:
        """Everything is answered so from now on, where answers are HTTP; as the system fails, where they are not."""
        assert self.gate is not None, f"{type(self).__name__} cannot break off"
        self.gate.answer = lambda _: answer

    def serve(self, app: App) -> None:
        """From now on, behind a gate."""
        self.gate = Gate(app)
        self.server = self.running.enter_context(Server(self.gate))

    @abstractmethod
    def refuse(self) -> None:
        """Our own login is no longer taken."""

    def takes(self, name: str) -> bool:
        """Whether this system can hold such a name."""
        del name
        return True

    @abstractmethod
    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        """A place of this name that holds these fields, labelled `note`; in a vendor's list a key that is called so."""

    def reference(self, name: str, value: str) -> str:
        """A file with this value, as the configuration refers to it."""
        path = self.folder / name
        path.write_text(f"{value}\n")
        self.canaries[name] = value
        return f"file:{path}"

    def config(self) -> Config:
        """The configuration that leads there."""
        return parse(self.tables(), {}, "credwatch.toml")

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """A new connection."""
        provider = Registry(PLUGINS).open(self.config(), NAME, self._transport)
        try:
            yield provider
        finally:
            if isinstance(provider, Closes):
                provider.close()

    def listing(self, provider: Any) -> Iterator[Item | Listed | Unlisted]:
        """What it lists."""
        listed: Iterator[Item | Listed | Unlisted] = (
            provider.items() if self.power is Store else provider.keys()  # not a dict's
        )
        return listed

    def ids(self) -> list[str]:
        """The ids that a new connection lists now."""
        with self.connected() as provider:
            return [known for each in self.listing(provider) if (known := id_of(each)) is not None]


def id_of(listed: Item | Listed | Unlisted) -> str | None:
    """What a place is known by, without the connection's name; None for what could not be listed."""
    match listed:
        case Item(locator=locator):
            return locator
        case Listed(facts=facts):
            return listed_place(NAME, facts).removeprefix(f"{NAME}:")
        case _:
            return None


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def table(header: str, /, **keys: object) -> str:
    """One table of TOML."""
    return "".join([f"[{header}]\n", *(f"{name} = {toml(value)}\n" for name, value in keys.items())])
