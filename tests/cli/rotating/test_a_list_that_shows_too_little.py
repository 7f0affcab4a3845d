"""A vendor whose list shows three letters of each key: what a person is told, and what comes of saying which it is."""

from __future__ import annotations

import pytest

from credwatch.model.rotating import State
from credwatch.sandbox.keys import Key
from tests.cli.rotating.yard import Yard

PLACE = "vault-prod:kv/voice/tts#OPENAI_API_KEY"
TABLES = """
[providers.openai]
use = "openai"
admin = "env:OPENAI_ADMIN"
scopes = { sa_1 = "all" }
[rotate.identities]
openai = { admin = "env:OPENAI_ADMIN" }
vault-prod = { auth = { token = "env:VAULT_TOKEN_OF_THE_WATCH" } }
"""
NAMED = '[[identify]]\nplace = "{place}"\nis = "openai-api-key"\nkey_id = "{key}"\n'


@pytest.fixture
def key(bare: Yard, monkeypatch: pytest.MonkeyPatch) -> Key:
    """A key in one place, that nobody can tell from the other one in the list."""
    vendor = bare.scene.openai
    vendor.projects["proj_1"] = "voice"
    admin = vendor.issue_admin("rotator")
    monkeypatch.setenv("OPENAI_ADMIN", admin.value)
    vendor.issue("ivr", "proj_1")
    stored = vendor.issue("tts", "proj_1")
    bare.scene.put("voice/tts", OPENAI_API_KEY=stored.value, OTHER="kept")
    bare.configure("", TABLES)
    bare.sweep()
    bare.sweep()
    return stored


def test_a_person_is_told_to_say_which_key_it_is(bare: Yard, key: Key, capsys: pytest.CaptureFixture[str]) -> None:
    assert bare.run("rotate", PLACE, "--dry-run") == 1

    said = capsys.readouterr().out
    assert "openai lists 2 of which no place is known, and shows too little of how each ends" in said
    assert f'[[identify]] place = "{PLACE}", is = "openai-api-key", key_id = "…"' in said
    assert f'{key.id} "tts"' in said
    assert "--paste" in said


def test_once_it_is_said_it_rotates_again_and_again(bare: Yard, key: Key) -> None:
    """The line is of the first one; the next is known because credwatch made it."""
    bare.configure(NAMED.format(place=PLACE, key=key.id), TABLES)
    seen = {key.value}
    for _ in range(2):
        bare.sweep()
        assert bare.run("rotate", PLACE, "--yes", "--compromised") == 0
        bare.later(minutes=1)
        bare.run("--quiet", "rotate", "--due")
        assert bare.state() is State.DONE
        value = bare.scene.vault.ask("read", "kv/data/voice/tts")["data"]["data"]["OPENAI_API_KEY"]
        assert value not in seen
        seen.add(value)

    assert len([one for one in bare.scene.openai.listed("proj_1") if one.value in seen]) == 1
