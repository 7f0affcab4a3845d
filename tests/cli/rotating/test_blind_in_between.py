"""A store that cannot be seen any more may hold the old key: no rule lets it go meanwhile."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import State
from tests.cli.rotating.yard import CONSUMER, PROD, Yard

RULE = """
[[rules]]
match = { kind = "deepgram-api-key" }
revoke = "grace"
"""


@pytest.fixture
def blind(bare: Yard, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """A rotation is in its grace, and another store refuses our login since."""
    other = bare.scene.store("vault-other").replace("kv/**", "kv/other/**")
    other = other.replace("env:VAULT_TOKEN_OF_THE_WATCH", "env:OTHER_TOKEN")
    monkeypatch.setenv("OTHER_TOKEN", bare.environment["VAULT_TOKEN_OF_THE_WATCH"])
    bare.scene.put("other/a", X="1")
    bare.configure(f"{CONSUMER}{RULE}{other}")
    bare.sweep()
    assert bare.run("--quiet", "rotate", PROD, "--yes") == 0
    monkeypatch.setenv("OTHER_TOKEN", "hvs.ended")
    for _ in range(3):
        bare.later(minutes=20)
        bare.run("--quiet", "sweep")
    return bare


def test_the_old_key_is_kept_by_its_rule_and_goes_when_all_is_seen_again(
    blind: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind.later(hours=25)
    blind.run("--quiet", "rotate", "--due")

    assert (blind.state(), blind.old.value in blind.alive()) == (State.CONFIRMING, True)
    assert "we are blind, and the old key may be held there: vault-other" in blind.rotation.reason

    monkeypatch.setenv("OTHER_TOKEN", blind.environment["VAULT_TOKEN_OF_THE_WATCH"])
    for _ in range(3):
        blind.later(minutes=20)
        blind.run("--quiet", "sweep")
    blind.later(hours=1)
    blind.run("--quiet", "rotate", "--due")

    assert (blind.state(), blind.old.value in blind.alive()) == (State.DONE, False)


def test_a_person_may_let_it_go_all_the_same(blind: Yard) -> None:
    blind.later(hours=25)
    blind.run("--quiet", "rotate", "--due")

    assert blind.run("--quiet", "rotations", "revoke", blind.id) == 0

    assert blind.state() is State.DONE
