"""What a rotation would be, for a person to read before: its places, its readers, its steps, and whether it would start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from credwatch.errors import ProviderError
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Counts
from credwatch.ledger.queries.detail import Detail
from credwatch.ledger.queries.detail import detail as detail_of
from credwatch.ledger.queries.rotating import under_way
from credwatch.model import Carried, Match, ProbeResult
from credwatch.model.rotating import Rotation, State, Trouble, Turn
from credwatch.rotation.outline import Stage, outline
from credwatch.rotation.planning import Order, Unplannable, plan
from credwatch.rotation.steps.preparing import prepare
from credwatch.rotation.working import Workshop
from credwatch.rotation.world import Reader, World
from credwatch.secrets import Secret
from credwatch.transport.counting import Counting


@dataclass(frozen=True)
class Refused:
    """It would not be begun."""

    why: str
    way: str = ""
    """Out of it."""
    unsure: bool = False
    """It could not be told; another time it can."""


@dataclass(frozen=True)
class Preview:
    """A plan."""

    rotation: Rotation
    """As it would stand when all was read."""
    known: Detail
    readers: tuple[Reader, ...]
    carried: Carried | None
    """None: a person makes the new key."""
    stages: tuple[Stage, ...]
    tried: Mapping[str, ProbeResult]
    """By fingerprint: what its vendor said of the keys that were tried."""
    counts: Counts
    held_back: str
    """By the rules of the house; empty: nothing does."""
    at: datetime


def preview(shop: Workshop, ledger: Ledger, order: Order) -> Preview | Refused:
    """Plan and prepare, and begin nothing."""
    try:
        return _preview(shop, order, _known(ledger, order.credential, shop.watch.clock.now()))
    except Unplannable as error:
        return Refused(error.why, error.way)
    except ProviderError as error:
        if not error.permanent:
            return Refused(str(error), unsure=True)
        why, _, way = str(error).partition(". ")
        return Refused(why, way)


def _preview(shop: Workshop, order: Order, known: Detail) -> Preview | Refused:
    now = shop.watch.clock.now()
    rotation = plan(shop.opened, shop.ledger, order, shop.journal.new_id(now), now)
    run = shop.run(rotation)
    trying = _Trying(run.world, shop)
    held_back = run.guards.refusal(rotation)
    run = replace(run, world=replace(run.world, probe=trying), guards=_NoGuards())
    turn = prepare(run)
    if refused := _refused(turn):
        return refused
    rotation = replace(rotation, targets=turn.targets or (), old=turn.changes["old"])  # type: ignore[arg-type]
    minter = run.world.minter
    return Preview(
        rotation=rotation,
        known=known,
        readers=run.world.readers,
        carried=run.world.carried(rotation.old, rotation.lifetime) if minter is not None else _renewed(rotation, order),
        stages=tuple(outline(rotation, run.world, shop.watch.config, trying.asked)),
        tried=trying.said,
        counts=shop.journal.counts(rotation, now),
        held_back=held_back,
        at=now,
    )


def _renewed(rotation: Rotation, order: Order) -> Carried | None:
    """What is asked of one that a program renews, or that its store makes; None: a person makes the new key."""
    if rotation.turns:
        return Carried(
            same=("its user, and what that may do",),
            lost=("the old value, for everybody, in the moment in which the new one is made",),
        )
    if order.paste or not rotation.renews:
        return None
    return Carried(
        same=("every name that it is for", "its private key, unless a new one comes with it and has a place"),
        changes=("ends later than the one that is there",),
    )


def _known(ledger: Ledger, credential: str, now: datetime) -> Detail:
    """What the watch knows of it, if nobody rotates it."""
    known = detail_of(ledger, credential, now)
    if known is None:
        raise Unplannable(f"there is no credential {credential}", "credwatch list shows them")
    if other := under_way(ledger).get(credential):
        leaked = f", and if the old key leaked: credwatch rotations revoke {other.id} --now"
        way = f"credwatch rotations show {other.id}{leaked if other.state is State.GRACE else ''}"
        raise Unplannable(f"it is being rotated already, by {other.id}", way)
    return known


class _NoGuards:
    """The rules of the house are asked beforehand: a plan can be read while they hold it back."""

    def refusal(self, rotation: Rotation) -> str:
        """Nothing."""
        del rotation
        return ""


class _Trying:
    """One try, of which the answer and the request are remembered."""

    def __init__(self, world: World, shop: Workshop) -> None:
        self._world = world
        self._transport = shop.watch.transport
        self.said: dict[str, ProbeResult] = {}
        self.asked = ""

    def __call__(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """What its vendor says."""
        said = self._world.probe(match, values)
        self.said[self._world.fingerprint(values)] = said
        if isinstance(self._transport, Counting):
            self.asked = self._transport.last
        return said


def _refused(turn: Turn) -> Refused | None:
    match turn.to:
        case State.PREPARED:
            return None
        case State.NEEDS_OPERATOR if turn.changes.get("trouble") is Trouble.LIMIT:
            return Refused(turn.detail, "Free a slot at the vendor: credwatch never deletes a key that it did not make")
        case None:
            return Refused(str(turn.changes.get("reason", "")), "Try again, or --wait.", unsure=True)
    why, _, way = turn.detail.partition(". ")
    return Refused(why, way)
