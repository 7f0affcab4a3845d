"""Whose a leaf is, where several kinds or several keys of one kind would have it. A tie is nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import groupby

from credwatch.identify.evidence import Claim, Gathered, Shaped, Spot, Strength
from credwatch.identify.nearness import Nearby
from credwatch.identify.pairing import Claims, Proposal, distinct, exclusive, partner


def settled(
    proposed: Iterable[Proposal],
    contested: set[Spot],
    won: Sequence[Proposal] = (),
    known: AbstractSet[Spot] = frozenset(),
) -> list[Proposal]:
    """The proposals that win the leaves they own, the highest rank first. What is tied is added to `contested`.

    A value that stands in two leaves and would be of two vendors is of the one that has the better reason: it is sent to
    nobody else, unless a line of the configuration names the very field.
    """
    accepted: list[Proposal] = []
    gone = contested | known | {spot for one in won for spot in one.owns}
    vendors: dict[str, set[str]] = {}
    _note(vendors, won)
    for _, level in groupby(sorted(proposed, key=_rank, reverse=True), key=_rank):
        free = [one for one in level if gone.isdisjoint(one.owns)]
        wanted = Counter(spot for one in free for spot in one.owns)
        _note(vendors, free)
        lost = {
            spot
            for one in free
            for spot in one.owns
            if one.tied or wanted[spot] > 1 or (one.strength < Strength.NAMED and len(vendors[spot.text]) > 1)
        }
        accepted += [one for one in free if lost.isdisjoint(one.owns)]
        gone.update(wanted)
        contested |= lost
    return accepted


def _note(vendors: dict[str, set[str]], claiming: Iterable[Proposal]) -> None:
    """Whose each value would be."""
    for one in claiming:
        for spot in one.owns:
            vendors.setdefault(spot.text, set()).add(one.kind.vendor)


def with_optional(
    accepted: Sequence[Proposal],
    roles: Mapping[str, Sequence[Shaped]],
    spots: Sequence[Spot],
    gathered: Gathered,
    won: Sequence[Proposal],
) -> tuple[list[Proposal], set[Spot]]:
    """The keys with the optional roles that pair with them, and the leaves that are accounted for by this.

    A role without a context and without proof is never found by itself, but beside its key.
    """
    owned = {spot for one in (*accepted, *won) for spot in one.owns} | gathered.contested
    vendors: dict[str, set[str]] = {}
    _note(vendors, (*accepted, *won))
    attached: dict[Proposal, dict[Shaped, Spot]] = {one: {} for one in accepted}
    known: set[Spot] = set()
    of_kinds: dict[str, list[Proposal]] = {}
    for one in accepted:
        of_kinds.setdefault(one.kind.name, []).append(one)
    for name, ours in of_kinds.items():
        siblings = Nearby({one.place: _claim(one) for one in ours})
        for shaped in (each for each in roles[name] if each.role.optional):
            beside = _beside(shaped, spots, gathered).items()
            partners = Nearby({spot: claim for spot, claim in beside if spot not in owned})
            for one in ours:
                best = distinct(partners.closest(one.place, _claim(one)))
                known.update(best if len(best) == 1 else [])
                chosen = partner(one.place, siblings, partners, exclusive=exclusive(one.kind, shaped.role))
                attached[one] |= {shaped: chosen[0]} if len(chosen) == 1 else {}
    secret = [(one, spot) for one, those in attached.items() for shaped, spot in those.items() if shaped.role.secret]
    wanted = Counter(spot for _, spot in secret)
    for one, spot in secret:
        vendors.setdefault(spot.text, set()).add(one.kind.vendor)
    lost = {spot for _, spot in secret if wanted[spot] > 1 or len(vendors[spot.text]) > 1}
    return [
        _with(one, {shaped.role.name: spot for shaped, spot in those.items() if spot not in lost})
        for one, those in attached.items()
    ], known


def _with(proposal: Proposal, more: Mapping[str, Spot]) -> Proposal:
    return replace(proposal, spots={**proposal.spots, **more}) if more else proposal


def _beside(shaped: Shaped, spots: Sequence[Spot], gathered: Gathered) -> Claims:
    """The leaves that may be an optional role."""
    if shaped.guessable:
        return gathered.found.get(shaped.kind.name, {}).get(shaped.role.name, {})
    return {spot: Claim(Strength.CONTEXT) for spot in spots if shaped.shape.fullmatch(spot.text)}


def _claim(proposal: Proposal) -> Claim:
    return proposal.claims[0]


def _rank(proposal: Proposal) -> tuple[object, ...]:
    return proposal.rank
