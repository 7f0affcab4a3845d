"""Why a leaf may be a role of a kind. Without one of these reasons it never is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from credwatch.config.addresses import host_of
from credwatch.config.places import matches
from credwatch.errors import ConfigError
from credwatch.identify.looks import NAMES, looks_like_credential
from credwatch.identify.nouns import Leaf, Said, place_of
from credwatch.model import Item, Kind, Role
from credwatch.secrets import Secret

LABEL = "credwatch-kind"


class Strength(IntEnum):
    """How strong a reason is; between two kinds the stronger wins."""

    CONTEXT = 1
    """Its shape, and words in its name or its item's path."""
    TOLD = 2
    """Its shape, and a label or an `[[identify]]` line on the whole item."""
    PROOF = 3
    """A shape that nobody else's keys have."""
    NAMED = 4
    """Its shape, and an `[[identify]]` line that names this very field."""


@dataclass(frozen=True, eq=False)
class Spot:
    """A leaf while it is looked at."""

    name: str
    value: Secret
    text: str = field(repr=False)


@dataclass(frozen=True)
class Claim:
    """One reason, and the line of the configuration that gave it."""

    strength: Strength
    said: Said | None = None


_PROVED = Claim(Strength.PROOF)
_IN_CONTEXT = Claim(Strength.CONTEXT)


@dataclass(frozen=True, eq=False)
class Shaped:
    """One role of one kind, compiled."""

    kind: Kind
    role: Role
    shape: re.Pattern[str]

    @property
    def guessable(self) -> bool:
        """Whether anything but a person's word can be evidence for it."""
        return self.role.proof or self.role.context != ""


Found = dict[str, dict[str, dict[Spot, Claim]]]
"""Kind to role to the leaves that may be it."""


@dataclass
class Gathered:
    """All the evidence in one item."""

    found: Found = field(default_factory=dict)
    contested: set[Spot] = field(default_factory=set)
    """Leaves that a person's line is about, but that cannot be what it says."""

    def add(self, shaped: Shaped, spot: Spot, claim: Claim) -> None:
        """Keep the strongest reason for each leaf and role."""
        claims = self.found.setdefault(shaped.kind.name, {}).setdefault(shaped.role.name, {})
        if spot not in claims or claims[spot].strength < claim.strength:
            claims[spot] = claim


