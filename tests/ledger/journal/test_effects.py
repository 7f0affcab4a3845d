"""Every effect has its intent before it, under one key, in a chain that shows what was changed."""

from __future__ import annotations

import fcntl
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from credwatch.errors import LedgerError
from credwatch.ledger.audit import digest_of
from credwatch.ledger.journal import Journal
from credwatch.model.rotating import Entry, Phase, Rotation, State, Step, Turn
from tests.ledger.journal.world import begun, journal_of, moved
from tests.ledger.world import HOUR, MINUTE, START, World

A, B = "vault:kv/a#KEY", "aws:eu-west-1/b"


def outcome(journal: Journal, entry: Entry, phase: Phase = Phase.DONE, detail: str = "") -> None:
    journal.outcome(entry, phase, detail, START + MINUTE)


def effect(journal: Journal, rotation: Rotation, step: Step, place: str = "", phase: Phase = Phase.DONE) -> Entry:
    entry = journal.intent(rotation, step, place, START)
    outcome(journal, entry, phase)
    return entry


def test_an_intent_is_kept_before_anything_is_done(kept: World) -> None:
    journal = journal_of(kept)
    entry = journal.intent(begun(journal), Step.STAGE, A, START)

    assert (entry.phase, entry.step, entry.place, entry.attempt, entry.at) == (Phase.INTENT, Step.STAGE, A, 1, START)
    assert kept.column("select phase from journal where idem_key = ?", entry.key) == ["intent"]
    assert not kept.ledger._connection.db.in_transaction


def test_the_token_is_a_uuid_that_only_its_effect_has(journal: Journal) -> None:
    one = begun(journal)
    other = begun(journal, "c-2")
    again = replace(one, attempt=2)
    bounced = replace(one, bounces=1)
    keys = [
        journal.intent(rotation, step, place, START).key
        for rotation, step, place in [
            (one, Step.STAGE, A),
            (one, Step.STAGE, B),
            (one, Step.PROMOTE, A),
            (again, Step.STAGE, A),
            (bounced, Step.STAGE, A),
            (other, Step.STAGE, A),
        ]
    ]

    assert len(set(keys)) == len(keys)
    assert {UUID(key).version for key in keys} == {5}


def test_who_comes_back_finds_the_intent_and_adds_an_outcome(world: World, journal: Journal) -> None:
    rotation = begun(journal)
    first = journal.intent(rotation, Step.STAGE, A, START)
    outcome(journal, first, Phase.UNKNOWN, "no answer")
    again = journal.intent(rotation, Step.STAGE, A, START + HOUR)
    outcome(journal, again, Phase.UNKNOWN)
    outcome(journal, again, Phase.DONE)

    assert again == first
    assert [
        (row["phase"], row["n"]) for row in world.rows("select * from journal where step = 'stage' order by seq")
    ] == [
        ("intent", 0),
        ("unknown", 1),
        ("unknown", 2),
        ("done", 3),
    ]


def test_the_state_and_the_intent_of_what_comes_next_are_kept_together(world: World, journal: Journal) -> None:
    prepared = moved(journal, begun(journal), State.PREPARED)

    creating = journal.move(prepared, Turn(State.CREATING, changes={"attempt": 2}), START, intent=(Step.MINT, ""))

    last = journal.last(creating, Step.MINT)
    assert last is not None
    assert (last.phase, last.attempt, creating.state) == (Phase.INTENT, 2, State.CREATING)
    assert journal.intent(creating, Step.MINT, "", START + HOUR) == last
    assert world.column("select step from journal order by seq desc limit 2") == ["mint", "move"]


def test_a_turn_may_name_the_intent_itself(journal: Journal) -> None:
    creating = journal.move(begun(journal), Turn(State.CREATING, intent=(Step.MINT, "")), START)

    assert journal.last(creating, Step.MINT) is not None


def test_the_last_word_is_of_this_attempt_and_place_whatever_bounced(journal: Journal) -> None:
    rotation = begun(journal)
    effect(journal, rotation, Step.STAGE, A, Phase.UNKNOWN)
    effect(journal, rotation, Step.STAGE, B)
    effect(journal, replace(rotation, bounces=1), Step.STAGE, A, Phase.FAILED)
    journal.intent(replace(rotation, attempt=2), Step.STAGE, A, START)

    last = journal.last(rotation, Step.STAGE, A)
    assert last is not None
    assert (last.phase, last.place, last.attempt) == (Phase.FAILED, A, 1)
    assert journal.last(rotation, Step.STAGE) is None
    assert journal.last(begun(journal, "c-2"), Step.STAGE, A) is None


