"""Two fields of one item hold the key, and somebody writes one of them; or a field is not there any more."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import Rotation, State, Trouble, Turn
from tests.cli.rotating.yard import PROD, Yard

BACKUP = "vault-prod:kv/voice/prod#DEEPGRAM_BACKUP_KEY"


def fields(yard: Yard) -> dict[str, str]:
    read: dict[str, str] = yard.scene.vault.ask("read", "kv/data/voice/prod")["data"]["data"]
    return read


def writes(yard: Yard, at: State, **given: str) -> None:
    """Somebody writes the whole item right after this state is reached."""

    def meanwhile(_: Rotation, turn: Turn) -> None:
        if turn.to is at:
            yard.scene.put("voice/prod", **given)

    with yard.shop() as shop:
        yard.begun(shop, said=meanwhile)


@pytest.fixture
def double(yard: Yard) -> Yard:
    yard.put("prod", yard.old, DEEPGRAM_BACKUP_KEY=yard.old.value)
    yard.sweep()
    return yard


def test_both_fields_are_written_at_once(double: Yard) -> None:
    double.run("--quiet", "rotate", PROD, "--yes")

    new = double.held("eu")
    assert fields(double) == {"DEEPGRAM_API_KEY": new, "DEEPGRAM_BACKUP_KEY": new, "OTHER": "kept"}
    double.run("--quiet", "rollback", double.id)
    assert set(fields(double).values()) == {double.old.value, "kept"}


@pytest.mark.parametrize("at", [State.VERIFIED, State.STAGED, State.PROMOTED, State.GRACE])
@pytest.mark.parametrize("overwrite", [False, True])
def test_one_that_somebody_wrote_is_left_or_overwritten_and_the_other_goes_on(
    double: Yard, at: State, *, overwrite: bool
) -> None:
    theirs = double.issue("theirs").value

    def meanwhile(_: Rotation, turn: Turn) -> None:
        if turn.to is at:
            was = fields(double)
            double.scene.put("voice/prod", **{**was, "DEEPGRAM_BACKUP_KEY": theirs})

    with double.shop() as shop:
        double.begun(shop, said=meanwhile)
    version = double.scene.vault.ask("read", "kv/data/voice/prod")["data"]["metadata"]["version"]
    words = ("--overwrite", f"{BACKUP}@{version}") if overwrite else ("--leave", BACKUP)
    assert double.run("--quiet", "resume", double.id, *words) == 0
    new = double.held("eu")

    assert new not in {double.old.value, theirs}
    assert fields(double) == {
        "DEEPGRAM_API_KEY": new,
        "DEEPGRAM_BACKUP_KEY": new if overwrite else theirs,
        "OTHER": "kept",
    }
    assert double.state() is State.GRACE


def test_a_field_that_is_gone_is_not_overwritten_and_the_place_can_still_be_left(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    writes(yard, State.VERIFIED, OTHER="kept")
    capsys.readouterr()
    yard.run("rotations", "show", yard.id)
    shown = capsys.readouterr().out

    assert "--overwrite" not in shown
    assert f"write the field that is gone from `{PROD}` again, with any value, and look again" in shown
    assert yard.run("resume", yard.id, "--overwrite", f"{PROD}@2") == 64
    assert "has no DEEPGRAM_API_KEY any more" in capsys.readouterr().err
    assert yard.rotation.trouble is Trouble.STRANGER
    assert yard.run("--quiet", "resume", yard.id, "--leave", PROD) == 0
    assert (yard.state(), fields(yard)) == (State.GRACE, {"OTHER": "kept"})


def test_a_field_that_is_there_again_is_overwritten(yard: Yard) -> None:
    writes(yard, State.VERIFIED, OTHER="kept")
    yard.scene.put("voice/prod", OTHER="kept", DEEPGRAM_API_KEY="to be written")

    assert yard.run("--quiet", "resume", yard.id, "--overwrite", f"{PROD}@3") == 0
    assert (yard.state(), fields(yard)) == (State.GRACE, {"OTHER": "kept", "DEEPGRAM_API_KEY": yard.held("eu")})
