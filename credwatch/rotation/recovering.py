"""Rotations built anew from what they left outside. Each waits for a person, and revokes nothing before one says so."""

from __future__ import annotations

from dataclasses import replace

from credwatch.errors import ProviderError
from credwatch.fields import unfold
from credwatch.identify import fingerprint
from credwatch.ledger.queries.detail import Detail, detail
from credwatch.ledger.queries.naming import find
from credwatch.model import Facts, Held, Item, Kind, Reason, Revoke
from credwatch.model.rotating import RENEWALS, PlaceState, Rotation, State, Target, Trouble, Turn
from credwatch.rotation.consumers import consumers
from credwatch.rotation.milestones import milestones
from credwatch.rotation.planning import Unplannable, grace_of, target_of
from credwatch.rotation.tracing import Marked, Trace
from credwatch.rotation.working import Workshop

_FAR = 20
"""So many versions are looked back for the old key."""
_UNKNOWN = "unknown"
"""The fingerprint of a key of which no place has a value any more."""


class Over(Unplannable):
    """It came to its end, as far as can be seen: its key is live, and nothing else of it is left."""

    def __init__(self, places: tuple[str, ...]) -> None:
        super().__init__(f"live in {', '.join(places)}: it is over, as far as can be seen", "Keep the key")
        self.places = places


def rebuilt(shop: Workshop, trace: Trace, who: str) -> Rotation:
    """As it would stand. Unplannable when it cannot be told what it was about; then a person has to see to it."""
    kind, attempt = _sort(trace)
    made = max((one for one in trace.keys if one.attempt == attempt), key=lambda one: one.attempt, default=None)
    new = made.facts if made is not None else Facts()
    holds = _known(shop, new.key_id) if new.key_id else None
    old = _old(shop, trace, made)
    new_fp = next((slot.new_fp for slot in trace.slots), "") or _fingerprint(holds)
    targets = _targets(shop, kind, trace, old, holds)
    if not targets:
        raise Unplannable(f"no place holds the key that cw-{trace.id} was about", _by_hand(shop, trace))
    readers = consumers(shop.watch.config, tuple(one.place for one in targets), shop.watch.transport)
    now = shop.watch.clock.now()
    minter = made.minter if made is not None else _minter(shop, kind, old)
    rotation = Rotation(
        id=trace.id,
        credential=old.key.id,
        kind=kind.name,
        minter=minter,
        old=old.memory.facts,
        old_fp=_fingerprint(old) or _UNKNOWN,
        state=State.NEEDS_OPERATOR,
        targets=targets,
        attempt=attempt,
        creates=1,
        new=new if new_fp else Facts(),
        new_fp=new_fp,
        consumers=tuple(reader.name for reader in readers),
        revoke=Revoke.ASK,
        grace=grace_of(readers),
        intent_at=now,
        created_at=new.created,
        trouble=Trouble.RECOVERED,
        resumes=State.CREATED if new_fp else State.CREATING,
        reason="the ledger that knew it was lost",
        requested_by=who,
    )
    return replace(rotation, snapshot=_snapshot(shop, rotation, kind))


def recover(shop: Workshop, rotation: Rotation) -> Rotation:
    """Keep it, and tell the on-call what can be chosen."""
    now = shop.watch.clock.now()
    changes = {"trouble": rotation.trouble, "resumes": rotation.resumes, "reason": rotation.reason}
    turn = Turn(State.NEEDS_OPERATOR, changes=changes, detail=rotation.reason)
    begun = shop.journal.begin(rotation, now)
    return shop.journal.move(begun, turn, now, milestones=milestones(shop.run(begun), turn))


def _sort(trace: Trace) -> tuple[Kind, int]:
    """Of which kind its key is, and which attempt was the last that a place, or the vendor, has of it."""
    if trace.slots:
        return trace.slots[0].kind, max(slot.attempt for slot in trace.slots)
    last = max(trace.keys, key=lambda one: one.attempt)
    return last.kind, last.attempt


def _known(shop: Workshop, word: str) -> Detail | None:
    """The one credential of this name."""
    found = find(shop.ledger, word)
    return detail(shop.ledger, found[0].credential, shop.watch.clock.now()) if len(found) == 1 else None


