"""One key's way from an item to its vendor, by the parts that really go it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from credwatch.config.configuration import Config
from credwatch.contract import Item, Payload, ProbeResult, Secret
from credwatch.fields import Leaf, unfold
from credwatch.identify import UNRECOGNISED, Identified, Identifier, Said, fingerprint
from credwatch.model import Sighting
from credwatch.probing import Prober, Try
from credwatch.registry import Registry
from credwatch.transport import Transport
from tests.conformance.grounds.ground import Hurried
from tests.conformance.installed import PLUGINS
from tests.conformance.samples import ITEM


@dataclass(frozen=True)
class Way:
    """Everything that was made on it."""

    item: Item
    payload: Payload
    leaves: list[Leaf]
    found: list[Identified]
    tries: list[Try]
    answers: list[tuple[Try, ProbeResult, object]]

    @property
    def result(self) -> ProbeResult:
        """What the one key that was tried came to."""
        (answer,) = self.answers
        return answer[1]

    def everything(self) -> Iterator[object]:
        """Each thing alone: a repr of the whole may hide one."""
        yield from (self, self.item, self.payload, *self.leaves)
        for one in self.found:
            yield from (one, one.match, one.match.facts, one.match.kind, one.values)
        for tried in self.tries:
            yield from (tried, tried.context, tried.match)
        for _, result, _ in self.answers:
            yield from (result, result.facts, result.detail)


def gone(config: Config, transport: Transport, fields: Mapping[str, str], *kinds: str, locator: str = ITEM) -> Way:
    """Identify what an item with these fields holds, and try what of it is of these kinds."""
    registry = Registry(PLUGINS)
    said = [Said(line.place, line.kind, line.fields, line.probe) for line in config.identify]
    identifier = Identifier(registry.kinds(config), said)
    item = Item("vault-prod", locator)
    payload = Payload({name: Secret(value) for name, value in fields.items()})
    leaves = unfold(payload)
    found = [one for one in identifier.identify(item, leaves) if one.match.kind is not UNRECOGNISED]
    tries = [_try(one, item) for one in found if one.match.kind.name in kinds]
    prober = Prober(transport, registry.issuers(config), Hurried(), random=lambda: 0.0)
    return Way(item, payload, leaves, found, tries, list(prober.try_all(tries, threading.Event())))


def _try(found: Identified, item: Item) -> Try:
    held = fingerprint(b"k" * 32, found.match.kind, found.values)
    seen = Sighting(item.provider, found.place, found.match.kind, found.match.facts, item, held)
    return Try(found.match, found.values, found.place, held, seen)
