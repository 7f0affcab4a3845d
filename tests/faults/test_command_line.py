"""Every fault through the program itself: it is no word about any key, wakes nobody, and no key goes elsewhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from credwatch.contract import Validity
from tests.end_to_end.world import World
from tests.faults.keys import PROBED
from tests.faults.program import Begun, answers, checked, printed, reasons
from tests.faults.stage import Stages
from tests.faults.table import FAULTS, Fault

PACE = 0.5
BY_NAME = {fault.name: fault for fault in FAULTS}
HANGING = [fault for fault in FAULTS if fault.hangs]
WHOLE = (
    "connection refused",
    "the name is not known",
    "a reset before the answer",
    "a reset after half a body",
    "hangs up after half a body",
    "TLS: expired",
    "TLS: another name",
    "TLS: signed by itself",
    "TLS: an unknown authority",
    "no TLS",
    "429",
    "429, Retry-After: 2",
    "429, Retry-After: 999999999999",
    *("500", "501", "502", "503", "504", "529"),
    "302 to another host",
    "307 to another host",
    "307 to plain http",
    "302 to itself",
    "100 MiB, announced",
    "100 MiB, in chunks",
    "a header of 1 MiB",
    "200, truncated JSON",
    "200, HTML",
    "200, empty",
    "200, plain text",
    "200, somebody else's JSON",
    "200, gzip that is none",
    "401, a proxy's page",
    "403, a proxy's page",
    '401, {"message": "Invalid credentials"}',
    '403, {"message": "Unauthorized"}',
    "401, the request repeated",
)
"""The others differ from one of these in what the client reads, and in nothing that follows from it."""
CHECKED = ("connection refused", "TLS: expired", "429", "302 to another host", "200, HTML", "401, the request repeated")
WORKS, CANNOT_TELL = "works", "cannot tell"


@dataclass(frozen=True)
class Told:
    """What a sweep and a delivery came to, and what was printed."""

    codes: tuple[int, ...]
    said: str
    listed: dict[str, str]
    """Kind to how it stands."""


def look_and_tell(world: World) -> Told:
    """A sweep, what follows from it, and how everything stands then."""
    swept = printed(world, "sweep", "--no-settle")
    delivered = printed(world, "deliver")
    code, listed = printed(world, "list", "--json")
    standings = {line["kind"]: line["standing"] for line in json.loads(listed) if line["kind"] in PROBED}
    return Told((swept[0], delivered[0], code), "\n".join((swept[1], delivered[1], listed)), standings)


def leaked(begun: Begun, said: str) -> list[str]:
    """The kinds whose secret was printed."""
    return [kind for kind, sample in begun.samples.items() if any(secret in said for secret in sample.secrets)]


def check(fault: Fault, begun: Begun, world: World, told: Told) -> None:
    """Nobody can tell, for the reason that fits; nothing is dead; nobody is woken; nothing was sent or shown elsewhere."""
    works = dict.fromkeys(fault.open, Validity.VALID)
    said = dict.fromkeys(PROBED, Validity.UNKNOWN) | works
    assert answers(world) == {kind: ["valid", validity] for kind, validity in said.items()}
    assert {kind: reason for kind, reason in reasons(world).items() if kind not in works} == {
        kind: fault.reason for kind in PROBED if kind not in works
    }
    assert told.listed == dict.fromkeys(PROBED, CANNOT_TELL) | dict.fromkeys(works, WORKS)
    assert told.codes == (0, 0, 0)
    assert world.pages() == []
    assert leaked(begun, told.said + world.shown("credentials") + world.shown("voice-alerts")) == []


@pytest.mark.parametrize("name", WHOLE)
def test_no_fault_is_a_dead_key_or_a_page(name: str, begun: Begun, stages: Stages, tmp_path: Path) -> None:
    fault = BY_NAME[name]
    with (
        stages.play_beside(begun.trap, fault, pace=PACE) as played,
        begun.a_day_later(tmp_path, lambda _: played.url) as world,
    ):
        told = look_and_tell(world)

        check(fault, begun, world, told)
        played.check(len(PROBED))


def test_what_hangs_ends_with_its_deadline_and_is_no_dead_key_or_page(
    begun: Begun, stages: Stages, tmp_path: Path
) -> None:
    """All of them at once: each takes three deadlines of ten seconds, and nothing else."""
    with ExitStack() as running:
        worlds = dict(_hanging(running, begun, stages, tmp_path))
        told: dict[str, Told] = {}
        looks = [
            threading.Thread(target=lambda name=name, world=world: told.update({name: look_and_tell(world)}))
            for name, world in worlds.items()
        ]
        for each in looks:
            each.start()
        for each in looks:
            each.join()

        for fault in HANGING:
            check(fault, begun, worlds[fault.name], told[fault.name])
    assert begun.trap.seen == []


def _hanging(running: ExitStack, begun: Begun, stages: Stages, folder: Path) -> Iterator[tuple[str, World]]:
    for number, fault in enumerate(HANGING):
        played = running.enter_context(stages.play_beside(begun.trap, fault, pace=PACE))
        own = folder / str(number)
        own.mkdir()
        yield fault.name, running.enter_context(begun.a_day_later(own, partial(_always, played.url)))


def _always(url: str, _: str) -> str:
    return url


@pytest.mark.parametrize("name", CHECKED)
def test_check_cannot_tell(name: str, begun: Begun, stages: Stages, tmp_path: Path) -> None:
    with stages.play_beside(begun.trap, BY_NAME[name], pace=PACE) as played:
        done = checked(begun, tmp_path, lambda _: played.url, *PROBED)

        played.check(len(PROBED))
    said = json.loads(done.stdout)
    assert (done.returncode, said["code"]) == (3, 3)
    assert {key["kind"]: key["standing"] for key in said["keys"] if key["kind"] in PROBED} == dict.fromkeys(
        PROBED, CANNOT_TELL
    )
    assert leaked(begun, done.stdout) == []
