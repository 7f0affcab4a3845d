"""A key that bears no mark and came to be after its create was given up: told as what it is, and a person says whose."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from credwatch.model.rotating import State
from credwatch.rotation.choosing import Choice, ChoiceError, resume
from credwatch.rotation.confirming import end_here
from credwatch.rotation.tidying import tidy, wonder
from tests.rotation.harness.acts import ACTS
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import DAY, Life
from tests.rotation.harness.play import Played, finish, play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.vendors import MINTERS
from tests.rotation.mutants.chosen import where

_HELD = (
    "insert into copy (credential_id, place, provider, locator, version, labels, missing, since, seen_at, sweep_id)"
    " values (?, 'vault:a#K', 'vault', 'a', '1', '{}', '[]', 0, 0, 1)"
)
GCP, TWILIO = (next(each for each in MINTERS if each.name == name) for name in ("gcp", "twilio"))


def calls() -> list[str]:
    with ledger() as known:
        played: Played = play(Schedule(GCP, 1), known, CREDENTIAL)
        return played.calls


@pytest.fixture
def done() -> Iterator[Life]:
    """It is done, and one of its creates was carried out long after it had been given up."""
    with ledger() as known:
        life = Life(Scene(GCP, 1, {where(calls(), "MINT"): Fault.VERY_LATE}), known, CREDENTIAL)
        finish(life, 0)
        assert life.rotation.state is State.DONE
        yield life


def late(life: Life) -> str:
    (found,) = (id_ for id_ in life.scene.vendor.made if id_ != life.rotation.new.key_id)
    return found


def said(life: Life) -> list[str]:
    """What was told of such keys."""
    with life.ledger.read() as db:
        rows = db.execute("select said from outbox where step glob 'perhaps:*' or step glob 'claimed:*' order by id")
        return [json.loads(row[0])["words"] for row in rows]


def test_it_is_told_with_its_time_and_both_ways_out_and_is_not_deleted(done: Life) -> None:
    key, name = late(done), f"cw-{done.rotation.id}"

    (words,) = said(done)
    assert words.split(". ", 1) == [
        f"{key} was made 23 Nov 10:11 UTC, when a create of ours got no answer, and nobody uses it: perhaps ours",
        f"Ours, delete it: `credwatch resume {name} --adopt {key}` · not ours: `credwatch resume {name} --leave {key}`",
    ]
    assert key in done.scene.vendor.keys


def test_it_is_told_once_however_often_it_is_looked_at(done: Life) -> None:
    for _ in range(3):
        done.scene.time.passes(DAY)
        assert wonder(done.run()) == [late(done)]

    assert len(said(done)) == 1


def test_ours_is_removed_by_its_exact_id(done: Life) -> None:
    key = late(done)
    before = set(done.scene.vendor.keys)
    resume(done.run(), Choice(adopt=key), "ana")

    assert set(done.scene.vendor.keys) == before - {key}
    assert said(done)[1:] == [f"{key} is removed: it was ours (ana)"]
    assert done.observer.wrong == []


def test_what_is_not_ours_stays_and_is_not_asked_for_again(done: Life) -> None:
    key = late(done)
    resume(done.run(), Choice(leave_key=key), "ana")

    assert key in done.scene.vendor.keys
    assert (wonder(done.run()), tidy(done.run())) == ([], [])
    assert said(done)[1:] == [f"{key} stays: it is not ours (ana)"]


def test_no_other_key_can_be_named(done: Life) -> None:
    before = set(done.scene.vendor.keys)
    for other in (done.rotation.new.key_id or "", done.scene.other.id, "KEY9"):
        with pytest.raises(ChoiceError, match="none of the keys"):
            resume(done.run(), Choice(adopt=other), "ana")

    assert set(done.scene.vendor.keys) == before


def test_a_key_that_is_used_or_held_or_made_at_another_time_is_nobody_elses_business(done: Life) -> None:
    key = done.scene.vendor.keys[late(done)]
    created = key.created
    key.used = created
    used = wonder(done.run())
    key.used, key.created = None, created + DAY
    later = wonder(done.run())
    key.created = created
    with done.ledger.transaction() as db:
        db.execute("update credential set key_id = ?", (key.id,))
        db.execute(_HELD, (CREDENTIAL,))
    held = wonder(done.run())

    assert (used, later, held) == ([], [], [])


def test_where_every_create_was_answered_a_new_key_is_somebody_elses() -> None:
    with ledger() as known:
        life = Life(Scene(GCP, 1), known, CREDENTIAL)
        life.process()
        life.scene.vendor.add("")
        finish(life, 0)

        assert wonder(life.run()) == []


@pytest.mark.parametrize(("fault", "left_over"), [(Fault.AFTER, True), (Fault.REFUSED, False)])
def test_what_no_list_shows_is_named_at_the_end_of_a_create_that_got_no_answer(fault: Fault, left_over: bool) -> None:  # noqa: FBT001  a row
    traits = next(each for each in MINTERS if each.name == "auth token")
    with ledger() as known:
        mint = where(play(Schedule(traits, 1), known, CREDENTIAL).calls, "MINT")
    with ledger() as known:
        life = Life(Scene(traits, 1, {mint: fault}), known, CREDENTIAL, {mint + 1: ACTS["abort"]})
        finish(life, 0)
        with known.read() as db:
            (said,) = db.execute("select said from outbox where step = 'aborted'").fetchone()

    assert life.rotation.state is State.ABORTED
    assert ("A second one may be left over" in said) is left_over


def test_a_new_key_that_was_live_stays_where_it_was_ended_here_only() -> None:
    """A person was told to see to it by hand, and who loaded it may use it still."""
    with ledger() as known:
        life = Life(Scene(TWILIO, 1), known, CREDENTIAL)
        while life.rotation.state is not State.GRACE:
            life.process()
        new, (target,), old = life.rotation.new.key_id, life.scene.targets, life.scene.old
        life.rotation = end_here(life.journal, life.rotation, "ana", life.scene.time.now())
        life.scene.write(target, old.id, old.value)
        life.scene.time.passes(DAY)

        assert tidy(life.run()) == [target.place]
        assert new in life.scene.vendor.keys