def _old(shop: Workshop, trace: Trace, made: Marked | None) -> Detail:
    """What it replaces: what lies in a place beside whose value the new one is pending, else what the new one is named after."""
    for slot in trace.slots:
        found = _known(shop, slot.target.place)
        if found is not None and (made is None or found.key.key_id != made.facts.key_id):
            return found
    provider = shop.opened.minter(made.minter, made.kind) if made is not None else None
    if made is not None and provider is not None:
        named = made.facts.called or ""
        same = [one.facts for one in provider.beside(made.facts) if named and _before_it(trace, one.facts, made.facts)]
        if len(same) == 1 and same[0].key_id and (found := _known(shop, same[0].key_id)):
            return found
    if not trace.slots and (live := held_in(shop, trace)) and len(live) == len(trace.keys):
        raise Over(tuple(sorted({place for places in live.values() for place in places})))
    raise Unplannable(f"it cannot be told which key cw-{trace.id} was to replace", _by_hand(shop, trace))


def _before_it(trace: Trace, key: Facts, made: Facts) -> bool:
    """Whether the new key may have been named after this one, which an earlier rotation may have made in its turn."""
    if key.called != made.called or f"cw-{trace.id}-" in (key.name or ""):
        return False
    return key.created is None or made.created is None or key.created < made.created


def _minter(shop: Workshop, kind: Kind, old: Detail) -> str:
    """Who made its key, when no list shows that."""
    if kind.renewing is not None:
        return RENEWALS
    names = sorted(old.memory.listed_by)
    return next((name for name in names if shop.opened.minter(name, kind) is not None), "")


def _targets(shop: Workshop, kind: Kind, trace: Trace, old: Detail, holds: Detail | None) -> tuple[Target, ...]:
    """The places of both: those of the new key hold it, those of the old one wait for it."""
    slots = {slot.target.place: slot.target for slot in trace.slots}
    targets: dict[str, Target] = {}
    for which in (old, holds):
        for held in which.memory.held if which is not None else ():
            if held.ended_at is not None or held.missing:
                continue
            target = target_of(shop.opened, kind, held)
            if held.place in slots:
                target = replace(slots[held.place], state=PlaceState.STAGED)
            elif which is holds:
                target = _before(shop, kind, target, held, _fingerprint(old) if old is not holds else "")
            else:
                target = replace(target, base_version=held.version, base_fp=held.fingerprint or "")
            targets[held.place] = target
    return tuple(targets[place] for place in sorted(targets))


def _before(shop: Workshop, kind: Kind, target: Target, held: Held, old_fp: str) -> Target:
    """Live with the new key; the way back is the newest version before it that held another one, of this fingerprint if it is known.

    Without one, nobody can go back there.
    """
    live = replace(target, promoted_version=held.version, base_version=held.version, state=PlaceState.PROMOTED)
    newest = int(held.version) if held.version.isdigit() else 0
    stager, item = shop.opened.stager(target.provider), Item(target.provider, target.locator)
    for number in range(newest - 1, max(newest - _FAR, 1) - 1, -1):
        try:
            leaves = {leaf.name: leaf.value for leaf in unfold(stager.former(item, str(number)))}
        except ProviderError as error:
            if error.permanent or error.reason is Reason.NOT_FOUND:
                continue
            raise
        if set(target.fields.values()) <= leaves.keys():
            values = {role: leaves[name] for role, name in target.fields.items()}
            found = fingerprint(shop.watch.key, kind, values)
            if found == old_fp or (not old_fp and found != held.fingerprint):
                return replace(live, base_version=str(number), base_fp=found)
    return live


def _snapshot(shop: Workshop, rotation: Rotation, kind: Kind) -> frozenset[str]:
    """The keys beside it that are not ours."""
    minter = shop.opened.minter(rotation.minter, kind) if rotation.minter and not rotation.renews else None
    keys = [one.facts for one in minter.beside(rotation.old)] if minter is not None else []
    return frozenset(key.key_id for key in keys if key.key_id and rotation.marks not in (key.name or ""))


def _fingerprint(known: Detail | None) -> str:
    held = known.memory.held if known is not None else ()
    return next((one.fingerprint for one in held if one.ended_at is None and one.fingerprint), "")


def held_in(shop: Workshop, trace: Trace) -> dict[str, tuple[str, ...]]:
    """Its keys that lie in places, and in which."""
    ids = [one.facts.key_id for one in trace.keys if one.facts.key_id]
    return {one: places for one in ids if (places := shop.journal.placed(one))}


def _by_hand(shop: Workshop, trace: Trace) -> str:
    """What a person does with its keys: one that a place holds is in use, whatever else is known of it."""
    live = held_in(shop, trace)
    keep = [f"Keep {one}, which is live in {', '.join(places)}" for one, places in live.items()]
    keys = ", ".join(one.facts.key_id or "?" for one in trace.keys if one.facts.key_id not in live)
    gone = [f"See to it by hand: delete {keys} at its vendor if nobody uses it"] if keys else []
    return ". ".join([*keep, *gone]) or "credwatch show"
