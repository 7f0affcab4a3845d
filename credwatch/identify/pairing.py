"""Which leaves of an item are one key: the roles of a kind, paired by what their names have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from credwatch.identify.evidence import Claim, Spot, Strength
from credwatch.identify.looks import words
from credwatch.model import Kind, Role

Affinity = tuple[bool, int, int]
"""Whether one line names both, the words their names begin with in common, the words they end with in common."""

Claims = Mapping[Spot, Claim]


@dataclass(frozen=True, eq=False)
class Proposal:
    """One key as one kind would have it."""

    kind: Kind
    spots: Mapping[str, Spot]
    strength: Strength
    affinity: Affinity = (False, 0, 0)
    tied: bool = False
    """Another leaf of the same kind has an equal right to the other half."""
    claims: tuple[Claim, ...] = ()
    """The evidence, the anchor's first."""

    @property
    def missing(self) -> frozenset[str]:
        """The required roles that were not found."""
        return frozenset(role.name for role in required(self.kind) if role.name not in self.spots)

    @property
    def rank(self) -> tuple[Strength, int, Affinity]:
        """Of two kinds that claim one leaf, the higher has it."""
        return self.strength, len(self.spots), self.affinity

    @property
    def owns(self) -> list[Spot]:
        """The leaves that no other key may hold: the secret ones; in a half without any, those it has."""
        secret = [self.spots[role.name] for role in self.kind.roles if role.secret and role.name in self.spots]
        return secret or list(self.spots.values())

    @property
    def place(self) -> Spot:
        """The leaf it is known by: the secret half, where there is one."""
        return self.owns[0]


def weak(proposal: Proposal) -> bool:
    """Half a key by its context alone: what another key's optional part may be rather."""
    return proposal.strength is Strength.CONTEXT and bool(proposal.missing)


def required(kind: Kind) -> list[Role]:
    """The roles without which a key is half."""
    return [role for role in kind.roles if not role.optional]


def anchor(kind: Kind) -> Role:
    """The role that there is one of for each key: its first secret one."""
    return next((role for role in required(kind) if role.secret), required(kind)[0])


def exclusive(kind: Kind, role: Role) -> bool:
    """Whether a leaf can be this role of one key only; an account's id may stand beside several."""
    return role.secret or role.name == kind.key_id


def proposals(kind: Kind, found: Mapping[str, Claims]) -> Iterator[Proposal]:
    """Each leaf that may be the anchor, with the best partner for each other required role, where it has one."""
    anchors = found.get(anchor(kind).name, {})
    for spot, claim in anchors.items():
        spots, claims, affinities, tied = {anchor(kind).name: spot}, [claim], [], False
        for role in required(kind):
            partners = found.get(role.name, {})
            if role is anchor(kind) or not partners:
                continue
            chosen = partner(spot, anchors, partners, exclusive=exclusive(kind, role))
            if len(chosen) == 1:
                spots[role.name] = chosen[0]
                claims.append(partners[chosen[0]])
                affinities.append(affinity(spot, claim, chosen[0], partners[chosen[0]]))
            tied = tied or len(chosen) > 1
        yield Proposal(kind, spots, claim.strength, min(affinities, default=(False, 0, 0)), tied, tuple(claims))


def partner(spot: Spot, anchors: Claims, partners: Claims, *, exclusive: bool) -> list[Spot]:
    """The other half of an anchor: one leaf; none, when the closest is another anchor's; several, when it is a tie.

    Never the second best: what is closest to somebody else is not taken because it is there.
    """
    best = closest(spot, anchors[spot], partners)
    mutual = [other for other in best if spot in closest(other, partners[other], anchors)]
    if not exclusive:
        return distinct(mutual or best)
    if len(distinct(mutual)) != 1:
        return distinct(mutual)
    chosen = mutual[0]
    wanted_by = [
        rival
        for rival in closest(chosen, partners[chosen], anchors)
        if chosen in closest(rival, anchors[rival], partners)
    ]
    return [chosen] if len(distinct(wanted_by)) == 1 else wanted_by


def affinity(one: Spot, claim: Claim, other: Spot, other_claim: Claim) -> Affinity:
    """How closely two leaves belong together."""
    same_line = claim.said is not None and claim.said is other_claim.said and bool(claim.said.fields)
    mine, theirs = words(one.name), words(other.name)
    return same_line, _common(mine, theirs), _common(mine[::-1], theirs[::-1])


def closest(spot: Spot, claim: Claim, others: Claims) -> list[Spot]:
    """The leaves that nothing else is closer to it than."""
    close = {other: affinity(spot, claim, other, others[other]) for other in others if other is not spot}
    nearest = max(close.values(), default=None)
    return [other for other, closeness in close.items() if closeness == nearest]


def distinct(spots: Sequence[Spot]) -> list[Spot]:
    """One leaf for each value: the same key under two names is no tie."""
    return list({spot.text: spot for spot in reversed(spots)}.values())[::-1]


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    same = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        same += 1
    return same
