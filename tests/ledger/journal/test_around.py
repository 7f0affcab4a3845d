"""What sweeps, time and people do around a rotation: keys that turn out to be one, what is forgotten, a clock that jumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from credwatch.ledger import Ledger
from credwatch.ledger.journal import Busy, Journal, Milestone
from credwatch.model import Facts, Judgement, Memory, Status
from credwatch.model.rotating import PlaceState, State, Step, Trouble, Turn
from tests.ledger.journal.world import FULL, begun, journal_of, moved
from tests.ledger.world import BY_HINT, DAY, HOUR, MINUTE, START, World, judged, listed, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"


# -- two credentials turn out to be one --------------------------------------------------------------------------------


def two_keys(world: World) -> tuple[str, str]:
    """A value, and after it a line of the vendor's list: not known to be one key. The older one, and the younger one."""
    world.sweep(seen(A, "f1", kind=BY_HINT))
    world.sweep(seen(A, "f1", kind=BY_HINT), listed("vault", "k1", kind=BY_HINT))
    older, younger = world.column("select id from credential order by first_seen")
    return older, younger


def join(world: World) -> None:
    world.sweep(seen(A, "f1", kind=BY_HINT, told="k1"), listed("vault", "k1", kind=BY_HINT))
    assert world.count("credential") == 1


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("state", [State.GRACE, State.NEEDS_OPERATOR, State.DONE])
def test_its_rotation_follows_the_key(world: World, journal: Journal, which: int, state: State) -> None:
    keys = two_keys(world)
    rotation = moved(journal, begun(journal, keys[which]), state)

    join(world)

    assert journal.one(rotation.id) == replace(rotation, credential=keys[0])
    if state is not State.DONE:
        with pytest.raises(Busy):
            begun(journal, keys[0])


@pytest.mark.parametrize("first", [0, 1], ids=["of the one that stays", "of the one that goes"])
@pytest.mark.parametrize("state", [State.PLANNED, State.GRACE, State.NEEDS_OPERATOR])
def test_of_two_under_way_the_younger_waits_for_a_person(
    world: World, journal: Journal, first: int, state: State
) -> None:
    keys = two_keys(world)
    older = begun(journal, keys[first], at=START)
    younger = begun(journal, keys[1 - first], at=START + HOUR)
    if state is not State.PLANNED:
        changes = {"resumes": State.STAGED, "trouble": Trouble.LIMIT} if state is State.NEEDS_OPERATOR else {}
        younger = journal.move(younger, Turn(state, changes=changes), START + HOUR)

    join(world)

    assert journal.one(older.id) == replace(older, credential=keys[0])
    held_back = journal.one(younger.id)
    resumes = State.STAGED if state is State.NEEDS_OPERATOR else state
    assert (held_back.state, held_back.trouble, held_back.resumes) == (State.NEEDS_OPERATOR, Trouble.JOINED, resumes)
    assert held_back.reason == f"its key turned out to be the one that cw-{older.id} rotates"
    assert world.column("select subject from outbox where about = 'stopped'") == [f"cw-{younger.id}!1"]
    assert journal.verify() is None
    assert [one.id for one in journal.active()] == [older.id, younger.id]


@pytest.mark.parametrize("live", [False, True])
def test_who_is_held_back_is_told_the_way_out_that_there_is(world: World, journal: Journal, *, live: bool) -> None:
    keys = two_keys(world)
    begun(journal, keys[0], at=START)
    younger = begun(journal, keys[1], at=START + HOUR)
    state = PlaceState.PROMOTED if live else PlaceState.STAGED
    targets = tuple(replace(one, state=state) for one in younger.targets)
    journal.move(younger, Turn(State.VERIFIED, targets=targets), START + HOUR)

    join(world)

    (said,) = world.column("select said from outbox where about = 'stopped'")
    assert f"`credwatch {'rollback' if live else 'abort'} cw-{younger.id}`" in said


def test_one_that_revokes_already_is_not_held_back_as_it_has_no_way_out(world: World, journal: Journal) -> None:
    keys = two_keys(world)
    begun(journal, keys[0], at=START)
    younger = moved(journal, begun(journal, keys[1], at=START + HOUR), State.REVOKING)

    join(world)

    assert journal.one(younger.id).state is State.REVOKING


def test_who_is_held_back_can_be_ended(world: World, journal: Journal) -> None:
    keys = two_keys(world)
    older, younger = begun(journal, keys[0]), begun(journal, keys[1], at=START + HOUR)
    join(world)

    over = moved(journal, journal.one(younger.id), State.ABORTED)

    assert (over.state, [one.id for one in journal.active()]) == (State.ABORTED, [older.id])


def test_keys_that_nobody_rotates_join_as_before(world: World) -> None:
    two_keys(world)

    join(world)

    assert [world.count(table) for table in ("rotation", "journal", "outbox")] == [0, 0, 0]