class Evidence:
    """Looks for reasons. Everything that can be worked out once is worked out when it is made."""

    def __init__(self, kinds: Sequence[Kind], said: Sequence[Said]) -> None:
        self.roles = {
            kind.name: tuple(Shaped(kind, role, re.compile(role.shape)) for role in kind.roles) for kind in kinds
        }
        every = [shaped for roles in self.roles.values() for shaped in roles]
        self._proofs = tuple(shaped for shaped in every if shaped.role.proof)
        contexts: dict[str, list[Shaped]] = {}
        for shaped in every:
            if shaped.role.context:
                contexts.setdefault(shaped.role.context, []).append(shaped)
        self._words = [(re.compile(words, re.IGNORECASE), shaped) for words, shaped in contexts.items()]
        self._said = tuple(self._checked(line) for line in said)
        self._spoken = lru_cache(maxsize=NAMES)(self._speak)

    def gather(self, item: Item, leaves: Iterable[Leaf]) -> tuple[list[Spot], Gathered]:
        """The leaves in the order of their names, and every reason that speaks for one."""
        seen = (Spot(leaf.name, leaf.value, leaf.value.reveal()) for leaf in leaves)
        spots = sorted((spot for spot in seen if spot.text), key=lambda spot: spot.name)
        gathered = Gathered()
        in_path = self._speak(item.locator)[0]
        told = self._told(item)
        for spot in spots:
            for shaped, claim in self._reasons(spot, in_path, told):
                if shaped.shape.fullmatch(spot.text):
                    gathered.add(shaped, spot, claim)
        self._add_named(item, spots, gathered)
        return spots, gathered

    def _reasons(
        self, spot: Spot, in_path: Sequence[Shaped], told: Sequence[tuple[str, Said | None]]
    ) -> Iterator[tuple[Shaped, Claim]]:
        """What a leaf would be if it had the shape."""
        for shaped in self._proofs:
            yield shaped, _PROVED
        in_name, vendors = self._spoken(spot.name)
        for shaped in in_name:
            yield shaped, _IN_CONTEXT
        for shaped in in_path:
            if _fits_name(shaped, vendors):
                yield shaped, _IN_CONTEXT
        for kind, line in told:
            for shaped in self.roles[kind]:
                if _fits_name(shaped, vendors) and _may_be_told(shaped, spot):
                    yield shaped, Claim(Strength.TOLD, line)

    def _speak(self, text: str) -> tuple[tuple[Shaped, ...], frozenset[str]]:
        """The roles whose context stands in a name or a path, and the vendors that it thereby speaks of."""
        spoken = tuple(shaped for words, roles in self._words if words.search(text) for shaped in roles)
        return spoken, frozenset(shaped.kind.vendor for shaped in spoken)

    def _told(self, item: Item) -> list[tuple[str, Said | None]]:
        """The kinds that a label or a line gives to the whole item."""
        place = place_of(item.provider, item.locator, "")
        told: list[tuple[str, Said | None]] = [
            (line.kind, line)
            for line in self._said
            if not line.fields and "#" not in line.place and matches(line.place, place)
        ]
        label = item.labels.get(LABEL)
        return [*told, (label, None)] if label in self.roles else told

    def _add_named(self, item: Item, spots: Sequence[Spot], gathered: Gathered) -> None:
        """What the lines say that name a field."""
        place = place_of(item.provider, item.locator, "")
        for line in self._said:
            item_pattern = line.place.rpartition("#")[0] or line.place
            if not (line.fields or "#" in line.place) or not matches(item_pattern, place):
                continue
            for spot in spots:
                roles = self._named_roles(line, spot, item)
                if roles is None:
                    continue
                fitting = [shaped for shaped in roles if shaped.shape.fullmatch(spot.text)]
                fitting = [shaped for shaped in fitting if shaped.role.secret] or fitting
                if len(fitting) == 1:
                    gathered.add(fitting[0], spot, Claim(Strength.NAMED, line))
                else:
                    gathered.contested.add(spot)

    def _named_roles(self, line: Said, spot: Spot, item: Item) -> Sequence[Shaped] | None:
        """Which roles of its kind a line says a leaf is; None when the line is not about it."""
        if line.fields:
            roles = [role for role, name in line.fields.items() if name == spot.name]
            return [shaped for shaped in self.roles[line.kind] if shaped.role.name in roles] if roles else None
        return self.roles[line.kind] if matches(line.place, place_of(item.provider, item.locator, spot.name)) else None

    def _checked(self, line: Said) -> Said:
        """The line, when the kinds are such that it can be obeyed."""
        if line.kind not in self.roles:
            raise ConfigError(
                f'[[identify]] {line.place}: there is no kind "{line.kind}"; one of: {", ".join(sorted(self.roles))}'
            )
        strange = set(line.fields) - {shaped.role.name for shaped in self.roles[line.kind]}
        if strange:
            known = ", ".join(shaped.role.name for shaped in self.roles[line.kind])
            raise ConfigError(f'[[identify]] {line.place}: {line.kind} has no "{min(strange)}"; it has {known}')
        hosts = self.roles[line.kind][0].kind.hosts
        if line.probe is not None and not _standard(line.probe) & set(hosts):
            raise ConfigError(f"[[identify]] {line.place}: a {line.kind} may be probed at {' or '.join(hosts)} only")
        return line


def _standard(url: str) -> set[str]:
    """The host of a URL as a kind may write it: without its port too, if that is the one of https."""
    try:
        host = host_of(url)
    except ValueError:
        return set()
    return {host, host.removesuffix(":443")} if url.startswith("https:") else {host}


def _fits_name(shaped: Shaped, vendors: frozenset[str]) -> bool:
    """What is said of the whole item counts for a leaf only if its own name speaks of nobody else."""
    return not vendors or shaped.kind.vendor in vendors


def _may_be_told(shaped: Shaped, spot: Spot) -> bool:
    """Where any text has the shape, the plain configuration beside the key is not meant."""
    return shaped.guessable or (not shaped.role.optional and looks_like_credential(spot.name, spot.text))
