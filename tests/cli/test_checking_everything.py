"""check without a path: everything that is configured."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest

from tests.cli.desk import Desk, lines
from tests.cli.scene import NOW

DAY = timedelta(days=1)


@pytest.fixture
def stack(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A Vault and Deepgram's own list."""
    admin = desk.deepgram("reader")
    admin.admin = True
    monkeypatch.setenv("DEEPGRAM_READER", admin.value)
    listing = '[providers.deepgram]\nuse = "deepgram"\nadmin = "env:DEEPGRAM_READER"\n'
    desk.configure(desk.scene.issuers() + desk.scene.store() + listing)
    return desk


def test_everything_that_is_configured_by_provider(stack: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    twilio, dated = stack.twilio(), stack.deepgram(expires=NOW + 60 * DAY)
    stack.scene.put("voice/prod", DEEPGRAM_API_KEY=dated.value, OPENAI_API_KEY=stack.refused().value)
    stack.scene.put("voice/ivr", TWILIO_API_KEY_SID=twilio.id, TWILIO_API_KEY_SECRET=twilio.value)

    assert stack.check() == 2
    assert lines(capsys.readouterr().out) == [
        "Each is tried at its own vendor only; nothing is kept.",
        "",
        "vault-prod: 2 items, 3 credentials.",
        "",
        f"  kv/voice/ivr#TWILIO_API_KEY_SID + _SECRET  Twilio API key SK…{twilio.id[-4:]}  works    0 ms  has no date",
        '  kv/voice/prod#DEEPGRAM_API_KEY             Deepgram key "voice"    works    0 ms  expires in 60 days, 19 Jan 2027',
        "  kv/voice/prod#OPENAI_API_KEY               OpenAI project key      refused  0 ms  OpenAI says 401 invalid_api_key",
        "",
        "deepgram: 2 items, 2 credentials.",
        "",
        f'  p-1/{stack.scene.deepgram.keys[0].id}  Deepgram key "reader"  not tried    only its vendor\'s list shows it',
        "",
        "Sent to: HOST, HOST, HOST, HOST",
        "1 refused. This is one look; a key younger than a minute can look refused.",
    ]


def test_a_provider_that_cannot_be_seen_is_said_and_cannot_be_told(
    stack: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAULT_TOKEN_OF_THE_WATCH", "hvs.wrong")

    assert stack.check() == 3
    out = capsys.readouterr().out
    assert re.search(r"^vault-prod: NOT SEEN, .+\. credwatch doctor says how to mend it$", out, re.MULTILINE)
    assert out.splitlines()[-1] == "1 not read."


def test_what_only_a_list_shows_counts_while_its_date_comes_near(
    stack: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    old = stack.deepgram("old", expires=NOW + DAY)
    stack.clock.at = NOW + 2 * DAY
    assert stack.check() == 0
    row = f'  p-1/{old.id}  Deepgram key "old"     past its date    only its vendor\'s list shows it, expired 24 hours ago'
    assert row in capsys.readouterr().out

    stack.deepgram("new", expires=NOW + 40 * DAY)
    stack.clock.at = NOW + 30 * DAY
    assert stack.check() == 1


def test_as_json_it_has_everything_that_is_shown(stack: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    stack.scene.put("voice/prod", DEEPGRAM_API_KEY=stack.deepgram(expires=NOW + 60 * DAY).value)

    assert stack.check("--json") == 0
    read = json.loads(capsys.readouterr().out)
    key = next(key for key in read["keys"] if key["held"])
    assert (read["code"], read["fields"], len(read["sent_to"])) == (0, 1, 2)
    assert {name: key[name] for name in ("place", "fields", "standing", "detail", "latency")} == {
        "place": "vault-prod:kv/voice/prod#DEEPGRAM_API_KEY",
        "fields": ["DEEPGRAM_API_KEY"],
        "standing": "works",
        "detail": "HTTP 200",
        "latency": 0.0,
    }
    assert datetime.fromisoformat(key["facts"]["expires"]) == NOW + 60 * DAY
    assert sorted(read["providers"]) == ["deepgram", "vault-prod"]
