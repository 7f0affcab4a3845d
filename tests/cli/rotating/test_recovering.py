"""recover: the ledger is lost in the middle of a rotation; what it left outside is enough to go on from."""

from __future__ import annotations

import json
import shutil

import pytest

from credwatch.model import Revoke
from credwatch.model.rotating import PlaceState, State, Trouble
from credwatch.rotation.recovering import rebuilt
from credwatch.rotation.tracing import traces
from tests.cli.rotating.yard import CONFIGURATION, EU, PROD, Yard


def lost(yard: Yard, at: State, places: int = 0) -> None:
    """The rotation comes so far, with so many places written; then the data directory is gone, and a new watch begins."""
    done = 0
    with yard.shop() as shop:

        def said(_: object, turn: object) -> None:
            nonlocal done
            done += getattr(turn, "detail", "").startswith("live in")
            if getattr(turn, "to", None) is at and done >= places:
                shop.watch.stop.set()
            if places and done == places and at is State.VERIFIED:
                shop.watch.stop.set()

        yard.begun(shop, said=said)
    shutil.rmtree(yard.folder / "data")
    yard.later(minutes=5)
    yard.sweep()
    yard.later(minutes=5)


def completed(yard: Yard) -> str:
    """A rotation has come to its end. The id of the key that replaced the old one."""
    yard.run("--quiet", "rotate", PROD, "--yes", "--now")
    yard.run("--quiet", "rotations", "revoke", yard.id)
    assert yard.state() is State.DONE
    return yard.rotation.new.key_id or ""


def forgotten(yard: Yard) -> None:
    """The data directory is gone, and a new watch has looked once."""
    shutil.rmtree(yard.folder / "data")
    yard.sweep()


STATES = [
    pytest.param(State.STAGED, 0, [PlaceState.STAGED, PlaceState.STAGED], id="stored beside"),
    pytest.param(State.VERIFIED, 1, [PlaceState.PROMOTED, PlaceState.STAGED], id="live in one of two"),
    pytest.param(State.PROMOTED, 2, [PlaceState.PROMOTED, PlaceState.PROMOTED], id="live in both"),
    pytest.param(State.GRACE, 2, [PlaceState.PROMOTED, PlaceState.PROMOTED], id="in its grace"),
]


@pytest.mark.parametrize(("at", "places", "stand"), STATES)
def test_found_and_built_anew_it_waits_and_goes_to_its_end_when_a_person_says_so(
    yard: Yard, at: State, places: int, stand: list[PlaceState]
) -> None:
    lost(yard, at, places)
    before = yard.alive()
    assert yard.run("--quiet", "recover", "--yes") == 1
    assert (yard.state(), yard.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.RECOVERED)
    assert [one.state for one in yard.rotation.targets] == stand

    yard.later(days=3)
    yard.run("--quiet", "rotate", "--due")
    assert (yard.state(), yard.alive()) == (State.NEEDS_OPERATOR, before)

    assert yard.run("--quiet", "resume", yard.id) == 0
    yard.later(hours=25)
    yard.run("--quiet", "rotate", "--due")
    assert (yard.state(), yard.alive()) == (State.CONFIRMING, before)
    yard.run("--quiet", "rotations", "revoke", yard.id)
    assert yard.state() is State.DONE
    assert yard.alive() == {yard.held("prod")} == {yard.held("eu")}
    assert yard.old.value not in yard.alive()


@pytest.mark.parametrize(("at", "places", "stand"), STATES)
def test_it_can_be_taken_back_as_well(yard: Yard, at: State, places: int, stand: list[PlaceState]) -> None:
    lost(yard, at, places)
    yard.run("--quiet", "recover", "--yes")

    if PlaceState.PROMOTED in stand:
        yard.run("--quiet", "rollback", yard.id)
        yard.later(hours=25)
        yard.run("--quiet", "rotate", "--due")
        assert yard.state() is State.ROLLED_BACK
    else:
        assert yard.run("--quiet", "abort", yard.id) == 0
        assert yard.state() is State.ABORTED
    assert (yard.alive(), yard.held("prod"), yard.held("eu")) == ({yard.old.value}, yard.old.value, yard.old.value)


def test_from_its_first_row_on_it_waits(yard: Yard) -> None:
    lost(yard, State.STAGED)
    with yard.shop(writes=False) as shop:
        (trace,), _ = traces(shop)
        rotation = rebuilt(shop, trace, "ana")

    assert (rotation.state, rotation.trouble, rotation.revoke) == (State.NEEDS_OPERATOR, Trouble.RECOVERED, Revoke.ASK)


