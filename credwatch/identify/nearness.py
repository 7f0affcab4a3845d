"""Which leaves stand closest to a leaf by their names. It does not compare each with each: an item may hold thousands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from credwatch.identify.evidence import Claim, Spot
from credwatch.identify.looks import words

MOST_WORDS = 32
"""So many words at either end of a name are compared."""

Affinity = tuple[bool, int, int]
"""Whether one line names both, the words their names begin with in common, the words they end with in common."""

Near = tuple[Affinity, Sequence[Spot]]
"""How close, and who is; the leaf that was asked for may stand among them and is not meant."""


class Nearby:
    """Leaves that may be one role, each with its claim. It may be asked for each of thousands who is closest to it."""

    def __init__(self, claims: Mapping[Spot, Claim]) -> None:
        self.claims = claims
        lines: dict[int, list[Spot]] = {}
        for spot, claim in claims.items():
            lines.setdefault(_line(claim), []).append(spot)
        self._everyone = _Branch(list(claims), 0)
        self._lines = {line: _Branch(spots, 0) for line, spots in lines.items() if line}
        self._known: dict[tuple[Spot, int], Near | None] = {}

    def near(self, spot: Spot, claim: Claim) -> Near | None:
        """How close the closest are to this leaf, and who they are; None when there is no other."""
        line = _line(claim)
        if (spot, line) not in self._known:
            same_line = line in self._lines and self._lines[line].holds_other_than(spot)
            tree = self._lines[line] if same_line else self._everyone
            self._known[spot, line] = _near(tree, spot, same_line) if tree.holds_other_than(spot) else None
        return self._known[spot, line]

    def closest(self, spot: Spot, claim: Claim) -> Iterator[Spot]:
        """Those that nothing else is closer to this leaf than, in their order."""
        found = self.near(spot, claim)
        return (other for other in found[1] if other is not spot) if found is not None else iter(())


class _Branch:
    """Leaves whose names begin, or end, with the same words. It parts into twigs where somebody asks."""

    def __init__(self, spots: list[Spot], depth: int, step: int = 1) -> None:
        self.spots = spots
        self.depth = depth
        self._step = step

    def holds_other_than(self, spot: Spot) -> bool:
        return len(self.spots) > 1 or (len(self.spots) == 1 and self.spots[0] is not spot)

    def deepest(self, spot: Spot) -> _Branch:
        """The twig that has the most words in common with this leaf and holds another."""
        branch = self
        for word in words(spot.name)[:: self._step][:MOST_WORDS]:
            twig = branch._twigs.get(word)
            if twig is None or not twig.holds_other_than(spot):
                break
            branch = twig
        return branch

    @cached_property
    def by_end(self) -> _Branch:
        """The same leaves by how their names end."""
        return _Branch(self.spots, 0, -1)

    @cached_property
    def _twigs(self) -> Mapping[str, _Branch]:
        parted: dict[str, list[Spot]] = {}
        for spot in self.spots:
            name = words(spot.name)[:: self._step]
            if len(name) > self.depth:
                parted.setdefault(name[self.depth], []).append(spot)
        return {word: _Branch(spots, self.depth + 1, self._step) for word, spots in parted.items()}


def _near(tree: _Branch, spot: Spot, same_line: bool) -> Near:  # noqa: FBT001  the first word of an affinity
    begun = tree.deepest(spot)
    ended = begun.by_end.deepest(spot)
    return (same_line, begun.depth, ended.depth), ended.spots


def _line(claim: Claim) -> int:
    """The line of the configuration that names the fields of one key, if such a line gave the claim; else 0."""
    return id(claim.said) if claim.said is not None and claim.said.fields else 0
