"""From a place to a rotation: who makes the key, every place that holds it, who reads it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.contract import Asks, Turns
from credwatch.errors import CredwatchError, ProviderError
from credwatch.fields import unfold
from credwatch.ledger import Ledger
from credwatch.ledger.queries.detail import Detail, detail
from credwatch.ledger.queries.untold import Untold, untold
from credwatch.model import About, Held, Item, Kind, Payload, Reason, Revoke, Status
from credwatch.model.rotating import RENEWALS, Rotation, State, Target
from credwatch.rotation.consumers import consumers
from credwatch.rotation.opening import Connections, trier
from credwatch.rotation.renewals import renewals_of
from credwatch.rotation.world import Reader

GRACE = timedelta(hours=24)
_SHOWN = 5


class Unplannable(CredwatchError):  # noqa: N818  the state is the name
    """This key cannot be rotated so: why, and the way out."""

    exit_code = 1

    def __init__(self, why: str, way: str = "") -> None:
        super().__init__(f"{why}. {way}" if way else why)
        self.why, self.way = why, way


@dataclass(frozen=True)
class Order:
    """What somebody, or a rule, wants."""

    credential: str
    by: str
    reason: str = ""
    grace: timedelta | None = None
    """None: a day, or twice what the slowest reader needs."""
    revoke: Revoke | None = None
    """None: as the rules say."""
    replace_dead: bool = False
    paste: bool = False
    """A person hands over the new key."""
    automatic: bool = False
    compromised: bool = False


def plan(opened: Connections, ledger: Ledger, order: Order, id_: str, now: datetime) -> Rotation:
    """The rotation as it would be begun; nothing was changed. Unplannable, or ProviderError when a place cannot be read."""
    known = detail(ledger, order.credential, now)
    if known is None:
        raise Unplannable(f"there is no credential {order.credential}", "credwatch list shows them")
    kind = _kind(opened, known)
    copies = sorted((held for held in known.memory.held if held.ended_at is None), key=lambda held: held.place)
    if not copies:
        raise Unplannable(
            f"no place holds {called(known)}, so nobody would be given the new key", f"credwatch show {known.key.id}"
        )
    _standing(known, order, now)
    fingerprints = {held.fingerprint for held in copies}
    if len(fingerprints) != 1 or None in fingerprints or any(held.missing for held in copies):
        places = ", ".join(held.place for held in copies)
        raise Unplannable(
            f"its places do not hold the same key, or only half of it: {places}",
            f"Decide which is right: credwatch show {known.key.id}",
        )
    renews, turns = kind.renewing is not None, not kind.overlaps
    if not turns and all(held.mirror_of for held in copies):
        raise Unplannable(
            f"a controller writes every place of {called(known)}: {', '.join(held.place for held in copies)}",
            "Rotate what it copies from, where that is watched",
        )
    minter = _maker(opened, known, kind, order)
    _may_write(
        opened,
        known,
        [*([] if renews or not minter else [minter]), *(one.provider for one in copies if turns or not one.mirror_of)],
    )
    targets = tuple(target_of(opened, kind, held) for held in copies)
    readers = consumers(opened.watch.config, tuple(one.place for one in targets), opened.watch.transport)
    read = {place for reader in readers for place in reader.reads}
    unread = not readers or any(not one.mirror and one.place not in read for one in targets)
    policy = known.policy
    grace = grace_of(readers) if order.grace is None else order.grace
    return Rotation(
        id=id_,
        credential=known.key.id,
        kind=kind.name,
        minter=minter,
        old=known.memory.facts,
        old_fp=fingerprints.pop() or "",
        state=State.PLANNED,
        targets=targets,
        consumers=tuple(reader.name for reader in readers),
        revoke=Revoke.GRACE if renews or turns else _revoke(opened, order, known, minter, unread=unread),
        lifetime=policy.expires if policy is not None else None,
        grace=timedelta(0) if turns else grace,
        replaces_dead=(order.replace_dead and not turns) or (renews and _ended(known, now)),
        automatic=order.automatic,
        compromised=order.compromised,
        reason=order.reason,
        requested_by=order.by,
    )


def grace_of(readers: Sequence[Reader]) -> timedelta:
    """How long both keys live: a day, or twice what the slowest reader needs."""
    return max([GRACE, *(2 * reader.settles for reader in readers)])


def _kind(opened: Connections, known: Detail) -> Kind:
    found = opened.kinds.get(known.memory.kind)
    held = [one.provider for one in known.memory.held if one.ended_at is None and not one.mirror_of]
    if found is None or trier(opened, found, held) is None:
        raise Unplannable(f"nobody can try a {known.key.title}, so a new one could not be told to work")
    return found


def _standing(known: Detail, order: Order, now: datetime) -> None:
    """What speaks against it in what the watch knows."""
    key = known.key
    if any(one.about in {About.ACCOUNT, About.VENDOR} for one in known.memory.open):
        why = f"something is open about its whole account, or about all of {key.vendor_name}: one cause, do not rotate"
        raise Unplannable(why, f"credwatch show {key.id}")
    if key.status is Status.SUSPENDED:
        raise Unplannable(f"{key.vendor_name} has suspended the account: a new key would not help")
    if key.status is Status.INVALID and not order.replace_dead:
        way = "Use --replace-dead: make, store, try, live; no wait, no revoke."
        seen = "" if key.listed_at is None else f" (seen {_at(key.listed_at, now)})"
        scopes = f"\nIts scopes are taken from the ledger{seen}." if known.memory.facts.scopes else ""
        raise Unplannable("the old key is dead, so there is nothing to overlap with", f"{way}{scopes}")


def _maker(opened: Connections, known: Detail, kind: Kind, order: Order) -> str:
    """Who makes the new one."""
    if not kind.overlaps:
        return _turner(opened, known, kind, order)
    if kind.renewing is None:
        return "" if order.paste else _minter(opened, known, kind)
    if order.paste or renewals_of(
        opened.watch.config, [one.place for one in known.memory.held if one.ended_at is None]
    ):
        return RENEWALS
    raise Unplannable(
        f"no program renews {called(known)}",
        'Name it, [[renewals]] place = "…", command = ["…"], or renew it yourself: credwatch rotate … --paste',
    )


def _turner(opened: Connections, known: Detail, kind: Kind, order: Order) -> str:
    """The store that makes the new value itself. It is told so only by a person, who has seen what that ends."""
    names = {one.provider for one in known.memory.held if one.ended_at is None}
    provider = opened.named(next(iter(names))) if len(names) == 1 else None
    if not isinstance(provider, Turns) or kind.name not in provider.turns:
        raise Unplannable(f"nobody can make a new {kind.title} here: {', '.join(sorted(names))} only shows it")
    if order.paste:
        raise Unplannable(f"{provider.name} makes the value of {called(known)} itself", "Leave --paste out")
    if order.automatic:
        raise Unplannable(
            f"{called(known)} ends in the moment in which its new value is made", "A person says when: credwatch rotate"
        )
    return provider.name


def _ended(known: Detail, now: datetime) -> bool:
    ends = known.memory.facts.expires
    return ends is not None and ends <= now


def _minter(opened: Connections, known: Detail, kind: Kind) -> str:
    """The one connection that lists this key, or did while it lived, and can make others."""
    former = sorted({one.place.partition(":")[0] for one in known.listed} & opened.watch.config.providers.keys())
    names = sorted(known.memory.listed_by) or former
    able = [name for name in names if opened.minter(name, kind) is not None]
    if len(able) == 1:
        return able[0]
    if able:
        raise Unplannable(f"{', '.join(able)} both list it: it cannot be told who should make the new one")
    lists = f"{', '.join(names)} only lists it" if names else "no connection lists it"
    if not names and (others := untold(opened.watch.ledger, kind.name)):
        raise _untold(known, kind, others)
    raise Unplannable(
        f"nobody can make a new {kind.title} here: {lists}",
        "Make one yourself and paste it: credwatch rotate … --paste",
    )


def _untold(known: Detail, kind: Kind, others: Sequence[Untold]) -> Unplannable:
    """Its vendor lists keys of which this can be one."""
    names = ", ".join(dict.fromkeys(other.provider for other in others))
    shown = ", ".join(f'{other.key_id} "{other.name}"' if other.name else other.key_id for other in others[:_SHOWN])
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    place = next(held.place for held in known.memory.held if held.ended_at is None)
    return Unplannable(
        f"it cannot be told which key of its vendor's list this is: {names} lists {len(others)} of which no place is known,"
        " and shows too little of how each ends",
        f'Say it in the configuration: [[identify]] place = "{place}", is = "{kind.name}", key_id = "…"; it is one of'
        f" {shown}{more}. Then: credwatch sweep. Or make one yourself and paste it: credwatch rotate … --paste",
    )


def _may_write(opened: Connections, known: Detail, names: Sequence[str]) -> None:
    """Whoever must make the key, or hold it, is opened with an identity that may."""
    without = [name for name in dict.fromkeys(names) if name not in opened.watch.config.rotate.identities]
    if without:
        line = f"{without[0]} = {{ … }} in [rotate.identities]"
        why = (
            f"credwatch only watches {', '.join(without)}, and {called(known)} cannot be rotated without writing there"
        )
        raise Unplannable(why, f"Say who may write: {line}")


def target_of(opened: Connections, kind: Kind, held: Held) -> Target:
    """One place, with the leaves that hold the parts of the key."""
    locator = _locator(held)
    item = Item(held.provider, locator, labels=held.labels)
    payload = _payload(opened, held, item)
    for found in opened.watch.identifier.identify(item, unfold(payload)):
        if found.match.kind.name == kind.name and found.place == held.place and not found.match.missing:
            mirror = bool(held.mirror_of) or not kind.overlaps
            return Target(held.place, held.provider, locator, dict(found.match.fields), mirror=mirror)
    raise Unplannable(f"{held.place} holds no whole {kind.title} any more", f"credwatch sweep {held.provider}")


def _payload(opened: Connections, held: Held, item: Item) -> Payload:
    """What lies there. What is not there, or not shown to us, is said with its place."""
    stager = opened.stager(held.provider)
    try:
        return stager.held(item).payload
    except ProviderError as error:
        if not error.permanent:
            raise
        way = f"sweep {held.provider}" if error.reason is Reason.NOT_FOUND else "doctor --rotate"
        raise Unplannable(f"{held.place}: {error}", f"credwatch {way}") from None


def _locator(held: Held) -> str:
    return held.place.removeprefix(f"{held.provider}:").partition("#")[0]


def _revoke(opened: Connections, order: Order, known: Detail, minter: str, *, unread: bool) -> Revoke:
    """As ordered, else by the rules; some keys always wait for a person, and so does what in some place nobody is known to read."""
    wanted = order.revoke or (known.policy.revoke if known.policy is not None else Revoke.ASK)
    connection = opened.opened.get(minter)
    if isinstance(connection, Asks) and known.memory.kind in connection.asks:
        return Revoke.ASK
    return Revoke.ASK if wanted is Revoke.PROVED and unread else wanted


def called(known: Detail) -> str:
    """How a sentence names it: `Deepgram key "voice-prod"`."""
    return f'{known.key.title} "{known.key.name}"' if known.key.name else known.key.title


def _at(moment: datetime, now: datetime) -> str:
    day = "" if moment.date() == now.date() else f"{moment.day} {moment:%b} "
    return f"{day}{moment:%H:%M}"
