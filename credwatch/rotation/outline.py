"""The steps of one rotation beforehand: each with its call and its way back. It asks nobody and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from credwatch.config.configuration import Config
from credwatch.contract import Explains, Step
from credwatch.model import Item, Revoke
from credwatch.model.rotating import Rotation, Target
from credwatch.rotation.world import World


@dataclass(frozen=True)
class Stage:
    """One step, as a person counts them."""

    name: str
    call: str
    back: str = ""
    where: str = ""
    """The connection, where there may be several."""
    follows: bool = False
    """It belongs to the step before."""


def outline(rotation: Rotation, world: World, config: Config, asked: str) -> Iterator[Stage]:
    """From the first effect to the last. `asked`: the request by which a key of this kind is tried."""
    if rotation.turns:
        yield from _turn(rotation, world, config)
        return
    yield from _make(rotation, world)
    yield from _store(rotation, world)
    if rotation.renews:
        yield Stage("try", "read back from each place: its names, its dates, its private key; nobody is asked")
        yield from _live(rotation, world)
        yield from _tell(world, config)
        yield from _left(rotation)
        return
    host = asked or f"one harmless request to {world.kind.hosts[0] if world.kind.hosts else world.kind.vendor_name}"
    yield Stage("try", f"{host}, once per place, as read back")
    yield from _live(rotation, world)
    yield from _tell(world, config)
    if rotation.replaces_dead:
        yield Stage("prove", f"the new one works from {_all(len(rotation.written))}")
        return
    yield from _wait(rotation, world, config)
    yield from _revoke(rotation, world)
    yield Stage("prove", f"the old key is refused, the new one works from {_all(len(rotation.written))}")


def _turn(rotation: Rotation, world: World, config: Config) -> Iterator[Stage]:
    """All of one that its store makes itself."""
    (target,) = rotation.targets
    call = _placed(world, Step.MINT, target) or f"{target.provider} makes it anew"
    yield Stage("turn", f"{call}: the old one ends in that moment", "cannot be undone", target.provider)
    yield from _tell(world, config)
    yield Stage("prove", "its store shows a value that was made later")


def _left(rotation: Rotation) -> Iterator[Stage]:
    """What becomes of one that nobody revokes."""
    if not rotation.replaces_dead:
        yield Stage("wait", f"at least {length(rotation.grace)}" if rotation.grace else "not at all", "-")
    yield Stage("prove", f"the new one stands in {_all(len(rotation.written))}; the old one runs out by itself")


def _make(rotation: Rotation, world: World) -> Iterator[Stage]:
    if world.renewal is not None:
        yield Stage("renew", f"{world.renewal.call}; what it prints is checked first", "storing it nowhere")
        return
    if world.minter is None:
        yield Stage("paste", f"you make a key at {world.kind.vendor_name} and paste it; it is checked first", "-")
        return
    yield Stage(
        "make", _call(world.minter, Step.MINT, rotation) or f"a key at {rotation.minter}", "deleting the new key"
    )


def _store(rotation: Rotation, world: World) -> Iterator[Stage]:
    for number, target in enumerate(_items(rotation)):
        call = _placed(world, Step.STAGE, target) or f"beside {target.locator}, where no reader looks"
        yield Stage("store", call, "deleting it", target.provider, follows=number > 0)


def _live(rotation: Rotation, world: World) -> Iterator[Stage]:
    back = "-" if rotation.replaces_dead else "credwatch rollback"
    for number, target in enumerate(_items(rotation)):
        call = _placed(world, Step.PROMOTE, target) or f"{target.locator}, if still version {target.base_version[:12]}"
        yield Stage("live", call, back, target.provider, follows=number > 0)
    for target in rotation.targets:
        if target.mirror:
            yield Stage("live", f"{target.locator} is waited for: its controller writes it", "-", target.provider, True)


def _tell(world: World, config: Config) -> Iterator[Stage]:
    ways = {line.name: line.reload for line in config.consumers}
    for reader in world.readers:
        reload = ways.get(reader.name)
        said = reload.said if reload is not None else f"{reader.name} loads what its places hold by itself"
        proof = ", and see which key it shows" if reader.proves else ""
        yield Stage("tell", f"{said}{proof}", "-", follows=True)


def _wait(rotation: Rotation, world: World, config: Config) -> Iterator[Stage]:
    name = rotation.old.key_id or rotation.old.name or "the old key"
    seen = f", and until {world.kind.vendor_name} shows no request with {name}, or every reader shows the new one"
    proved = seen if rotation.revoke is Revoke.PROVED and not rotation.confirmed_by else ""
    yield Stage("wait", f"at least {length(rotation.grace)}{proved}" if rotation.grace else f"not at all{proved}", "-")
    channel = config.slack.warnings if config.slack is not None else ""
    where = f"{channel}, or: " if channel else ""
    match rotation.revoke:
        case Revoke.ASK:
            yield Stage("ask", f"{where}credwatch rotations revoke ID", "-")
        case Revoke.PROVED:
            yield Stage("ask", f"only if it is not seen to be unused: {where}credwatch rotations revoke ID", "-")
        case Revoke.GRACE:
            pass


def _revoke(rotation: Rotation, world: World) -> Iterator[Stage]:
    if world.minter is None:
        yield Stage("revoke", f"you revoke it at {world.kind.vendor_name}; credwatch sees that it is refused", "-")
        return
    call = _call(world.minter, Step.REVOKE, rotation) or f"the old key at {rotation.minter}, by its exact id"
    if world.disables:
        off = _call(world.minter, Step.DISABLE, rotation) or "the old key is switched off"
        yield Stage("revoke", off, "switching it on")
        yield Stage("revoke", f"{call}, {length(rotation.soak)} later", "cannot be undone", follows=True)
        return
    yield Stage("revoke", call, "cannot be undone")


def _items(rotation: Rotation) -> tuple[Target, ...]:
    """One of each item that is written: its places are written together."""
    return tuple({(one.provider, one.locator): one for one in reversed(rotation.written)}.values())[::-1]


def _call(minter: object, step: Step, rotation: Rotation) -> str:
    return minter.call(step, rotation.old) if isinstance(minter, Explains) else ""


def _placed(world: World, step: Step, target: Target) -> str:
    stager = world.stagers[target.provider]
    item = Item(target.provider, target.locator, version=target.base_version)
    return stager.call(step, item) if isinstance(stager, Explains) else ""


def _all(places: int) -> str:
    return "its place" if places == 1 else "both places" if places == 2 else f"all {places} places"


def length(of: timedelta) -> str:
    """`24 h`, `1 h 30 min`, `5 min`: both keys are counted in hours, not in days."""
    hours, minutes = divmod(int(of.total_seconds()) // 60, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes or not hours else [])])
