"""What looking works with, and what it comes to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from credwatch.clock import Clock
from credwatch.config.configuration import Config
from credwatch.contract import Closes, Issuer, Provider
from credwatch.errors import ProviderError
from credwatch.fields import Leaf
from credwatch.identify import Identified, Identifier, Said
from credwatch.ledger import Ledger, fingerprint_key
from credwatch.model import Item, Kind, ProbeResult, Reason, Sighting, Unlisted, Validity
from credwatch.probing import Prober
from credwatch.registry import Registry
from credwatch.transport import Transport

Piece = Sighting | Unlisted
Progress = Callable[[str, int, int], None]
"""Told a provider, the items read and the credentials seen so far."""
Noted = Callable[[Item, Sequence[Leaf], Sequence[Identified]], None]
"""Told what an item holds and what was recognised in it, by several threads. It keeps no value."""


@dataclass(frozen=True)
class Watch:
    """All that looking works with."""

    config: Config
    ledger: Ledger
    registry: Registry
    transport: Transport
    identifier: Identifier
    issuers: Mapping[str, tuple[Kind, Issuer]]
    key: bytes
    """Of the fingerprints."""
    clock: Clock
    stop: threading.Event
    progress: Progress
    waiting: Callable[[int, float], None] = lambda _suspects, _seconds: None
    """Told how many suspects a sweep waits for before it tries them once more, and for how many seconds."""
    noted: Noted = lambda _item, _leaves, _found: None
    taken: dict[str, object] = field(default_factory=dict)
    """The fingerprints that this sweep has taken on, each with a token of whoever did."""
    hints: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict, repr=False)
    """By kind: how each key of the vendor's list ends, as the vendor shows it, and its id."""
    made: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By fingerprint the ids of those that rotations made."""

    @classmethod
    def of(  # noqa: PLR0913  what is injected
        cls,
        config: Config,
        ledger: Ledger,
        clock: Clock,
        stop: threading.Event,
        *,
        registry: Registry | None = None,
        progress: Progress | None = None,
        transport: Transport | None = None,
    ) -> Watch:
        """Everything opened that this configuration names; no connection to a provider yet."""
        registry = registry or Registry.load()
        issuers = registry.issuers(config)
        transport = transport or Transport(proxy=config.network.proxy, ca=config.network.ca, clock=clock)
        said = [Said(line.place, line.kind, line.fields, line.probe) for line in config.identify]
        reference = config.daemon.fingerprint_key
        return cls(
            config=config,
            ledger=ledger,
            registry=registry,
            transport=transport,
            identifier=Identifier(registry.kinds(config), said),
            issuers=issuers,
            key=fingerprint_key(ledger.directory, reference.resolve() if reference else None),
            clock=clock,
            stop=stop,
            progress=progress or (lambda _provider, _items, _credentials: None),
        )

    def take(self, fingerprint: str) -> bool:
        """Whether this sweep had not taken it on before; of several threads that ask at once one hears so."""
        mine = object()
        return self.taken.setdefault(fingerprint, mine) is mine

    def prober(self) -> Prober:
        """For one look: its breakers stay open as long as it lives."""
        return Prober(self.transport, self.issuers, self.clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Put the way to the vendors down."""
        self.transport.close()

    @contextmanager
    def connected(self, name: str) -> Iterator[tuple[Provider, ProbeResult]]:
        """The connection of this name and what it says of itself, for as long as it is needed.

        ProviderError when our own credentials do not work there, ConfigError when the table is wrong.
        """
        provider = self.registry.open(self.config, name, self.transport)
        try:
            own = provider.check()
            if own.validity is not Validity.VALID:
                raise ProviderError(own.reason, own.detail)
            yield provider, own
        finally:
            if isinstance(provider, Closes):
                provider.close()


@dataclass(frozen=True)
class Ended:
    """How looking at one provider ended."""

    complete: bool
    reason: Reason | None = None
    message: str = ""
    expires: datetime | None = None
    """When our own credential there ends."""
    items: int = 0
    credentials: int = 0
    latency: timedelta = timedelta(0)
