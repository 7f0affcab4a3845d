"""What is true outside, and every way in which a rotation changes it. It remembers nothing and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Protocol

from credwatch.contract import Asks, Disables, Minter, Remembers, Stager, Sunsets, Turns
from credwatch.errors import ProviderError
from credwatch.fields import refold, unfold
from credwatch.identify import fingerprint
from credwatch.model import (
    Carried,
    Facts,
    Item,
    Kind,
    Listed,
    Match,
    Minted,
    Payload,
    ProbeResult,
    Reason,
    Staged,
)
from credwatch.model.rotating import Target
from credwatch.secrets import Secret


@dataclass(frozen=True)
class Seen:
    """What a place holds, or held, or will hold: one key of the kind."""

    version: str
    fingerprint: str
    """Empty: the fields of the key are not all there."""
    values: Mapping[str, Secret]
    """Role to value."""
    payload: Payload


class Reader(Protocol):
    """Who reads a key from its places and has to load the new one."""

    name: str
    reads: tuple[str, ...]
    """The places of it."""
    settles: timedelta
    """How long work under the old key may go on."""
    proves: bool
    """Whether it can show which key it uses."""

    def reload(self, key: str, key_id: str) -> None:
        """Tell it to load what its places hold now, the key of this id; `key` is the same for the same effect. ProviderError."""

    def uses(self, key_id: str) -> bool | None:
        """Whether it uses this key, all of it; None when it cannot be told. ProviderError when it does not answer."""


class Renews(Protocol):
    """A program of the house that makes the new key."""

    @property
    def call(self) -> str:
        """As a plan says it."""

    def __call__(self, targets: tuple[Target, ...], before: Seen) -> Minted:
        """A value for these places in the place of what is there. ProviderError; a `permanent` one says that there is none."""


@dataclass(frozen=True)
class World:
    """The vendor, the stores and the readers of one rotation."""

    kind: Kind
    stagers: Mapping[str, Stager]
    """By the name of the connection."""
    probe: Callable[[Match, Mapping[str, Secret]], ProbeResult]
    """One harmless try at the vendor."""
    key: bytes
    """Of the fingerprints."""
    minter: Minter | None = None
    """None: a person makes the key, or a program."""
    renewal: Renews | None = None
    """None: no program makes it."""
    readers: tuple[Reader, ...] = ()
    probes: Mapping[str, str] = field(default_factory=dict)
    """By place: where its key is tried, when a person said so."""

    # -- what is true ----------------------------------------------------------------------------------------------

    def look(self, target: Target) -> Seen:
        """What this place holds now."""
        with _named(target):
            held = self._stager(target).held(_item(target))
        return self._seen(target, held.version, held.payload)

    def former(self, target: Target, version: str) -> Seen:
        """What it held under this version."""
        return self._seen(target, version, self._stager(target).former(_item(target), version))

    def compares(self, target: Target) -> bool:
        """Whether its store writes only what is still at the version that was read."""
        return self._stager(target).compare_and_swap

    def between(self, target: Target, older: str, now: Seen) -> tuple[str, ...]:
        """The versions after the older one and before this one that hold neither what it held nor what it holds."""
        stager = self._stager(target)
        if not isinstance(stager, Remembers):
            return ()
        known = [now.payload, *self._kept(target, older)]
        found = [(one, self._kept(target, one)) for one in stager.between(_item(target), older, now.version)]
        return tuple(one for one, held in found if held and not any(_same(held[0], other) for other in known))

    def staged(self, target: Target) -> Staged | None:
        """What lies in its pending slot."""
        with _named(target):
            return self._stager(target).staged(_item(target))

    def look_staged(self, target: Target, staged: Staged) -> Seen:
        """What its readers would have of it."""
        with _named(target):
            payload = self._stager(target).read_staged(_item(target), staged)
        return self._seen(target, staged.version, payload)

    def try_(self, target: Target, seen: Seen) -> ProbeResult:
        """What the vendor says of the key that was seen there."""
        return self.probe(Match(self.kind, target.fields, probe=self.probes.get(target.place)), seen.values)

    def fingerprint(self, values: Mapping[str, Secret]) -> str:
        """Of these values."""
        return fingerprint(self.key, self.kind, values)

    def detail(self, key: Facts) -> Facts | None:
        """This key as its vendor has it; None when it is gone."""
        return self._minter.detail(key)

    def beside(self, key: Facts) -> tuple[Listed, ...]:
        """Every key of the same owner."""
        return tuple(self._minter.beside(key))

    def may(self, key: Facts) -> str:
        """Why the vendor would not let us; empty: nothing speaks against it."""
        return self._minter.may(key)

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """What a successor has from it."""
        return self._minter.carried(key, lifetime)

    @property
    def marks(self) -> bool:
        """Whether a key of ours can be known by its mark."""
        return self._minter.marks

    @property
    def limit(self) -> int | None:
        """How many keys may stand beside each other."""
        return self._minter.limit

    @property
    def disables(self) -> bool:
        """Whether the vendor can switch a key off and on again."""
        return isinstance(self.minter, Disables)

    @property
    def sunsets(self) -> bool:
        """Whether the vendor can give a living key an end."""
        return isinstance(self.minter, Sunsets)

    @property
    def exchanges(self) -> bool:
        """Whether the old key ends because the new one takes its place; then no list shows either."""
        return isinstance(self.minter, Asks) and self.kind.name in self.minter.asks

    # -- what changes it: each has its intent before it, in `run.effect` ------------------------------------------

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """Make a key."""
        return self._minter.mint(like, mark, lifetime)

    def renew(self, targets: tuple[Target, ...]) -> Minted:
        """Let the program make one in the place of what these hold."""
        if self.renewal is None:
            said = f"no program renews this {self.kind.title}: say which in [[renewals]]"
            raise ProviderError(Reason.MISCONFIGURED, said, permanent=True)
        whole = max(targets, key=lambda one: len(one.fields))
        return self.renewal(targets, self.look(whole))

    def turn(self, target: Target) -> None:
        """Let the store make a new value in the place of this one."""
        stager = self._stager(target)
        if not isinstance(stager, Turns):
            said = f"{target.provider} cannot make a {self.kind.title} anew"
            raise ProviderError(Reason.MISCONFIGURED, said, permanent=True)
        stager.turn(_item(target))

    def revoke(self, key: Facts) -> None:
        """Unmake exactly this key."""
        self._minter.revoke(key)

    def disable(self, key: Facts) -> None:
        """Switch it off."""
        if isinstance(self.minter, Disables):
            self.minter.disable(key)

    def enable(self, key: Facts) -> None:
        """Switch it on."""
        if isinstance(self.minter, Disables):
            self.minter.enable(key)

    def sunset(self, key: Facts, at: datetime) -> None:
        """Give it an end."""
        if isinstance(self.minter, Sunsets):
            self.minter.sunset(key, at)

    def stage(
        self, targets: tuple[Target, ...], base: Seen, values: Mapping[str, Secret], mark: str, token: str
    ) -> Staged:
        """Lay these values into the pending slot of one item, in all of its places, among all else that it holds."""
        leaves = {one.fields[role]: value for one in targets for role, value in values.items() if role in one.fields}
        with _named(targets[0]):
            return self._stager(targets[0]).stage(_item(targets[0]), refold(base.payload, leaves), mark, token)

    def promote(self, target: Target, staged: Staged, base_version: str) -> str:
        """Make it what readers see."""
        with _named(target):
            return self._stager(target).promote(_item(target), staged, base_version)

    def revert(self, target: Target) -> str:
        """Give the place its former value again."""
        with _named(target):
            return self._stager(target).revert(_item(target), target.base_version, target.promoted_version)

    def discard(self, target: Target, staged: Staged) -> None:
        """Empty its pending slot."""
        with _named(target):
            self._stager(target).discard(_item(target), staged)

    def _kept(self, target: Target, version: str) -> tuple[Payload, ...]:
        """What it held under this version; nothing, when nobody has that any more."""
        try:
            return (self._stager(target).former(_item(target), version),)
        except ProviderError as error:
            if error.reason is Reason.NOT_FOUND or error.permanent:
                return ()
            raise

    def _stager(self, target: Target) -> Stager:
        if target.provider not in self.stagers:
            raise ProviderError(Reason.MISCONFIGURED, f"{target.provider} may not be written", permanent=True)
        return self.stagers[target.provider]

    @property
    def _minter(self) -> Minter:
        if self.minter is None:
            raise ProviderError(Reason.MISCONFIGURED, f"nobody makes a {self.kind.title} but a person", permanent=True)
        return self.minter

    def _seen(self, target: Target, version: str, payload: Payload) -> Seen:
        leaves = {leaf.name: leaf.value for leaf in unfold(payload)}
        values = {role: leaves[name] for role, name in target.fields.items() if name in leaves}
        whole = len(values) == len(target.fields)
        return Seen(version, self.fingerprint(values) if whole else "", values, payload)


@contextmanager
def _named(target: Target) -> Iterator[None]:
    """Whatever its store says is said with the name of the store."""
    try:
        yield
    except ProviderError as error:
        if target.provider not in str(error):
            error.args = (f"{target.provider}: {error}",)
        raise


def _item(target: Target) -> Item:
    return Item(target.provider, target.locator)


def _same(one: Payload, other: Payload) -> bool:
    return one.parts.keys() == other.parts.keys() and all(
        compare_digest(value.reveal_bytes(), other.parts[name].reveal_bytes()) for name, value in one.parts.items()
    )
