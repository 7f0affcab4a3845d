"""doctor --policy NAME --rotate: what the identity that writes needs, beyond what the watch needs."""

from __future__ import annotations

import pytest

from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, Yard


def test_the_identity_that_writes_needs_more_than_the_watch(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    assert yard.run("doctor", "--policy", "vault-prod") == 0
    watches = capsys.readouterr().out
    assert yard.run("doctor", "--policy", "vault-prod", "--rotate") == 0
    rotates = capsys.readouterr().out

    assert "update" not in watches.partition('path "kv/')[2]
    assert "credwatch-pending" not in watches
    assert 'path "kv/data/credwatch-pending/*"' in rotates
    assert '["create", "read", "update"]' in rotates


@pytest.mark.parametrize("words", [["--rotate"], ["--policy", "vault-prod", "--rotate"]], ids=["alone", "not named"])
def test_where_nobody_may_write_that_is_said(yard: Yard, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    yard.configure(CONSUMER, CONFIGURATION.partition("[rotate.identities]")[0])

    assert yard.run("doctor", *words) == 78
    assert "[rotate.identities] must name " in capsys.readouterr().err
