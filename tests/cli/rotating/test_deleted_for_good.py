"""A place that somebody deletes in the middle of a rotation holds it up for ever no more than a person wants it to."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import State, Trouble
from tests.cli.rotating.yard import EU, PROD, Yard


@pytest.fixture
def deleted(yard: Yard) -> Yard:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.scene.vault.ask("delete", "kv/data/voice/prod")
    yard.later(hours=1)
    yard.run("--quiet", "rotate", "--due")
    assert (yard.state(), yard.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.REFUSED)
    return yard


def test_it_is_left_and_the_others_go_on(deleted: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    deleted.run("rotations", "show", deleted.id)
    out = capsys.readouterr().out
    assert f"`credwatch resume {deleted.id} --leave {PROD}` (the old key is then kept)" in out
    assert f"--leave {EU}" not in out

    assert deleted.run("--quiet", "resume", deleted.id, "--leave", PROD) == 0
    deleted.later(hours=25)
    deleted.run("--quiet", "rotate", "--due")

    assert deleted.state() is State.DONE
    assert {deleted.held("eu"), deleted.old.value} == deleted.alive()


def test_it_is_left_and_the_others_go_back(deleted: Yard) -> None:
    deleted.run("--quiet", "resume", deleted.id, "--leave", PROD)

    deleted.run("--quiet", "rollback", deleted.id)
    deleted.later(hours=25)
    deleted.run("--quiet", "rotate", "--due")

    assert (deleted.state(), deleted.held("eu"), deleted.alive()) == (
        State.ROLLED_BACK,
        deleted.old.value,
        {deleted.old.value},
    )


def test_one_that_is_there_cannot_be_left_for_it(deleted: Yard) -> None:
    assert deleted.run("resume", deleted.id, "--leave", EU) == 64
    assert deleted.state() is State.NEEDS_OPERATOR


@pytest.mark.parametrize("back", [False, True], ids=["it goes on", "it goes back"])
def test_nothing_is_left_beside_it(deleted: Yard, *, back: bool) -> None:
    deleted.run("--quiet", "resume", deleted.id, "--leave", PROD)
    if back:
        deleted.run("--quiet", "rollback", deleted.id)
    deleted.later(hours=25)
    deleted.run("--quiet", "rotate", "--due")

    assert deleted.state() is (State.ROLLED_BACK if back else State.DONE)
    with pytest.raises(ValueError, match="404"):
        deleted.scene.vault.ask("list", "kv/metadata/credwatch-pending")
