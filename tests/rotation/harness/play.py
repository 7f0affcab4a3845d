"""One schedule from its beginning to its end: processes that die and others that go on, and a person where one is needed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from credwatch.errors import ProviderError
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from credwatch.model.rotating import ENDED, PlaceState, Rotation, State, Trouble
from credwatch.rotation.choosing import Choice, resume
from credwatch.rotation.engine import advance
from credwatch.rotation.run import Run
from credwatch.rotation.tidying import tidy
from tests.rotation.harness.faults import Faults, Killed
from tests.rotation.harness.observer import Observer
from tests.rotation.harness.scene import Scene

PROCESSES = 120
"""So many are started for one rotation; one that needs more does not end."""


@dataclass(frozen=True)
class Played:
    """How a schedule came out."""

    rotation: Rotation
    wrong: list[str]
    calls: list[str]


class Watched(Journal):
    """The journal, each of whose commits a process can die at."""

    faults: Faults

    def move(self, *given: Any, **more: Any) -> Rotation:
        """A change of state."""
        return self.faults.commit(lambda: super(Watched, self).move(*given, **more))

    def intent(self, *given: Any, **more: Any) -> Any:
        """An intent."""
        return self.faults.commit(lambda: super(Watched, self).intent(*given, **more))

    def outcome(self, *given: Any, **more: Any) -> None:
        """An outcome."""
        self.faults.commit(lambda: super(Watched, self).outcome(*given, **more))


class Open:
    """Nothing is in the way."""

    def refusal(self, rotation: Rotation) -> str:
        """Nothing."""
        del rotation
        return ""


def play(scene: Scene, ledger: Ledger, credential: str) -> Played:
    """Until it has ended, or for so long that it never will."""
    journal = Watched(ledger)
    journal.faults = scene.faults
    observer = Observer(scene, Journal(ledger))
    rotation = Journal.begin(journal, scene.rotation(journal.new_id(scene.time.now()), credential), scene.time.now())
    for _ in range(PROCESSES):
        run = Run(rotation, scene.world(), journal, scene.time, Open())
        try:
            rotation = advance(run, threading.Event())
            if rotation.state is State.NEEDS_OPERATOR:
                rotation = _chosen(run, scene)
        except Killed:
            rotation = journal.one(rotation.id)
        if rotation.state in ENDED:
            break
        scene.time.to(max(rotation.next_try_at or scene.time.now(), scene.time.now()) + timedelta(seconds=1))
    else:
        observer.wrong.append(f"it does not end: {rotation.state.value}, {rotation.reason}")
    scene.time.to(scene.time.now() + timedelta(days=1))
    _next_day(Run(rotation, scene.world(), journal, scene.time, Open()))
    return Played(rotation, observer.ended(rotation), scene.faults.calls)


def _next_day(run: Run) -> None:
    """The daily look at what came to be late; it dies and fails like everything else, and is done again."""
    for _ in range(4):
        try:
            tidy(run)
        except (Killed, ProviderError):
            continue
        return


def _chosen(run: Run, scene: Scene) -> Rotation:
    """What a careful person does who reads the message."""
    rotation = run.rotation
    if rotation.trouble is Trouble.CANDIDATES:
        ours = [id_ for id_ in scene.vendor.made if id_ in scene.vendor.keys]
        fresh = [id_ for id_ in scene.vendor.keys if id_ not in rotation.snapshot]
        stranger = next((id_ for id_ in fresh if id_ not in ours), None)
        return resume(run, Choice(leave_key=stranger) if stranger else Choice(adopt=ours[0]), "ana")
    if rotation.trouble is Trouble.STRANGER:
        for target in rotation.targets:
            seen = run.world.look(target)
            expected = rotation.new_fp if target.state is PlaceState.PROMOTED else target.base_fp
            if seen.fingerprint != expected:
                return resume(run, Choice(overwrite=f"{target.place}@{seen.version}"), "ana")
    if rotation.trouble is Trouble.LIMIT:
        for id_ in [id_ for id_ in scene.vendor.made if id_ in scene.vendor.keys]:
            del scene.vendor.keys[id_]  # she sees in the list that nobody uses it
    return resume(run, Choice(), "ana")
