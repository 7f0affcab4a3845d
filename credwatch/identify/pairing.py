"""Which leaves of an item are one key: the roles of a kind, paired by what their names have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from credwatch.identify.evidence import Claim, Spot, Strength
from credwatch.identify.nearness import Affinity, Nearby
from credwatch.model import Kind, Role

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

    @cached_property
    def missing(self) -> frozenset[str]:
        """The required roles that were not found."""
        return frozenset(role.name for role in required(self.kind) if role.name not in self.spots)

    @property
    def rank(self) -> tuple[Strength, int, Affinity]:
        """Of two kinds that claim one leaf, the higher has it."""
        return self.strength, len(self.spots), self.affinity

    @cached_property
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
    anchors = Nearby(found.get(anchor(kind).name, {}))
    others = [
        (role, Nearby(found[role.name])) for role in required(kind) if role is not anchor(kind) and found.get(role.name)
    ]
    for spot, claim in anchors.claims.items():
        spots, claims, affinities, tied = {anchor(kind).name: spot}, [claim], list[Affinity](), False
        for role, partners in others:
            chosen = partner(spot, anchors, partners, exclusive=exclusive(kind, role))
            if len(chosen) == 1:
                spots[role.name] = chosen[0]
                claims.append(partners.claims[chosen[0]])
                near = partners.near(spot, claim)
                affinities += [near[0]] if near is not None else []
            tied = tied or len(chosen) > 1
        yield Proposal(kind, spots, claim.strength, min(affinities, default=(False, 0, 0)), tied, tuple(claims))


def partner(spot: Spot, anchors: Nearby, partners: Nearby, *, exclusive: bool) -> list[Spot]:
    """The other half of an anchor: one leaf; none, when the closest is another anchor's; several, when it is a tie.

    Never the second best: what is closest to somebody else is not taken because it is there.
    """
    claim = anchors.claims[spot]
    mutual = distinct(_mutual(spot, claim, anchors, partners))
    if not exclusive:
        return mutual or distinct(partners.closest(spot, claim))
    if len(mutual) != 1:
        return mutual
    rivals = distinct(_mutual(mutual[0], partners.claims[mutual[0]], partners, anchors))
    return mutual if len(rivals) == 1 else rivals


def distinct(spots: Iterable[Spot]) -> list[Spot]:
    """The first two that differ in value, which is enough to know a tie: the same key under two names is none."""
    found: dict[str, Spot] = {}
    for spot in spots:
        found.setdefault(spot.text, spot)
        if len(found) > 1:
            break
    return list(found.values())


def _mutual(spot: Spot, claim: Claim, own: Nearby, others: Nearby) -> Iterator[Spot]:
    """Those of the others closest to this leaf that are closer to nobody else of its own role than to it."""
    near = others.near(spot, claim)
    for other in others.closest(spot, claim):
        back = own.near(other, others.claims[other])
        if near is not None and back is not None and back[0] == near[0]:
            yield other