def test_the_entries_of_one_tell_its_whole_course(journal: Journal) -> None:
    rotation = begun(journal, reason="its date is near")
    effect(journal, begun(journal, "c-2"), Step.MINT)
    rotation = journal.move(rotation, Turn(State.PREPARED, detail="all holds"), START)
    effect(journal, rotation, Step.MINT)

    found = journal.entries(f"cw-{rotation.id}")

    assert [(one.step, one.phase, one.detail) for one in found] == [
        (Step.MOVE, Phase.DONE, "planned: its date is near"),
        (Step.MOVE, Phase.DONE, "prepared: all holds"),
        (Step.MINT, Phase.INTENT, ""),
        (Step.MINT, Phase.DONE, ""),
    ]
    assert {one.rotation for one in found} == {rotation.id}


def test_a_turn_that_keeps_its_state_adds_no_row(world: World, journal: Journal) -> None:
    rotation = begun(journal)

    journal.move(rotation, Turn(State.PLANNED, at=START + HOUR, detail="again"), START)

    assert world.count("journal") == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("403\nforbidden\r\n", "403 forbidden"),
        ("x" * 600, "x" * 500),
        ("a\0b", "a%00b"),
        ("\ud800", "%ED%A0%80"),
        ("", ""),
    ],
)
def test_a_detail_is_one_line_that_can_be_held(journal: Journal, said: str, kept: str) -> None:
    rotation = begun(journal)
    outcome(journal, journal.intent(rotation, Step.MINT, "", START), Phase.FAILED, said)

    last = journal.last(rotation, Step.MINT)
    assert last is not None
    assert last.detail == kept


def test_an_intent_is_no_outcome(journal: Journal) -> None:
    entry = journal.intent(begun(journal), Step.MINT, "", START)

    with pytest.raises(LedgerError, match="no outcome"):
        outcome(journal, entry, Phase.INTENT)


EDITS: list[Any] = [
    ("select 1", None),
    ("update journal set at = at + 1 where seq = 2", 2),
    ("update journal set detail = 'ok' where seq = 3", 3),
    ("update journal set phase = 'failed' where seq = 3", 3),
    ("update journal set place = 'vault:other' where seq = 2", 2),
    ("update journal set step = 'revoke' where seq = 2", 2),
    ("update journal set attempt = 9 where seq = 2", 2),
    ("update journal set idem_key = 'x' where seq = 2", 2),
    ("update journal set n = 7 where seq = 3", 3),
    ("update journal set hash = 'x' where seq = 2", 2),
    ("update journal set prev_hash = 'x' where seq = 2", 2),
    ("update journal set rotation_id = (select max(id) from rotation) where seq = 1", 1),
    ("delete from journal where seq = 1", 1),
    ("delete from journal where seq = 2", 2),
    ("update journal set seq = seq + 10 where seq = 4", 4),
    ("delete from journal where seq = 4", 4),
    ("delete from journal", 1),
    ("delete from meta where key = 'journal_head'", 5),
    ("update meta set value = '3:x' where key = 'journal_head'", 5),
]


@pytest.mark.parametrize(("edit", "first_bad"), EDITS, ids=[edit for edit, _ in EDITS])
def test_the_chain_shows_what_was_changed(world: World, journal: Journal, edit: str, first_bad: int | None) -> None:
    rotation = begun(journal)
    effect(journal, rotation, Step.MINT)
    begun(journal, "c-2", id="7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
    with world.ledger.transaction() as db:
        db.execute(edit)

    assert journal.verify() == first_bad


def test_one_row_that_was_forged_with_its_hash_does_not_fit_the_next(world: World, journal: Journal) -> None:
    effect(journal, begun(journal), Step.MINT)
    said = "seq, rotation_id, attempt, step, place, phase, idem_key, n, at, 'forged', prev_hash"
    with world.ledger.transaction() as db:
        forged = digest_of(*db.execute(f"select {said} from journal where seq = 2").fetchone())  # noqa: S608  constants
        db.execute("update journal set detail = 'forged', hash = ? where seq = 2", (forged,))

    assert journal.verify() == 3


def other_may_write(directory: Path) -> bool:
    """Whether another process could write now."""
    with (directory / "ledger.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_whoever_writes_is_alone(kept: World) -> None:
    directory, journal = kept.ledger.directory, journal_of(kept)
    assert directory is not None
    seen: list[bool] = []

    def look(statement: str) -> None:
        if statement.split(maxsplit=1)[0] in {"insert", "update", "delete"}:
            seen.append(other_may_write(directory))

    kept.ledger._connection.db.set_trace_callback(look)
    rotation = journal.move(begun(journal), Turn(State.PREPARED), START)
    effect(journal, rotation, Step.MINT)
    journal.pause_all("", "ana", START)
    journal.unpause_all("ana", START)
    kept.ledger._connection.db.set_trace_callback(None)

    assert (len(seen) > 10, set(seen), other_may_write(directory)) == (True, {False}, True)


def test_an_empty_chain_is_whole(journal: Journal) -> None:
    assert journal.verify() is None
