"""A new key that a place holds is in use: it is not deleted, whoever put it there and whatever the ledger remembers."""

from __future__ import annotations

import shutil

import pytest

from credwatch.model.rotating import Rotation, State, Trouble, Turn
from tests.cli.rotating.yard import PROD, Yard


@pytest.fixture
def restored(yard: Yard) -> Yard:
    """The new key is live, and the ledger is one that was saved in the moment in which it was made."""
    saved = yard.folder / "saved"

    def meanwhile(_: Rotation, turn: Turn) -> None:
        if turn.to is State.CREATING:
            shutil.copytree(yard.folder / "data", saved)

    with yard.shop() as shop:
        yard.begun(shop, said=meanwhile)
    assert yard.state() is State.GRACE
    shutil.rmtree(yard.folder / "data")
    shutil.copytree(saved, yard.folder / "data")
    yard.later(hours=3)
    return yard


def turns(yard: Yard, **length: float) -> None:
    for _ in range(4):
        yard.later(**length)
        yard.run("--quiet", "rotate", "--due")


def test_gone_back_from_it_stays_where_somebody_else_put_it(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    new = yard.held("prod")
    yard.scene.put("voice/staging", DEEPGRAM_API_KEY=new)
    yard.sweep()

    yard.run("--quiet", "rollback", yard.id)
    turns(yard, hours=13)

    assert (yard.state(), yard.held("prod"), yard.held("staging")) == (State.ROLLED_BACK, yard.old.value, new)
    assert yard.alive() == {yard.old.value, new}


def test_gone_back_from_it_goes_when_nobody_holds_it(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.sweep()

    yard.run("--quiet", "rollback", yard.id)
    turns(yard, hours=13)

    assert (yard.state(), yard.alive()) == (State.ROLLED_BACK, {yard.old.value})


def test_made_before_the_ledger_was_saved_it_stays_where_the_watch_sees_it(restored: Yard) -> None:
    new = restored.held("prod")
    restored.sweep()

    turns(restored, minutes=13)
    turns(restored, hours=25)

    assert (restored.state(), restored.held("prod")) == (State.ABORTED, new)
    assert new in restored.alive()


def test_made_before_the_ledger_was_saved_a_person_is_asked_where_nobody_has_looked_yet(restored: Yard) -> None:
    new = restored.held("prod")

    turns(restored, minutes=13)

    assert (restored.state(), restored.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.CANDIDATES)
    assert new in restored.alive()


def test_that_it_is_ours_to_delete_is_not_taken_for_true_while_a_place_holds_it(
    restored: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    new = restored.held("prod")
    turns(restored, minutes=13)
    restored.sweep()
    (key,) = [one for one in restored.scene.deepgram.listed("p-1") if one.value == new]

    assert restored.run("resume", restored.id, "--adopt", str(key.id)) == 64

    assert f"is held in {PROD.replace('prod#', 'eu#')}, {PROD}: it is in use" in capsys.readouterr().err
    assert new in restored.alive()
