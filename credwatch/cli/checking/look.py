"""One look that nobody remembers: the same sweep, on a ledger in memory, and what it showed place by place."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from credwatch.clock import Clock
from credwatch.config.configuration import Config, ProviderTable
from credwatch.fields import Leaf
from credwatch.identify import Identified, place_of
from credwatch.ledger import Ledger
from credwatch.ledger.connection import Connection
from credwatch.ledger.queries.listing import Line, Wanted, listing
from credwatch.ledger.standings import Standing
from credwatch.looking import Ended, Watch
from credwatch.looking.watch import Progress
from credwatch.model import Facts, Item, ProbeResult, Reason, Sighting, Status, Unlisted, Validity
from credwatch.pipeline import sweep
from credwatch.registry import Registry
from credwatch.transport.noting import Noting

FILES = "files"
"""The plug-in that reads paths."""
COSTLY = timedelta(days=1)
"""A kind that is to be tried so seldom is tried only when it is asked for."""

_BY_REASON = {Reason.LIMITED: Standing.LIMITED, Reason.NOT_TRIED: Standing.NOT_TRIED}
_BY_VALIDITY = {
    Validity.VALID: Standing.WORKS,
    Validity.INVALID: Standing.REFUSED,
    Validity.SUSPENDED: Standing.SUSPENDED,
    Validity.UNKNOWN: Standing.CANNOT_TELL,
}


@dataclass(frozen=True)
class Key:
    """One place that holds a key, or one line of a vendor's list, and all that this look showed of it."""

    seen: Sighting
    fields: tuple[str, ...]
    """The names of the fields that it is made of, the public one first."""
    facts: Facts
    tried: ProbeResult | None
    line: Line | None
    """What the rules say of it; None where its place is known for another key."""
    spared: bool
    """It was not tried because each try may cost something."""

    @property
    def expired(self) -> bool:
        """Its date has passed, and its vendor does not say that it works all the same."""
        return self.line is not None and self.line.status is Status.EXPIRED

    @property
    def standing(self) -> Standing:
        """What its vendor said. What is its own proof, such as a certificate, works; whether still, its date says."""
        if self.tried is not None:
            return _BY_REASON.get(self.tried.reason, _BY_VALIDITY[self.tried.validity])
        own_proof = not self.seen.kind.probed and self.seen.kind.read is not None and self.facts.expires is not None
        return Standing.WORKS if own_proof else Standing.NOT_TRIED


@dataclass(frozen=True)
class Look:
    """All that one look showed."""

    ended: Mapping[str, Ended]
    keys: tuple[Key, ...]
    """In the order of their items, and in each as it is written there."""
    unlisted: tuple[tuple[str, Unlisted], ...]
    """Provider, and what of it could not be read."""
    fields: Mapping[tuple[str, str], int]
    """Provider and locator to how many fields the item has."""
    asked: tuple[str, ...]
    """The hosts that something was sent to."""


def of_paths(config: Config, paths: Sequence[Path]) -> tuple[Config, tuple[str, ...]]:
    """The configuration with these paths as the one connection to look at, and its name.

    They are looked at under the name of a configured connection to files, so that what is said of its places holds.
    """
    name = next((table.name for table in config.providers.values() if table.use == FILES), FILES)
    table = ProviderTable(name, FILES, table={"paths": [Path(os.path.abspath(path)) for path in paths]})  # noqa: PTH100  not resolve(): it follows links
    return replace(config, providers={**config.providers, name: table}), (name,)


