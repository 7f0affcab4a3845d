"""A process that is killed anywhere in a turn leaves all of it, or nothing: the state, its rows, the intent, what is told."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from credwatch.ledger import Ledger
from credwatch.model.rotating import State, Step
from tests.ledger.journal.world import begun, journal_of
from tests.ledger.world import START, World, dice

STATEMENTS = 24
"""So many statements a turn has at the most."""
TURN = """
import os, signal, sys
from pathlib import Path
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal, Milestone
from credwatch.model.rotating import State, Step, Turn
from tests.ledger.world import MINUTE, START

ledger = Ledger.open(Path(sys.argv[1]), now=START, mounts="")
journal = Journal(ledger)
rotation, left = journal.one(sys.argv[2]), [int(sys.argv[3])]

def count(statement):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

ledger._connection.db.set_trace_callback(count)
turn = Turn(State.CREATING, changes={"creates": 1}, targets=rotation.targets[:1])
journal.move(rotation, turn, START + MINUTE, intent=(Step.MINT, ""), milestones=[Milestone("made", words="made")])
print(left[0])
"""


def whole(world: World) -> tuple[object, ...]:
    """What is there of the turn."""
    journal = journal_of(world)
    (rotation,) = journal.active()
    return (
        rotation.state,
        rotation.creates,
        len(rotation.targets),
        journal.last(rotation, Step.MINT) is not None,
        world.count("outbox"),
        world.count("journal"),
        journal.verify(),
        journal.readable(),
    )


BEFORE = (State.PLANNED, 0, 2, False, 0, 1, None, "")
AFTER = (State.CREATING, 1, 1, True, 1, 3, None, "")


@pytest.fixture
def name(tmp_path: Path) -> str:
    with Ledger.open(tmp_path / "data", now=START, random=dice(), mounts="") as ledger:
        return begun(journal_of(World(ledger))).id


def turn(tmp_path: Path, name: str, statements: int) -> subprocess.CompletedProcess[str]:
    """A process that makes the turn and is killed before the statement of this number."""
    words = [sys.executable, "-c", TURN, f"{tmp_path}/data", name, str(statements)]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])


def found(tmp_path: Path) -> tuple[object, ...]:
    with Ledger.open(tmp_path / "data", now=START, mounts="") as ledger:
        return whole(World(ledger))


@pytest.mark.parametrize("statements", range(STATEMENTS))
def test_a_turn_is_kept_whole_or_not_at_all(tmp_path: Path, name: str, statements: int) -> None:
    done = turn(tmp_path, name, statements)

    killed = done.returncode == -signal.SIGKILL
    assert killed or done.returncode == 0
    assert found(tmp_path) == (BEFORE if killed else AFTER)


def test_every_statement_of_it_was_tried(tmp_path: Path, name: str) -> None:
    done = turn(tmp_path, name, 1000)
    used = 1000 - int(done.stdout)

    assert 12 < used <= STATEMENTS