def test_a_key_whose_value_is_nowhere_is_removed_and_another_one_made(yard: Yard) -> None:
    with yard.shop() as shop:
        name = shop.journal.new_id(yard.clock.now())
        like = yard.scene.deepgram.issue(f"voice-prod cw-{name}-1", "p-1")
    forgotten(yard)
    yard.run("--quiet", "recover", "--yes")
    assert yard.id == f"cw-{name}"

    assert yard.run("--quiet", "resume", yard.id) == 0

    assert yard.state() is State.GRACE
    assert like.value not in yard.alive()
    assert yard.held("prod") in yard.alive() - {yard.old.value}


def test_without_yes_it_is_only_said_and_nothing_is_written_anywhere(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    lost(yard, State.VERIFIED, 1)
    written = len(yard.writes())
    capsys.readouterr()

    assert yard.run("recover") == 1
    out = capsys.readouterr().out
    assert f"  {EU}  holds the new key\n  {PROD}  holds the old key; the new one lies beside" in out
    assert "Nothing was changed. credwatch recover --yes builds them anew" in out
    assert (yard.rotations(), len(yard.writes())) == ((), written)


def test_the_living_key_of_a_rotation_that_was_over_is_not_called_one_to_delete(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    completed(yard)
    name = yard.id
    forgotten(yard)
    capsys.readouterr()

    code = yard.run("recover", "--yes")
    out = capsys.readouterr().out
    assert "delete" not in out
    assert f"{name}: " in out
    assert f"  live in {EU}, {PROD}: it is over, as far as can be seen. Keep the key" in out
    assert (code, yard.rotations()) == (0, ())


def test_a_key_that_no_place_holds_beside_one_that_is_live_is_named_alone(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    live = completed(yard)
    late = yard.scene.deepgram.issue(f"voice-prod {yard.id}-2", "p-1")
    forgotten(yard)
    capsys.readouterr()

    assert yard.run("recover") == 1
    out = capsys.readouterr().out
    assert f"delete {late.id} at its vendor if nobody uses it" in out
    assert f"delete {live}" not in out
    assert "Keep" in out


def test_what_replaces_a_key_of_an_earlier_rotation_is_built_anew_with_that_as_the_old_one(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = completed(yard)
    yard.later(days=1)
    yard.sweep()
    yard.run("--quiet", "rotate", PROD, "--yes")
    name = yard.id
    assert (yard.state(), yard.rotation.old.key_id) == (State.GRACE, earlier)
    forgotten(yard)
    capsys.readouterr()

    assert yard.run("recover", "--yes") == 1
    out = capsys.readouterr().out
    assert (yard.id, yard.rotation.old.key_id) == (name, earlier)
    assert "delete" not in out


def test_what_the_ledger_knows_is_not_found_again(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    capsys.readouterr()

    assert yard.run("recover") == 0
    assert "Nothing was found" in capsys.readouterr().out


def test_before_a_sweep_nothing_can_be_told(bare: Yard) -> None:
    assert bare.run("recover") == 3


def test_where_it_could_not_be_looked_is_said(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DEEPGRAM_OF_THE_ROTATION")

    assert yard.run("recover") == 3
    assert "not looked at: deepgram: " in capsys.readouterr().out


def test_a_file_that_cannot_be_told_hides_no_other(bare: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    """What a person wrote in the instant of an exchange that was cut off is told, and so is what lies behind it."""
    shelf = bare.folder / "shelf"
    shelf.mkdir()
    for name in ("a.env", "b.env"):
        (shelf / name).write_text("NOTE=1\n")
    (shelf / ".a.env.credwatch-next").write_text("NOTE=2\n")
    mark = {"credwatch": {"mark": "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"}}
    (shelf / ".b.env.credwatch-pending").write_text(f"{json.dumps(mark)}\nDEEPGRAM_API_KEY={'0' * 40}\n")
    bare.configure("disk = {}\n", f'[providers.disk]\nuse = "files"\npaths = ["{shelf}"]\n{CONFIGURATION}')
    bare.sweep()
    capsys.readouterr()

    assert bare.run("recover") == 3
    said = capsys.readouterr().out
    assert "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X: no marked key; 1 pending slot" in said
    assert f"not looked at: disk:{shelf}/a.env: a rotation was cut off" in said
