"""Whose a leaf is, where several kinds or several keys of one kind would have it. A tie is nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import groupby

from credwatch.identify.evidence import Claim, Gathered, Shaped, Spot, Strength
from credwatch.identify.pairing import Claims, Proposal, closest, distinct, exclusive, partner


def settled(
    proposed: Iterable[Proposal], contested: set[Spot], taken: AbstractSet[Spot] = frozenset()
) -> list[Proposal]:
    """The proposals that win the leaves they own, the highest rank first. What is tied is added to `contested`."""
    accepted: list[Proposal] = []
    gone = contested | taken
    for _, level in groupby(sorted(proposed, key=_rank, reverse=True), key=_rank):
        free = [one for one in level if gone.isdisjoint(one.owns)]
        wanted = Counter(spot for one in free for spot in one.owns)
        lost = {spot for one in free for spot in one.owns if one.tied or wanted[spot] > 1}
        accepted += [one for one in free if lost.isdisjoint(one.owns)]
        gone.update(wanted)
        contested |= lost
    return accepted


def with_optional(
    accepted: Sequence[Proposal],
    roles: Mapping[str, Sequence[Shaped]],
    spots: Sequence[Spot],
    gathered: Gathered,
    taken: AbstractSet[Spot],
) -> tuple[list[Proposal], set[Spot]]:
    """The keys with the optional roles that pair with them, and the leaves that are accounted for by this.

    A role without a context and without proof is never found by itself, but beside its key.
    """
    owned = {spot for one in accepted for spot in one.owns} | gathered.contested | taken
    attached: list[tuple[Proposal, Shaped, Spot]] = []
    known: set[Spot] = set()
    for one in accepted:
        siblings = {other.place: _claim(other) for other in accepted if other.kind is one.kind}
        for shaped in roles[one.kind.name]:
            if not shaped.role.optional:
                continue
            partners = {spot: claim for spot, claim in _beside(shaped, spots, gathered).items() if spot not in owned}
            best = distinct(closest(one.place, _claim(one), partners))
            known.update(best if len(best) == 1 else [])
            chosen = partner(one.place, siblings, partners, exclusive=exclusive(one.kind, shaped.role))
            attached += [(one, shaped, chosen[0])] if len(chosen) == 1 else []
    wanted = Counter(spot for _, shaped, spot in attached if shaped.role.secret)
    return [
        replace(
            one,
            spots={
                **one.spots,
                **{shaped.role.name: spot for to, shaped, spot in attached if to is one and wanted[spot] <= 1},
            },
        )
        for one in accepted
    ], known


def _beside(shaped: Shaped, spots: Sequence[Spot], gathered: Gathered) -> Claims:
    """The leaves that may be an optional role."""
    if shaped.guessable:
        return gathered.found.get(shaped.kind.name, {}).get(shaped.role.name, {})
    return {spot: Claim(Strength.CONTEXT) for spot in spots if shaped.shape.fullmatch(spot.text)}


def _claim(proposal: Proposal) -> Claim:
    return proposal.claims[0]


def _rank(proposal: Proposal) -> tuple[object, ...]:
    return proposal.rank