# -- what a successor is made like -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "remembered"),
    [
        ([None], None),
        ([{}], {}),
        ([{"tags": "voice"}], {"tags": "voice"}),
        ([{"tags": "voice"}, None], {"tags": "voice"}),
        ([{"tags": "voice"}, {"limit": "10"}], {"limit": "10"}),
        ([{"na\0me": "v\0"}], {"na%00me": "v%00"}),
    ],
)
def test_traits_are_remembered_until_somebody_says_others(world: World, said: list[Any], remembered: Any) -> None:
    for traits in said:
        world.sweep(seen(A, "f1"), listed("vault", "SK1", traits=traits))

    (facts,) = [one.facts for one in world.memories().values() if one.facts.key_id == "SK1"]
    assert facts.traits == remembered


def test_traits_of_a_key_that_was_joined_come_with_it(world: World) -> None:
    world.sweep(seen(A, "f1", kind=BY_HINT))
    world.sweep(seen(A, "f1", kind=BY_HINT), listed("vault", "k1", kind=BY_HINT, traits={"tags": "voice"}))
    world.sweep(seen(A, "f1", kind=BY_HINT, told="k1"))

    (memory,) = world.memories().values()
    assert memory.facts.traits == {"tags": "voice"}


# -- what is forgotten -------------------------------------------------------------------------------------------------


def gone(memory: Memory, _now: datetime) -> Judgement:
    return judged(Status.OK if any(held.ended_at is None for held in memory.held) else Status.GONE)


@pytest.mark.parametrize(("state", "stays"), [(State.GRACE, True), (State.DONE, False)])
def test_what_is_rotated_is_not_forgotten(world: World, journal: Journal, state: State, stays: bool) -> None:  # noqa: FBT001  a row
    world.sweep(seen(A, "f1"), judge=gone)
    key = world.one("select id from credential")
    rotation = journal.move(begun(journal, key), Turn(State.CREATED), START, milestones=[Milestone("made")])
    moved(journal, rotation, state)
    with world.ledger.transaction() as db:
        db.execute("update outbox set state = 'told', told_at = 1")
    world.sweep(judge=gone)
    before = world.count("journal")

    world.ledger.prune(START + 400 * DAY, 30 * DAY)

    assert (world.count("credential"), world.count("outbox")) == ((1, 1) if stays else (0, 0))
    assert [world.count(table) for table in ("rotation", "rotation_place", "journal")] == [1, 2, before if stays else 0]
    assert journal.verify() is None


# -- a clock that jumps ------------------------------------------------------------------------------------------------


def test_a_clock_that_was_ahead_leaves_nothing_in_the_future(world: World, journal: Journal) -> None:
    ahead = START + 30 * DAY
    world.sweep(seen(A, "f1"))
    times = {"prepared_at": ahead, "intent_at": ahead, "created_at": ahead, "promoted_at": ahead, "disabled_at": ahead}
    ends = {"grace_until": ahead + 36 * HOUR, "soak_until": ahead + 2 * HOUR}
    rotation = begun(journal, at=ahead)
    journal.move(rotation, Turn(State.CREATING, at=ahead + HOUR, changes={**times, **ends}), ahead)
    now = START + HOUR

    world.now = now
    world.begin()

    mended = journal.one(rotation.id)
    assert {getattr(mended, name) for name in (*times, "begun_at")} - {mended.intent_at} == {now}
    assert (mended.grace_until, mended.soak_until) == (now + 36 * HOUR, now + 2 * HOUR)
    assert (mended.intent_at, mended.next_try_at) == (START, now + MINUTE)
    assert journal.move(mended, Turn(State.CREATED), now).state is State.CREATED
    assert journal.verify() is None


def test_a_clock_that_was_right_changes_nothing(world: World, journal: Journal) -> None:
    rotation = begun(journal, **FULL, next_try_at=START + DAY)
    world.now = START + HOUR

    world.begin()

    assert journal.one(rotation.id) == rotation


def test_a_create_whose_intent_nobody_can_date_is_looked_for_in_all_of_time(world: World, journal: Journal) -> None:
    ahead = START + 30 * DAY
    rotation = journal.move(begun(journal), Turn(State.CREATING, changes={"intent_at": ahead}), ahead)
    journal.intent(rotation, Step.MINT, "", ahead)

    world.begin()

    mended = journal.one(rotation.id)
    assert mended.intent_at is not None
    assert mended.intent_at.year == 1970


# -- the file ------------------------------------------------------------------------------------------------------------


def test_what_is_committed_is_on_the_disk_and_comes_back(kept: World) -> None:
    rotation = begun(journal_of(kept), **FULL)
    directory = kept.ledger.directory
    with kept.ledger.read() as db:
        modes = [db.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]

    with Ledger.open(directory, now=START, read_only=True, mounts="") as again:
        found = Journal(again).one(rotation.id)

    assert (modes, found) == (["wal", 2, 1], rotation)
    assert found.new == Facts(key_id="SK2", scopes=frozenset(), traits={}, personal=False)
