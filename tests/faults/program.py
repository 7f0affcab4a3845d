"""The program itself, a ledger in which every key worked a day ago, and a fault between it and every vendor."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from credwatch.sandbox.scene import Scene
from tests.conformance.grounds.ground import table
from tests.conformance.samples import Lab, Sample
from tests.conformance.trap import Trap
from tests.end_to_end import remembered
from tests.end_to_end.world import Moved, World
from tests.faults.keys import PROBED, led
from tests.servers.wallclock import Wallclock

LATER = timedelta(hours=25)
"""So much later even a kind that is tried once a day is tried again."""
GOOGLE = "GOOGLE_SERVICE_ACCOUNT"


class Company(Scene):
    """Files that hold a key of every kind, a Slack, and vendors wherever they are said to be."""

    def __init__(self, clock: Moved, secrets: Path, ca: Path, address: Callable[[str], str]) -> None:
        super().__init__(clock)
        self.secrets, self._ca, self._address = secrets, ca, address

    def configuration(self, data: Path) -> str:
        """TOML: all of it, remembered in this directory."""
        daemon = table("daemon", data=str(data), ephemeral=True)
        network, store = (
            table("network", ca=str(self._ca)),
            table("providers.host", use="files", paths=[str(self.secrets)]),
        )
        return "".join([self.told(), daemon, network, store, led(self._address)])


@dataclass(frozen=True)
class Begun:
    """What there was a day ago."""

    folder: Path
    ca: Path
    samples: Mapping[str, Sample]
    trap: Trap
    wallclock: Wallclock

    @classmethod
    def new(cls, folder: Path, ca: Path, lab: Lab, samples: Mapping[str, Sample], trap: Trap) -> Begun:
        """Every key in a file of its own, beside addresses that lead into the trap; looked at once, and well."""
        (folder / "prod").mkdir()
        for kind, sample in samples.items():
            (folder / "prod" / f"{kind}.json").write_text(json.dumps(_baited(sample, trap)))
        begun = cls(folder, ca, samples, trap, Wallclock(folder))
        with begun.world(folder, lambda name: lab.servers[name].url) as world:
            world.sweep()
            world.deliver()
            assert answers(world) == {kind: ["valid"] for kind in PROBED}
            assert world.pages() == []
        return begun

    @contextmanager
    def world(self, folder: Path, address: Callable[[str], str]) -> Iterator[World]:
        """A stack whose vendors are there, on a Monday at ten, in an environment that leads into the trap."""
        clock = Moved()
        with Company(clock, self.folder / "prod", self.ca, address) as scene:
            world = World(folder, scene, clock, self.wallclock)
            world.environment |= self.trap.addresses() | self.trap.proxies() | self.trap.files(self.folder)
            yield world

    @contextmanager
    def a_day_later(self, folder: Path, address: Callable[[str], str]) -> Iterator[World]:
        """The same, as it was remembered, and everything is due to be tried again."""
        shutil.copytree(self.folder / "data", folder / "data")
        with self.world(folder, address) as world:
            world.move(LATER)
            yield world


_PROBES = "from probe p join credential c on c.id = p.credential_id order by p.at"


def answers(world: World) -> dict[str, list[str]]:
    """Kind to all answers that its key ever got."""
    said: dict[str, list[str]] = {}
    for kind, validity, times in remembered.rows(world, f"select c.kind, p.validity, p.times {_PROBES}"):
        said.setdefault(kind, []).extend([validity] * times)
    return said


def reasons(world: World) -> dict[str, str]:
    """Kind to the reason of its last answer."""
    return dict(remembered.rows(world, f"select c.kind, p.reason {_PROBES}"))


def printed(world: World, *arguments: str) -> tuple[int, str]:
    """A command to its end: its exit code, and all that it wrote."""
    process = world.start(*arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def checked(begun: Begun, folder: Path, address: Callable[[str], str], *kinds: str) -> subprocess.CompletedProcess[str]:
    """`credwatch check --json` of these kinds' files, with a configuration that leads every issuer there."""
    with begun.world(folder, address) as world:
        paths = [str(begun.folder / "prod" / f"{kind}.json") for kind in kinds]
        code, said = printed(world, "check", "--all", "--json", *paths)
    return subprocess.CompletedProcess(paths, code, said)


def _baited(sample: Sample, trap: Trap) -> dict[str, str]:
    inside = {GOOGLE: json.dumps(trap.account(json.loads(sample.fields[GOOGLE])))} if GOOGLE in sample.fields else {}
    return {**trap.addresses(), **trap.proxies(), **sample.fields, **inside}
