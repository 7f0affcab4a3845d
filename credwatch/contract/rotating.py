"""What a connection can do for a rotation, opened with its rotate identity.

Of every method that changes something: a ProviderError that is `permanent` says that it was refused and nothing was
changed; after any other nobody knows, and the vendor or the store is asked what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from credwatch.model import Carried, Facts, Item, Listed, Match, Minted, Payload, ProbeResult, Staged, Versioned
from credwatch.model.rotating import Step
from credwatch.secrets import Secret


@runtime_checkable
class Minter(Protocol):
    """A connection that makes and unmakes keys: the one that lists them."""

    mints: frozenset[str]
    """The kinds that it can make."""
    marks: bool
    """Whether a key carries a text of ours, by which a lost one is found."""
    limit: int | None
    """So many keys may stand beside each other; None: the vendor names no limit."""

    def detail(self, key: Facts) -> Facts | None:
        """This key as the vendor has it now, with all that a successor is made like; None when it is gone."""

    def beside(self, key: Facts) -> Iterable[Listed]:
        """Every key that counts towards the same limit, this one too, whoever made it. A mark stands in `Facts.name`."""

    def may(self, key: Facts) -> str:
        """Why it cannot make one like this, or unmake it, found without trying; empty: nothing speaks against it."""

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """What a successor has from it, what changes and what is lost, for a person to read before."""

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """A key like this one, under this mark, in one request. AT_LIMIT when the vendor allows no further one."""

    def revoke(self, key: Facts) -> None:
        """Delete exactly this key. That it is gone already is no error."""


@runtime_checkable
class Asks(Protocol):
    """A minter that ends some keys by putting the new one in their place, for all readers in the same moment.

    A person says when. Whether it was done is told by trying the old key, never by a list, and until then it is not
    asked for again.
    """

    asks: frozenset[str]
    """The kinds whose revoke a person must confirm, whatever a rule says."""


@runtime_checkable
class Turns(Protocol):
    """A store that makes the new value of some items itself, in the place of the old: that one ends in the same moment."""

    turns: frozenset[str]
    """Their kinds: those of which two values do not overlap."""

    def turn(self, item: Item) -> None:
        """Let it make a new one."""


@runtime_checkable
class Tries(Protocol):
    """A connection that can tell of keys which the watch does not try, as a try of each look would spend something."""

    tries: frozenset[str]
    """Their kinds."""

    def try_(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """Whether these values work, told without spending or changing anything."""


@runtime_checkable
class Explains(Protocol):
    """A minter or a stager that can say beforehand which call a step comes to."""

    def call(self, step: Step, of: Facts | Item) -> str:
        """One line for a plan, `DELETE api.deepgram.com/v1/projects/…/keys/…`: of a key, or an item under its version.

        Nothing is asked for it, and no secret is in it. Empty for a step that it has nothing to say of.
        """


@runtime_checkable
class Disables(Protocol):
    """A minter whose vendor can switch a key off and on again."""

    def disable(self, key: Facts) -> None:
        """Switch it off."""

    def enable(self, key: Facts) -> None:
        """Switch it on again."""


@runtime_checkable
class Sunsets(Protocol):
    """A minter whose vendor can give a living key an end."""

    def sunset(self, key: Facts, at: datetime) -> None:
        """Let it end then, whether we live or not."""


@runtime_checkable
class Stager(Protocol):
    """A store that a rotation can write."""

    compare_and_swap: bool
    """False: `promote` compares, writes, and reads the history for who wrote between; and it `Remembers`."""

    def held(self, item: Item) -> Versioned:
        """What it holds now, and its version, from one answer. NOT_FOUND, permanent, when the item was deleted."""

    def former(self, item: Item, version: str) -> Payload:
        """What it held under this version. ProviderError(NOT_FOUND) when the store no longer has it."""

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """Lay this beside what is there; no reader sees it.

        Conflict when the slot is somebody else's; ours is written anew. `token` is a UUID, the same for the same bytes:
        a store that knows such tokens takes it once.
        """

    def staged(self, item: Item) -> Staged | None:
        """What lies beside, whoever's it is; None: nothing. Also beside an item that was deleted, or is not ours to write now."""

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """What lies beside, as its readers would have it."""

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """Make it what readers see, if the item is still at this version; the new version. Conflict if it is not."""

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """What it held before is what readers see again, if nobody wrote since; the version. Conflict if somebody did."""

    def discard(self, item: Item, staged: Staged) -> None:
        """Empty the slot, if this is what lies there, whatever became of the item. That it is empty already is no error."""


@runtime_checkable
class Remembers(Protocol):
    """A stager that cannot compare and swap: its history tells who wrote between."""

    def between(self, item: Item, older: str, newer: str) -> tuple[str, ...]:
        """The versions that were written after the one and before the other, the oldest first."""
