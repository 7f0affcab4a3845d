"""Leaves and kinds -> matches. The page of identify."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from credwatch.identify.evidence import Evidence, Found, Spot, Strength
from credwatch.identify.looks import looks_like_credential
from credwatch.identify.nouns import UNRECOGNISED, Identified, Leaf, Said, place_of
from credwatch.identify.owners import settled, with_optional
from credwatch.identify.pairing import Proposal, anchor, proposals, weak
from credwatch.model import Facts, Item, Kind, Match
from credwatch.secrets import Secret


class Identifier:
    """Says which key is where. It alone does, and on evidence only: what is not proved is not matched.

    Made once for all items; safe to call from several threads.
    """

    def __init__(self, kinds: Iterable[Kind], said: Sequence[Said] = ()) -> None:
        """ConfigError when a line names a kind, a role or a host that there is not."""
        self._kinds = {kind.name: kind for kind in kinds}
        self._evidence = Evidence(tuple(self._kinds.values()), said)

    def identify(self, item: Item, leaves: Sequence[Leaf]) -> list[Identified]:
        """The keys of one item, in the order of their places; the order of the leaves does not matter.

        A leaf that holds a secret belongs to one match at most. What looks like a credential and is nobody's, or is
        claimed with equal right by two, is a match of UNRECOGNISED.
        """
        spots, gathered = self._evidence.gather(item, leaves)
        contested = gathered.contested
        proposed = [
            one for name in sorted(gathered.found) for one in proposals(self._kinds[name], gathered.found[name])
        ]
        accepted: list[Proposal] = []
        known: set[Spot] = set()
        for round_ in ([one for one in proposed if not weak(one)], [one for one in proposed if weak(one)]):
            won = settled(round_, contested, accepted, known)
            with_all, beside = with_optional(won, self._evidence.roles, spots, gathered, accepted)
            accepted += with_all
            known |= beside
        accepted += settled(self._ids_alone(gathered.found, accepted), set(), accepted)
        known |= _public(gathered.found, self._kinds) | {spot for one in accepted for spot in one.spots.values()}
        strangers = [
            Proposal(UNRECOGNISED, {"secret": spot}, Strength.CONTEXT)
            for spot in spots
            if spot in contested or (spot not in known and looks_like_credential(spot.name, spot.text))
        ]
        identified = [_identified(item, proposal) for proposal in accepted + strangers]
        return sorted(identified, key=lambda one: (one.place, one.match.kind.name))

    def _ids_alone(self, found: Found, accepted: Sequence[Proposal]) -> list[Proposal]:
        """A key's own id without its secret: half of a pair."""
        halves = []
        for name in sorted(found):
            kind = self._kinds[name]
            if kind.key_id is None or kind.key_id == anchor(kind).name:
                continue
            whole = {one.spots[kind.key_id].text for one in accepted if one.kind is kind and kind.key_id in one.spots}
            halves += [
                Proposal(kind, {kind.key_id: spot}, claim.strength, claims=(claim,))
                for spot, claim in found[name].get(kind.key_id, {}).items()
                if spot.text not in whole
            ]
        return halves


def _owned(accepted: Iterable[Proposal]) -> set[Spot]:
    return {spot for proposal in accepted for spot in proposal.owns}


def _public(found: Found, kinds: Mapping[str, Kind]) -> set[Spot]:
    """Leaves that are proved to be the public part of something."""
    return {
        spot
        for name, roles in found.items()
        for role in kinds[name].roles
        for spot, claim in roles.get(role.name, {}).items()
        if not role.secret and claim.strength >= Strength.PROOF
    }


def _identified(item: Item, proposal: Proposal) -> Identified:
    kind = proposal.kind
    values = {role: spot.value for role, spot in proposal.spots.items()}
    probe = next((claim.said.probe for claim in proposal.claims if claim.said is not None and claim.said.probe), None)
    match = Match(
        kind=kind,
        fields={role: spot.name for role, spot in proposal.spots.items()},
        missing=proposal.missing,
        facts=_facts(kind, values),
        probe=probe,
    )
    return Identified(match, values, place_of(item.provider, item.locator, proposal.place.name))


def _facts(kind: Kind, values: Mapping[str, Secret]) -> Facts:
    """What the values tell by themselves."""
    facts = Facts()
    if kind.read is not None:
        try:
            facts = kind.read(values)
        except Exception:  # noqa: BLE001  one value that its reader did not foresee must not end the sweep
            facts = Facts()
    if facts.key_id is None and kind.key_id is not None and kind.key_id in values:
        facts = replace(facts, key_id=values[kind.key_id].reveal())
    return facts
