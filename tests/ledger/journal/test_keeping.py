"""A rotation comes back as it was kept, and is moved by one at a time."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from credwatch.errors import LedgerError
from credwatch.ledger.journal import Busy, Journal, Milestone
from credwatch.ledger.journal.columns import PLACE, ROTATION
from credwatch.model.rotating import ENDED, PlaceState, Rotation, State, Step, Target, Turn
from tests.ledger.journal.world import FULL, OLD, ONE, TWO, begun, moved, planned, without_times
from tests.ledger.world import DAY, HOUR, MINUTE, START, World

FIELDS = sorted(FULL)


def test_it_comes_back_as_it_was_begun(journal: Journal) -> None:
    wanted = planned(journal, next_try_at=START + HOUR, **FULL)

    kept = journal.begin(wanted, START)

    assert without_times(kept) == wanted
    assert (kept.begun_at, kept.updated_at) == (START, START)
    assert journal.one(wanted.id) == kept


@pytest.mark.parametrize("field", FIELDS)
def test_a_turn_changes_the_field_that_it_names_and_no_other(journal: Journal, field: str) -> None:
    before = begun(journal)

    after = journal.move(before, Turn(changes={field: FULL[field]}), START + MINUTE)

    assert FULL[field] != getattr(before, field)
    assert after == replace(before, **{field: FULL[field]}, updated_at=START + MINUTE)
    assert journal.one(before.id) == after


@pytest.mark.parametrize("field", [name for name in FIELDS if getattr(Rotation, name, "") is None])
def test_what_was_set_can_be_nothing_again(journal: Journal, field: str) -> None:
    before = begun(journal, **FULL)

    assert getattr(journal.move(before, Turn(changes={field: None}), START), field) is None


def test_every_field_has_a_column_and_is_tried_here() -> None:
    of_rotation = {one.name for one in fields(Rotation)} - {"targets"}
    given = {"id", "credential", "kind", "minter", "old", "old_fp", "state", "next_try_at", "begun_at", "updated_at"}

    assert ROTATION.keys() == of_rotation == FULL.keys() | given
    assert PLACE.keys() == {one.name for one in fields(Target)}


def test_a_turn_says_where_it_goes_and_when_to_look_again(journal: Journal) -> None:
    before = begun(journal, next_try_at=START)

    after = journal.move(before, Turn(State.PREPARED, at=START + HOUR), START)
    last = journal.move(after, Turn(), START)

    assert (after.state, after.next_try_at, last.state, last.next_try_at) == (
        State.PREPARED,
        START + HOUR,
        State.PREPARED,
        None,
    )


@pytest.mark.parametrize("targets", [(), (TWO,), (TWO, ONE), (replace(ONE, state=PlaceState.LEFT), TWO)])
def test_its_places_are_replaced_in_their_order(journal: Journal, targets: tuple[Target, ...]) -> None:
    before = begun(journal)

    after = journal.move(before, Turn(targets=targets), START)

    assert (before.targets, after.targets, journal.one(before.id).targets) == ((ONE, TWO), targets, targets)


def test_two_cannot_move_it_from_the_same_state(journal: Journal) -> None:
    before = begun(journal)
    journal.move(before, Turn(State.PREPARED), START + MINUTE)

    with pytest.raises(LedgerError, match="moved by another process"):
        journal.move(before, Turn(State.REJECTED), START + MINUTE)

    assert journal.one(before.id).state is State.PREPARED


@pytest.mark.parametrize("later", [timedelta(0), MINUTE, -5 * DAY], ids=str)
def test_who_read_it_before_a_move_that_kept_its_state_may_not_write(journal: Journal, later: timedelta) -> None:
    before = begun(journal)
    between = journal.move(before, Turn(changes={"tries": 1}), START + later)
    journal.move(between, Turn(changes={"tries": 2}), START + later)

    for stale in (before, between):
        with pytest.raises(LedgerError, match="moved by another process"):
            journal.move(stale, Turn(changes={"tries": 9}), START + later)

    assert journal.one(before.id).tries == 2


def test_who_read_another_state_at_the_same_moment_may_not_write(world: World, journal: Journal) -> None:
    before = begun(journal)
    with world.ledger.transaction() as db:
        db.execute("update rotation set state = 'grace'")

    with pytest.raises(LedgerError, match="moved by another process"):
        journal.move(before, Turn(State.PREPARED), START + MINUTE)

    assert journal.one(before.id).state is State.GRACE


@pytest.mark.parametrize("state", sorted(ENDED))
def test_nothing_leads_out_of_an_end(journal: Journal, state: State) -> None:
    over = moved(journal, begun(journal), state)

    with pytest.raises(LedgerError, match=f"has ended \\({state}\\)"):
        journal.move(over, Turn(State.GRACE), START)

    assert journal.move(over, Turn(changes={"reason": "swept"}), START).reason == "swept"


def broken_turns() -> list[Any]:
    bad = Turn(State.CREATING, changes={"tries": 1}, targets=(TWO,))
    return [
        pytest.param(replace(bad, targets=(ONE, ONE)), {}, id="a place twice"),
        pytest.param(replace(bad, changes={"tries": b"x"}), {}, id="a wrong field"),
        pytest.param(bad, {"intent": (Step.MINT, object())}, id="an intent that cannot be kept"),
        pytest.param(bad, {"milestones": [Milestone("made"), Milestone("x", words=b"x")]}, id="a wrong milestone"),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(("turn", "how"), broken_turns())
def test_a_turn_that_fails_anywhere_leaves_nothing(world: World, journal: Journal, turn: Turn, how: Any) -> None:
    before = moved(journal, begun(journal), State.PREPARED)
    tables = ("rotation", "rotation_place", "journal", "outbox", "meta")
    kept = [world.rows(f"select * from {table}") for table in tables]  # noqa: S608  the tests' own names

    with pytest.raises((LedgerError, sqlite3.IntegrityError, TypeError, AttributeError)):
        journal.move(before, turn, START, **how)

    assert [world.rows(f"select * from {table}") for table in tables] == kept  # noqa: S608  the same


@pytest.mark.parametrize("state", [state for state in State if state not in ENDED])
def test_a_credential_has_one_at_a_time(world: World, journal: Journal, state: State) -> None:
    first = moved(journal, begun(journal), state) if state is not State.PLANNED else begun(journal)

    with pytest.raises(Busy, match=f"credwatch rotations show cw-{first.id}") as busy:
        begun(journal)

    assert busy.value.rotation == first.id
    assert (world.count("rotation"), begun(journal, "c-2").credential) == (1, "c-2")


@pytest.mark.parametrize("state", sorted(ENDED))
def test_when_it_has_ended_the_credential_may_have_another(journal: Journal, state: State) -> None:
    moved(journal, begun(journal), state)

    assert begun(journal).credential == "c-1"


def test_the_database_itself_takes_no_second_one(world: World, journal: Journal) -> None:
    begun(journal)
    other = begun(journal, "c-2")

    with pytest.raises(sqlite3.IntegrityError), world.ledger.transaction() as db:
        db.execute("update rotation set credential = 'c-1' where id = ?", (other.id,))


def test_the_newest_come_first_and_what_has_ended_is_not_active(journal: Journal) -> None:
    ids = [begun(journal, f"c-{number}", at=START + number * HOUR).id for number in range(4)]
    moved(journal, journal.one(ids[1]), State.DONE)

    assert [one.id for one in journal.active()] == [ids[0], ids[2], ids[3]]
    assert [one.id for one in journal.recent(3)] == [ids[3], ids[2], ids[1]]


@pytest.mark.parametrize(
    ("state", "changes", "at", "is_due"),
    [
        (None, {}, None, True),
        (None, {}, START, True),
        (None, {}, START - DAY, True),
        (None, {}, START + MINUTE, False),
        (None, {}, START + DAY, False),
        (None, {}, START + DAY + MINUTE, True),
        (State.GRACE, {}, None, True),
        (State.NEEDS_OPERATOR, {}, None, False),
        (None, {"paused": True}, None, False),
        (State.DONE, {}, None, False),
    ],
)
def test_what_is_due(journal: Journal, state: State | None, changes: Any, at: datetime | None, is_due: bool) -> None:  # noqa: FBT001  a row
    journal.move(begun(journal), Turn(state, at=at, changes=changes), START)

    assert bool(journal.due(START)) is is_due


NAMES = ["01M7VYAAAAAAAAAAAAAAAAAAAA", "01M7VYAAABAAAAAAAAAAAAAAAA", "01M8ZZZZZZZZZZZZZZZZZZZZZZ"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (NAMES[0], NAMES[0]),
        (f"cw-{NAMES[0]}", NAMES[0]),
        (f" CW-{NAMES[2].lower()} ", NAMES[2]),
        ("01M8ZZ", NAMES[2]),
        ("cw-01m8zz", NAMES[2]),
        ("cw-01M7VYAAAB", NAMES[1]),
        ("01M7VY", "could be cw-01M7VYAAAAAAAAAAAAAAAAAAAA, cw-01M7VYAAABAAAAAAAAAAAAAAAA: write more"),
        ("01M8Z", "at least 6 letters"),
        ("", "at least 6 letters"),
        ("cw-", "at least 6 letters"),
        ("01M8ZZ%", "at least 6 letters"),
        ("01M9ZZ", "no rotation is called cw-01M9ZZ. credwatch rotations"),
    ],
)
def test_it_is_found_by_the_only_beginning(journal: Journal, asked: str, found: str) -> None:
    for number, name in enumerate(NAMES):
        begun(journal, f"c-{number}", id=name)

    if found in NAMES:
        assert journal.one(asked).id == found
    else:
        with pytest.raises(LedgerError, match=re.escape(found)):
            journal.one(asked)


def test_an_id_begins_with_its_time_and_no_two_are_the_same(journal: Journal) -> None:
    early, late = journal.new_id(START), journal.new_id(START + timedelta(milliseconds=1))
    many = {journal.new_id(START) for _ in range(200)}

    assert (len(many), {len(one) for one in many}, {one[:10] for one in many}) == (200, {26}, {early[:10]})
    assert early[:10] < late[:10]
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", early)
    assert len(f"cw-{early}-1") <= 32


def test_what_a_key_was_like_is_kept_with_it(journal: Journal) -> None:
    assert journal.one(begun(journal).id).old == OLD
