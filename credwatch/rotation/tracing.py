"""What rotations left outside, looked for when the ledger no longer knows them: marked keys, and pending slots. It only reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from credwatch.contract import Inventory, Minter, Provider, Stager, Store
from credwatch.errors import CredwatchError, LedgerError, ProviderError
from credwatch.fields import unfold
from credwatch.identify import fingerprint
from credwatch.model import Facts, Item, Kind, Payload, Staged, Unlisted
from credwatch.model.rotating import Target
from credwatch.rotation.working import Workshop

_MARK = re.compile(r"cw-(?P<id>[0-9A-HJKMNP-TV-Z]{26})-(?P<attempt>[0-9]{1,3})\b")


@dataclass(frozen=True)
class Marked:
    """A key that bears a mark of a rotation."""

    minter: str
    kind: Kind
    facts: Facts
    attempt: int


@dataclass(frozen=True)
class Slot:
    """One place whose pending slot holds another key than the place."""

    target: Target
    kind: Kind
    attempt: int
    new_fp: str


@dataclass(frozen=True)
class Trace:
    """What one rotation left, of which the ledger knows nothing."""

    id: str
    keys: tuple[Marked, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Unseen:
    """Where it could not be looked."""

    where: str
    why: str


def traces(shop: Workshop) -> tuple[tuple[Trace, ...], tuple[Unseen, ...]]:
    """Everything at the connections that may write, the oldest rotation first, and what could not be looked at."""
    keys: dict[str, list[Marked]] = {}
    slots: dict[str, list[Slot]] = {}
    unseen: list[Unseen] = []
    for name in shop.watch.config.rotate.identities:
        try:
            provider = shop.opened.named(name)
            for mark, found in (*_keys(name, provider), *_slots(shop, provider, unseen)):
                (keys if isinstance(found, Marked) else slots).setdefault(mark, []).append(found)  # type: ignore[arg-type]
        except CredwatchError as error:
            unseen.append(Unseen(name, str(error)))
    names = [name for name in sorted({*keys, *slots}) if not _known(shop, name)]
    return tuple(Trace(one, tuple(keys.get(one, ())), tuple(slots.get(one, ()))) for one in names), tuple(unseen)


def _known(shop: Workshop, name: str) -> bool:
    try:
        shop.journal.one(name)
    except LedgerError:
        return False
    return True


def _keys(name: str, provider: Provider) -> Iterator[tuple[str, Marked]]:
    if not (isinstance(provider, Minter) and isinstance(provider, Inventory) and provider.marks):
        return
    for one in provider.keys():  # noqa: SIM118  a listing of the vendor, no mapping
        found = None if isinstance(one, Unlisted) else _MARK.search(one.facts.name or "")
        if found is not None and not isinstance(one, Unlisted):
            yield found["id"], Marked(name, one.kind, one.facts, int(found["attempt"]))


def _slots(shop: Workshop, provider: Provider, unseen: list[Unseen]) -> Iterator[tuple[str, Slot]]:
    if not (isinstance(provider, Stager) and isinstance(provider, Store)):
        return
    for item in provider.items():
        if isinstance(item, Unlisted):
            unseen.append(Unseen(f"{provider.name}:{item.scope}", item.message or str(item.reason)))
            continue
        try:
            staged = provider.staged(item)
        except ProviderError as error:
            if not error.permanent:
                raise
            unseen.append(Unseen(f"{provider.name}:{item.locator}", str(error)))
            continue
        found = _MARK.fullmatch(staged.mark) if staged is not None else None
        if staged is not None and found is not None:
            for slot in _of_item(shop, provider, item, staged, int(found["attempt"])):
                yield found["id"], slot


def _of_item(shop: Workshop, stager: Stager, item: Item, staged: Staged, attempt: int) -> Iterator[Slot]:
    """The places of it whose key would be another one."""
    held = stager.held(item)
    now = _read(shop, item, held.payload)
    for place, (kind, fields, new_fp) in _read(shop, item, stager.read_staged(item, staged)).items():
        before = now[place][2] if place in now else ""
        if new_fp != before:
            target = Target(place, item.provider, item.locator, fields, held.version, before, staged.version)
            yield Slot(target, kind, attempt, new_fp)


def _read(shop: Workshop, item: Item, payload: Payload) -> dict[str, tuple[Kind, dict[str, str], str]]:
    """Place to what lies there: its kind, its leaves, its fingerprint."""
    found = (one for one in shop.watch.identifier.identify(item, unfold(payload)) if not one.match.missing)
    return {
        one.place: (one.match.kind, dict(one.match.fields), fingerprint(shop.watch.key, one.match.kind, one.values))
        for one in found
    }
