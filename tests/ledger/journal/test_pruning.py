"""What ended goes when it is old; what is left of the journal is still one chain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.ledger.journal import Journal
from credwatch.ledger.queries.rotating import figures, tried
from credwatch.model import Facts
from credwatch.model.rotating import Phase, Rotation, State, Step, Turn
from tests.ledger.journal.world import begun
from tests.ledger.world import DAY, START, World, seen

KEEP = 60 * DAY
IDS = [f"{letter}ZZZZZZZZZZZZZZZZZZZZZZZZZ" for letter in "1234567"]


def effect(journal: Journal, rotation: Rotation, step: Step, phase: Phase = Phase.DONE) -> None:
    """It was meant, and came to this."""
    journal.outcome(journal.intent(rotation, step, "", START), phase, "", START)


def ended(journal: Journal, number: int, at: timedelta, state: State = State.DONE, **changes: object) -> Rotation:
    """One that ended so long after the start."""
    now = START + at
    rotation = begun(journal, f"c-{number}", id=IDS[number])
    effect(journal, rotation, Step.MINT)
    return journal.move(rotation, Turn(state, changes=changes), now)


def names(journal: Journal) -> list[str]:
    return sorted(one.id[0] for one in journal.recent(100))


def test_what_ended_long_ago_goes_with_its_rows_and_the_chain_is_whole(world: World, journal: Journal) -> None:
    for number, day in enumerate((0, 1, 50, 90)):
        ended(journal, number, day * DAY, State.ABORTED)
    before = world.count("journal")
    world.ledger.prune(START + 100 * DAY, KEEP)

    assert (before, names(journal), world.count("rotation_place") > 0) == (16, ["3", "4"], True)
    assert world.column("select min(seq) from journal") == [9]
    assert journal.verify() is None


def test_the_chain_goes_on_after_all_of_it_has_gone(world: World, journal: Journal) -> None:
    ended(journal, 0, 0 * DAY, State.ABORTED)
    world.ledger.prune(START + 100 * DAY, KEEP)
    empty = (world.count("journal"), journal.verify())
    ended(journal, 1, 100 * DAY)

    assert (empty, journal.verify()) == ((0, None), None)
    assert world.column("select seq from journal order by seq") == [5, 6, 7, 8]


@pytest.mark.parametrize(
    "edit",
    [
        "delete from journal where seq = 5",
        "delete from meta where key = 'journal_tail'",
        "update meta set value = '4:x' where key = 'journal_tail'",
        "update journal set detail = 'x' where seq = 5",
        "update journal set seq = seq + 10",
    ],
)
def test_what_is_changed_after_it_is_seen(world: World, journal: Journal, edit: str) -> None:
    for number, day in enumerate((0, 90)):
        ended(journal, number, day * DAY, State.ABORTED)
    world.ledger.prune(START + 100 * DAY, KEEP)
    with world.ledger.transaction() as db:
        db.execute(edit)

    assert journal.verify() == 5 or edit.startswith("delete from meta")
    assert journal.verify() is not None


def test_what_is_under_way_stays_and_all_that_came_after_it_began(world: World, journal: Journal) -> None:
    ended(journal, 0, 0 * DAY, State.ABORTED)
    begun(journal, "c-1", id=IDS[1])
    ended(journal, 2, 1 * DAY, State.ABORTED)
    world.ledger.prune(START + 400 * DAY, KEEP)

    assert names(journal) == ["2", "3"]
    assert journal.verify() is None


def test_the_last_of_a_kind_that_got_done_stays_so_that_the_next_needs_no_person(
    world: World, journal: Journal
) -> None:
    for number in range(3):
        ended(journal, number, number * DAY)
    world.ledger.prune(START + 400 * DAY, KEEP)

    assert names(journal) == ["3"]
    assert journal.counts(begun(journal, "c-9", id=IDS[6]), START + 400 * DAY).done == 1


def test_one_for_which_a_person_made_the_key_does_not_stand_for_one_that_somebody_attended(
    world: World, journal: Journal
) -> None:
    for number, minter in enumerate(("vault", "")):
        ended(journal, number, number * DAY, minter=minter)
    world.ledger.prune(START + 400 * DAY, KEEP)

    assert journal.counts(begun(journal, "c-9", id=IDS[6]), START + 400 * DAY).done == 1


def test_what_made_a_key_that_a_place_holds_stays(world: World, journal: Journal) -> None:
    world.sweep(seen("vault:kv/a#KEY", "made"))
    for number, fingerprint in enumerate(("made", "other")):
        ended(journal, number, 0 * DAY, State.ABORTED, new=Facts(key_id=f"K{number}"), new_fp=fingerprint)
    world.ledger.prune(START + 400 * DAY, KEEP)

    assert (names(journal), world.ledger.made()) == (["1"], {"made": "K0"})


def test_however_short_all_else_is_kept_a_rotation_is_for_a_month(world: World, journal: Journal) -> None:
    ended(journal, 0, 0 * DAY, State.ABORTED)
    world.ledger.prune(START + 29 * DAY, 1 * DAY)
    young = names(journal)
    world.ledger.prune(START + 31 * DAY, 1 * DAY)

    assert (young, names(journal)) == (["1"], [])


def test_failures_are_counted_though_they_have_gone(world: World, journal: Journal) -> None:
    rotation = begun(journal, "c-1", id=IDS[0])
    effect(journal, rotation, Step.MINT, Phase.FAILED)
    journal.move(rotation, Turn(State.ABORTED), START)
    before = figures(world.ledger, START).failures
    for day in (100, 200):
        world.ledger.prune(START + day * DAY, KEEP)

    assert (before, figures(world.ledger, START).failures, world.count("journal")) == (1, 1, 0)


def test_why_a_rule_did_not_begin_goes_when_it_is_old_or_the_credential_is_gone(world: World) -> None:
    world.sweep(seen("vault:kv/a#KEY", "f1"))
    (here,) = world.column("select id from credential")
    for credential in (here, "c-gone"):
        tried(world.ledger, credential, "frozen", START)
    notes = "select count(*) from meta where key glob 'rotation_tried:*'"
    counts = [*world.column(notes)]
    for day in (1, 100):
        world.ledger.prune(START + day * DAY, KEEP)
        counts += world.column(notes)

    assert counts == [2, 1, 0]
