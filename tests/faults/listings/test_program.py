"""The worst of them through the program itself: nothing is gone, and the only page is that we are blind, in its time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.sandbox.scene import Scene
from credwatch.transport import Transport
from tests.conformance.grounds.google import Account
from tests.conformance.grounds.ground import table
from tests.conformance.trap import Trap
from tests.end_to_end import remembered
from tests.end_to_end.world import Moved, World
from tests.faults.listings.company import Company
from tests.faults.scripts import Stage
from tests.faults.table import FAULTS
from tests.servers.authority import Authority
from tests.servers.moto import moto_server
from tests.servers.wallclock import Wallclock

PACE = 0.5
WORST = (
    ("a reset before the answer", 0.0),
    ("TLS: expired", 0.0),
    ("302 to another host", 0.0),
    ("200, HTML", 0.5),
    ("200, truncated JSON", 1.0),
    ("100 MiB, in chunks", 0.5),
    ("403, a proxy's page", 0.5),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
BLIND = timedelta(hours=6)


class Stack(Scene):
    """Everything that can be listed, and no Slack: what is told is printed."""

    def __init__(self, clock: Moved, company: Company, ca: Path) -> None:
        super().__init__(clock)
        self._company, self._ca = company, ca

    def configuration(self, data: Path) -> str:
        text = "".join(self._company.tables())
        network = text.partition("[network]\n")[2].splitlines()[0]
        return table("daemon", data=str(data), ephemeral=True) + text.replace(network, f'ca = "{self._ca}"')


@dataclass(frozen=True)
class Begun:
    """What there was at first."""

    folder: Path
    company: Company
    ca: Path
    wallclock: Wallclock
    asked: dict[str, int]

    def world(self, scene: Scene, clock: Moved, folder: Path) -> World:
        """A stack that remembers everything."""
        shutil.copytree(self.folder / "data", folder / "data")
        return World(folder, scene, clock, self.wallclock)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """Everything was seen whole, and told."""
    ours, theirs, folder, home = map(tmp_path_factory.mktemp, ("authority", "stranger", "company", "begun"))
    with ExitStack() as running:
        transport = Transport()
        running.callback(transport.close)
        moto = running.enter_context(moto_server())
        made = Company(folder, Authority.new(ours), Authority.new(theirs), transport, moto, Account.new(), named=False)
        company = running.enter_context(made)
        ca = home / "ca.pem"
        ca.write_bytes(company.authority.ca.read_bytes() + company.manager.ca.read_bytes())
        clock = Moved()
        scene = running.enter_context(Stack(clock, company, ca))
        wallclock = Wallclock(home)
        world = World(home, scene, clock, wallclock)
        world.sweep()
        world.deliver()
        yield Begun(home, company, ca, wallclock, {name: front.heard for name, front in company.fronts.items()})


def told(world: World) -> list[tuple[Any, ...]]:
    """Everything that was ever to be told at once, and of which a sweep of its own is not the subject."""
    query = "select distinct about, step, level from outbox where level <> 'digest' and step <> 'summary'"
    return remembered.rows(world, f"{query} order by level, about, step")


@pytest.mark.parametrize(("name", "moment"), WORST, ids=[name for name, _ in WORST])
def test_the_only_page_is_that_we_are_blind(name: str, moment: float, begun: Begun, tmp_path: Path) -> None:
    fault, clock = BY_NAME[name], Moved()
    play = fault.play
    assert play is not None
    begun.company.well()
    with Trap() as trap, Stack(clock, begun.company, begun.ca) as scene:
        world = begun.world(scene, clock, tmp_path)
        held = remembered.held(world)
        for number in range(3):
            for system, front in begun.company.fronts.items():
                front.well()
                front.play(play(Stage(trap.url, PACE)), after=round(moment * (begun.asked[system] - 1)))
                front.impersonate(fault.identity)
            world.sweep(code=3)
            world.deliver()
            assert (number == 2) == any(level == "page" for _, _, level in told(world))
            world.move(BLIND if number else timedelta(minutes=16))

    assert (remembered.ended(world), remembered.gone(world), remembered.held(world)) == ([], [], held)
    assert {about for about, _, _ in told(world)} <= {"provider", "self"}
    assert {step.removesuffix("_long") for _, step, _ in told(world)} <= {"blind", "cut_off", "shrunk"}
    assert trap.seen == []
