"""One schedule from its beginning to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from credwatch.ledger import Ledger
from credwatch.model.rotating import ENDED, Rotation, State
from tests.rotation.harness.acts import ACTS
from tests.rotation.harness.life import TURNS, Life
from tests.rotation.harness.observer import CANARY
from tests.rotation.harness.person import count, decide
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule

PROCESSES = 400
"""So many are started for one rotation; one that needs more does not end."""


@dataclass(frozen=True)
class Played:
    """How a schedule came out."""

    rotation: Rotation
    wrong: list[str]
    calls: list[str]
    offered: tuple[int, ...]
    """How many ways out there were, at each time that a person was needed."""
    said: list[str]
    """What a person was refused."""


def play(schedule: Schedule, ledger: Ledger, credential: str) -> Played:
    """Until it has ended, or for so long that it never will."""
    scene = Scene(schedule.traits, schedule.places, schedule.plan, schedule.setting)
    life = Life(scene, ledger, credential, {number: ACTS[name] for number, name in schedule.acts.items()})
    offered: list[int] = []
    finish(life, 0, schedule.choices, offered)
    wrong = life.observer.ended(life.rotation)
    if life.wished is not None and life.rotation.state is State.DONE:
        wrong.append(f"done, and {life.wished.value} was asked for")
    plain = not (schedule.plan or schedule.acts or schedule.choices)
    if plain and schedule.setting.done and life.rotation.state is not State.DONE:
        wrong.append(f"{life.rotation.state.value}, though nothing was in the way: {life.rotation.reason}")
    if CANARY.encode() in ledger._connection.db.serialize():
        wrong.append("I4: a value is in the ledger")
    return Played(life.rotation, wrong, scene.faults.calls, tuple(offered), life.said)


def finish(life: Life, stops: int, choices: Sequence[int] = (), offered: list[int] | None = None) -> None:
    """Until it has ended, or for so long that it never will; and the day after."""
    scene = life.scene
    while life.rotation.state not in ENDED:
        if life.processes >= (4 * PROCESSES if life.observer.jumped else PROCESSES) or life.turns >= TURNS:
            why = f"{life.rotation.state.value}, {life.rotation.reason}"
            life.observer.wrong.append(f"I8: it does not end: {why}")
            break
        rotation = life.process()
        if rotation.state is State.NEEDS_OPERATOR and not rotation.paused:
            life.observer.stopped()
            if offered is not None:
                offered.append(count(life))
            decide(life, stops, choices[stops] if stops < len(choices) else None)
            stops += 1
        life.looked_after()
        life.goes_by()
    if not (scene.faults.waiting or life.overtaken):
        life.observer.cleared(life.rotation)
    scene.time.passes(timedelta(hours=12))
    life.next_day()