def look(
    config: Config,
    registry: Registry,
    names: Sequence[str],
    clock: Clock,
    stop: threading.Event,
    *,
    everything: bool = False,
    progress: Progress | None = None,
) -> Look:
    """Look at these connections once. Nothing is kept, nothing is settled, nobody is told."""
    unkept = config.daemon.model_copy(update={"fingerprint_key": None})
    config = replace(config, deadlines=(), daemon=unkept)
    notes = _Notes()
    transport = Noting(proxy=config.network.proxy, ca=config.network.ca, clock=clock)
    with (
        _Kept.open(None, now=clock.now()) as ledger,
        Watch.of(config, ledger, clock, stop, registry=registry, transport=transport, progress=progress) as watch,
    ):
        costly = {name for name, (kind, _) in watch.issuers.items() if kind.least_interval >= COSTLY and not everything}
        issuers = {name: issuer for name, issuer in watch.issuers.items() if name not in costly}
        swept = sweep(replace(watch, noted=notes, issuers=issuers), names, settle=False)
        lines = {line.place: line for line in listing(ledger, Wanted(), clock.now())}
    return Look(
        ended={name: ended for name, ended in swept.ended.items() if name in names},
        keys=tuple(_keys(ledger.sightings, lines, notes, costly)),
        unlisted=tuple(ledger.unlisted),
        fields=notes.fields,
        asked=tuple(sorted(transport.asked)),
    )


class _Kept(Ledger):
    """A ledger that also keeps what it was told as it was told: latencies, and the vendors' own words."""

    def __init__(self, connection: Connection, random: Random) -> None:
        super().__init__(connection, random)
        self.sightings: list[Sighting] = []
        self.unlisted: list[tuple[str, Unlisted]] = []

    def record(self, sweep: int, provider: str, batch: Iterable[Sighting | Unlisted], now: datetime) -> None:
        """As the ledger does, and kept."""
        pieces = list(batch)
        self.sightings += [piece for piece in pieces if isinstance(piece, Sighting)]
        self.unlisted += [(provider, piece) for piece in pieces if isinstance(piece, Unlisted)]
        super().record(sweep, provider, pieces, now)


@dataclass(frozen=True)
class _Notes:
    """Which fields each key is made of, which of them comes when, and how many there are; no value."""

    made_of: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By place and kind."""
    order: dict[str, int] = field(default_factory=dict)
    """By place."""
    fields: dict[tuple[str, str], int] = field(default_factory=dict)

    def __call__(self, item: Item, leaves: Sequence[Leaf], found: Sequence[Identified]) -> None:
        """One item was read. What is nested in one field is one field."""
        self.fields[item.provider, item.locator] = len({leaf.name.partition(".")[0] for leaf in leaves})
        at = {place_of(item.provider, item.locator, leaf.name): number for number, leaf in enumerate(leaves)}
        for one in found:
            self.order[one.place] = at.get(one.place, 0)
            kind, leaf_of = one.match.kind, one.match.fields
            names = [leaf_of[role.name] for role in kind.roles if role.name in leaf_of and not role.optional]
            self.made_of[one.place, kind.name] = tuple(dict.fromkeys(filter(None, names)))


def _keys(sightings: Sequence[Sighting], lines: Mapping[str, Line], notes: _Notes, costly: set[str]) -> Iterator[Key]:
    """A key that was found in two places was tried once: its answer holds for both. Facts are joined by the key's id."""
    answers = {(one.kind.name, one.fingerprint): one.tried for one in sightings if one.tried and one.fingerprint}
    lists = {(one.kind.name, one.facts.key_id): one.facts for one in sightings if one.item is None}

    def turn(one: Sighting) -> tuple[str, bool, str, int]:
        where = one.item.locator if one.item is not None else one.place
        return one.provider, one.item is None, where, notes.order.get(one.place, 0)

    for seen in sorted(sightings, key=turn):
        line = lines.get(seen.place)
        if seen.item is None and line is None:
            continue  # a place holds it
        tried = answers.get((seen.kind.name, seen.fingerprint)) if seen.fingerprint else None
        facts = _joined(tried.facts if tried else Facts(), seen.facts)
        listed = lists.get((seen.kind.name, facts.key_id)) if facts.key_id else None
        yield Key(
            seen=seen,
            fields=notes.made_of.get((seen.place, seen.kind.name), ()),
            facts=_joined(listed or Facts(), facts),
            tried=tried,
            line=line,
            spared=seen.kind.name in costly and seen.fingerprint is not None,
        )


def _joined(first: Facts, second: Facts) -> Facts:
    """What the first says, and where it says nothing the second."""
    said = {one.name: getattr(first, one.name) for one in fields(Facts)}
    return replace(second, **{name: value for name, value in said.items() if value is not None})
