"""What is offered to a person is what is true: the keys that are meant, and nothing of an old key that is gone."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

import pytest

from credwatch.model import Payload
from credwatch.model.rotating import PlaceState, Rotation, State, Target, Trouble
from credwatch.rotation.offers import Outside, offers
from credwatch.rotation.world import Seen
from tests.rotation.harness.acts import makes_key
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.vendors import MINTERS
from tests.rotation.mutants.chosen import where

NAME = "01JD8Z5Q3V7K2M9N4P6R8T0W1X"
TRAITS = {each.name: each for each in MINTERS}


def offered(
    trouble: Trouble, resumes: State, outside: Outside, state: PlaceState = PlaceState.PROMOTED
) -> tuple[str, ...]:
    """The lines, without the name."""
    with ledger() as known:
        plan = Life(Scene(TRAITS["twilio"], 1), known, CREDENTIAL).rotation
    target = Target("v:a#K", "v", "a", {"secret": "K"}, base_fp="old", state=state)
    rotation: Rotation = replace(
        plan, id=NAME, targets=(target,), new_fp="new", trouble=trouble, resumes=resumes, state=State.NEEDS_OPERATOR
    )
    lines = tuple(offers(rotation, trouble, outside))
    return tuple(line.replace(f"credwatch resume cw-{NAME}", "resume").replace(f" cw-{NAME}", "") for line in lines[1:])


def holds(fingerprint: str) -> Outside:
    return Outside([Seen("7", fingerprint, {}, Payload({}))])


OVER = "their change was a mistake: `resume --overwrite v:a#K@7`"
ROLLBACK = "undo ours: `credwatch rollback`"


@pytest.mark.parametrize(
    ("trouble", "resumes", "outside", "state", "lines"),
    [
        (Trouble.STRANGER, State.GRACE, holds("third"), PlaceState.PROMOTED,
         (OVER, "their change stays: `resume --leave v:a#K` (the old key is then kept)", ROLLBACK)),
        (Trouble.STRANGER, State.GRACE, replace(holds("third"), gone=True), PlaceState.PROMOTED,
         (OVER, "their change stays: `resume --leave v:a#K` (the old key is gone already)")),
        (Trouble.STRANGER, State.REVOKING, replace(holds("third"), gone=True), PlaceState.PROMOTED,
         (OVER, "their change stays: `resume --leave v:a#K` (the old key is gone already)")),
        (Trouble.STRANGER, State.REVOKING, replace(holds("third"), gone=True, lost=True), PlaceState.PROMOTED,
         ("their change was a mistake: nobody has the new key's value any more, so leave `v:a#K` and rotate it anew",
          "their change stays: `resume --leave v:a#K` (the old key is gone already)")),
        (Trouble.STRANGER, State.REVOKING, replace(holds("third"), told=True), PlaceState.PROMOTED,
         (OVER, "their change stays: `resume --leave v:a#K` (the old key was told to go already)")),
        (Trouble.STRANGER, State.REVOKING, holds("third"), PlaceState.PROMOTED,
         (OVER, "their change stays: `resume --leave v:a#K` (the old key is not asked to go any more)", ROLLBACK)),
        (Trouble.STRANGER, State.CREATED, replace(holds("old"), told=True), PlaceState.WAITING,
         ("their change stays: `resume --leave v:a#K` (the old key was told to go already)",)),
        (Trouble.STRANGER, State.VERIFIED, holds("new"), PlaceState.STAGED,
         (OVER, "their change stays, and you put it back there first: `resume --leave v:a#K` (the old key is then kept)",
          "leave it: `credwatch abort`")),
        (Trouble.NEW_FAILS, State.CONFIRMING, replace(holds("new"), gone=True), PlaceState.PROMOTED,
         ("go on, when it is mended: `resume`",)),
        (Trouble.NEW_FAILS, State.CONFIRMING, holds("new"), PlaceState.PROMOTED,
         ("go on, when it is mended: `resume`", ROLLBACK)),
        (Trouble.OLD_DEAD, State.GRACE, replace(holds("new"), gone=True), PlaceState.PROMOTED,
         ("stay with the new key: `resume`",)),
        (Trouble.LIMIT, State.PLANNED, replace(holds("old"), gone=True), PlaceState.WAITING,
         ("go on, when it is mended: `resume`", "leave it: `credwatch abort`")),
        (Trouble.CANDIDATES, State.CREATING, replace(holds("old"), keys=("K1", "K2")), PlaceState.WAITING,
         ("K1 is ours, delete it and go on: `resume --adopt K1`", "K2 is ours, delete it and go on: `resume --adopt K2`",
          "K1 is not ours, never touch it: `resume --leave K1`", "K2 is not ours, never touch it: `resume --leave K2`",
          "leave it: `credwatch abort`")),
    ],
)  # fmt: skip
def test_what_is_offered_is_what_is_true(
    trouble: Trouble, resumes: State, outside: Outside, state: PlaceState, lines: tuple[str, ...]
) -> None:
    assert offered(trouble, resumes, outside, state) == lines


@pytest.mark.parametrize("trouble", [Trouble.HOOK, Trouble.NEW_FAILS])
def test_where_a_dead_key_was_replaced_no_way_back_is_offered(trouble: Trouble) -> None:
    with ledger() as known:
        plan = Life(Scene(TRAITS["twilio"], 1), known, CREDENTIAL).rotation
    target = replace(plan.targets[0], state=PlaceState.PROMOTED)
    dead = replace(plan, targets=(target,), replaces_dead=True, trouble=trouble, resumes=State.PROMOTED)

    assert not any("rollback" in line for line in offers(dead, trouble, holds("new")))


def test_what_a_controller_writes_is_nobodys_to_choose() -> None:
    with ledger() as known:
        plan = Life(Scene(TRAITS["twilio"], 2), known, CREDENTIAL).rotation
    written, copy = plan.targets[0], replace(plan.targets[1], mirror=True)
    stopped = replace(plan, targets=(written, copy), trouble=Trouble.STRANGER, resumes=State.VERIFIED)
    seen = [Seen("7", what, {}, Payload({})) for what in ("third", stopped.old_fp)]

    lines = tuple(offers(stopped, Trouble.STRANGER, Outside(seen)))

    assert any(f"--leave {written.place}" in line for line in lines)
    assert not any(copy.place in line for line in lines)


def test_a_place_that_a_shell_would_run_is_one_word_of_what_is_offered() -> None:
    with ledger() as known:
        plan = Life(Scene(TRAITS["twilio"], 1), known, CREDENTIAL).rotation
    target = replace(plan.targets[0], place="v:a $(touch pwned)#K")
    stopped = replace(plan, targets=(target,), trouble=Trouble.STRANGER, resumes=State.VERIFIED)

    over, leave, *_ = (line.split("`")[1] for line in (*offers(stopped, Trouble.STRANGER, holds("third")),)[1:])

    assert shlex.split(over)[3:] == ["--overwrite", "v:a $(touch pwned)#K@7"]
    assert shlex.split(leave)[3:] == ["--leave", "v:a $(touch pwned)#K"]


@pytest.fixture
def asked() -> Iterator[Life]:
    """Two keys were made in the moment of a create that got no answer."""
    with ledger() as known:
        played: Played = play(Schedule(TRAITS["gcp"], 1), known, CREDENTIAL)
    with ledger() as known:
        plan = {where(played.calls, "MINT"): Fault.AFTER}
        life = Life(Scene(TRAITS["gcp"], 1, plan), known, CREDENTIAL, dict.fromkeys(plan, makes_key))
        life.process()
        yield life


def test_a_stop_names_the_keys_that_are_meant_in_commands_to_paste(asked: Life) -> None:
    with asked.ledger.read() as db:
        (said,) = db.execute("select said from outbox where about = 'stopped'").fetchone()
    resume = f"credwatch resume cw-{asked.rotation.id}"
    theirs, ours = sorted(set(asked.scene.vendor.keys) - asked.rotation.snapshot)

    assert asked.rotation.trouble is Trouble.CANDIDATES
    assert [f"{resume} --{what} {key}`" in said for what in ("adopt", "leave") for key in (theirs, ours)] == [True] * 4
    assert "KEY`" not in said
