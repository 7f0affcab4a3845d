"""The store no longer has the version to go back to: a person is told so, and can stay with the new key."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import State, Trouble
from tests.cli.rotating.yard import PROD, Yard


def test_who_cannot_go_back_can_go_forward(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    new = yard.held("prod")
    yard.scene.vault.ask("update", "kv/destroy/voice/prod", {"versions": [1]})

    yard.run("--quiet", "rollback", yard.id)
    assert (yard.state(), yard.rotation.trouble) == (State.NEEDS_OPERATOR, Trouble.OLD_DEAD)
    assert f"{PROD} no longer has the version that held it" in yard.rotation.reason
    capsys.readouterr()
    assert yard.run("--quiet", "resume", yard.id) == 0
    assert (yard.state(), yard.held("prod"), yard.held("eu")) == (State.GRACE, new, new)
    yard.later(hours=25)
    yard.run("--quiet", "rotate", "--due")
    yard.run("--quiet", "rotations", "revoke", yard.id)
    assert (yard.state(), yard.alive()) == (State.DONE, {new})
