"""The sorts of model vendors: who can switch a key off, who can end one, and who has but two that change places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from credwatch.errors import ProviderError
from credwatch.model import Facts, Listed, Minted, Reason
from credwatch.secrets import Secret
from tests.rotation.harness.faults import Faults
from tests.rotation.harness.vendors import KIND, Key, Traits, Vendor


class Switching(Vendor):
    """One that can switch a key off and on."""

    def disable(self, key: Facts) -> None:
        """Off."""
        self.faults.effect(f"OFF {key.key_id}", lambda: self._set(key, off=True))

    def enable(self, key: Facts) -> None:
        """On."""
        self.faults.effect(f"ON {key.key_id}", lambda: self._set(key, off=False))

    def _set(self, key: Facts, *, off: bool) -> None:
        if found := self.keys.get(key.key_id or ""):
            found.woken = None if off else (found.woken or self.faults.time.true())
            found.disabled = off


class Ending(Vendor):
    """One that can give a living key an end."""

    def sunset(self, key: Facts, at: datetime) -> None:
        """It ends then."""

        def end() -> None:
            if found := self.keys.get(key.key_id or ""):
                found.expires = at

        self.faults.effect(f"SUNSET {key.key_id}", end)


class SwitchingAndEnding(Switching, Ending):
    """Both."""


class Exchanging(Vendor):
    """One with two tokens: a second one is made beside the first, and then promoted into its place, which ends the first.

    Nothing can be listed and nothing marked. To promote is to promote whatever second one there is.
    """

    asks = frozenset({KIND.name})
    first = ""
    second = ""

    def add(self, name: str) -> Key:
        """The very first one is the token of the account."""
        key = super().add(name)
        self.first = self.first or key.id
        return key

    def by_hand(self) -> Key | None:
        """A second one, where there is none."""
        if self.second in self.keys:
            return None
        made = self.add("")
        self.second = made.id
        return made

    def as_asked(self) -> None:
        """She promotes the one that the message speaks of, where it is still there."""
        if self.second in self.made:
            self._promote()

    def detail(self, key: Facts) -> Facts | None:
        """It has a name, whether it lives or not."""
        self.faults.read("detail")
        return key

    def beside(self, key: Facts) -> Iterator[Listed]:
        """The token of the account."""
        del key
        self.faults.read("list")
        self.shown = frozenset({self.first})
        return iter([Listed(KIND, Facts(key_id=self.first))])

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """A second one."""
        del like, mark, lifetime

        def make() -> Key:
            key = self.by_hand()
            if key is None:
                raise ProviderError(Reason.AT_LIMIT, "a second one is left over", permanent=True)
            self.made.append(key.id)
            return key

        def shown(key: Key, cut: int = 0) -> Minted:
            return Minted(key.facts, {"id": Secret(key.id), "secret": Secret(key.value[: len(key.value) - cut])})

        return self.faults.effect("MINT", lambda: shown(make()), lambda: shown(make(), 3))

    def revoke(self, key: Facts) -> None:
        """The second one is deleted, whichever it is; or takes the place of the first."""
        self.faults.effect(f"UNMAKE {key.key_id}", self._delete if key.key_id in self.made else self._promote)

    def _delete(self) -> None:
        self.keys.pop(self.second, None)

    def _promote(self) -> None:
        if self.second in self.keys:
            self._unmake(self.first)
            self.first, self.second = self.second, ""


_SORTS = {
    (False, False): Vendor,
    (True, False): Switching,
    (False, True): Ending,
    (True, True): SwitchingAndEnding,
}


def vendor(faults: Faults, traits: Traits) -> Vendor:
    """The vendor of these traits."""
    if traits.exchanges:
        return Exchanging(faults, traits)
    return _SORTS[traits.disables, traits.sunsets](faults, traits)
