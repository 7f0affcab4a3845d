"""check with files: the first minute."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta

import pytest

from credwatch.cli import main
from credwatch.cli.checking.words import together
from credwatch.sandbox.keys import State
from credwatch.sandbox.story.certificates import certificate
from tests.cli.desk import Desk, lines
from tests.cli.scene import NOW

CRM_TOKEN = "zq83hfkgWlq92nfp4Jx0Ls7dP1mvRb6T"
DAY = timedelta(days=1)


def test_the_first_minute(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    twilio, limited = desk.twilio(), desk.scene.elevenlabs.issue("tts", "sa-1")
    limited.state = State.LIMITED
    desk.file(
        ".env.production",
        TWILIO_API_KEY_SID=twilio.id,
        TWILIO_API_KEY_SECRET=twilio.value,
        DEEPGRAM_API_KEY=desk.deepgram().value,
        ELEVENLABS_API_KEY=limited.value,
        OPENAI_API_KEY=desk.refused().value,
        SIP_TLS_CERT=certificate("sip.example.com", NOW - 16 * DAY, NOW + 74 * DAY + timedelta(hours=1)),
        CRM_TOKEN=CRM_TOKEN,
        LOG_LEVEL="info",
    )

    assert desk.check(".env.production") == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    assert lines(shown.out) == [
        ".env.production: 8 fields, 5 credentials. Each is tried at its own vendor only; nothing is kept.",
        "",
        f"  TWILIO_API_KEY_SID + _SECRET  Twilio API key SK…{twilio.id[-4:]}         works           0 ms  has no date",
        "  DEEPGRAM_API_KEY              Deepgram key 5e794ecd          works           0 ms  no date seen",
        "  ELEVENLABS_API_KEY            ElevenLabs key                 works, limited  0 ms  no date seen",
        "  OPENAI_API_KEY                OpenAI project key             refused         0 ms  OpenAI says 401 invalid_api_key",
        '  SIP_TLS_CERT                  certificate "sip.example.com"  works                 expires in 74 days, 2 Feb 2027',
        "  CRM_TOKEN                     not recognised                 not tried             no vendor claims it, so it was sent nowhere",
        "",
        "Sent to: HOST, HOST, HOST, HOST",
        "1 refused. This is one look; a key younger than a minute can look refused.",
    ]


def test_nothing_is_kept(desk: Desk) -> None:
    desk.file(DEEPGRAM_API_KEY=desk.deepgram().value)
    desk.configure(f'{desk.scene.issuers()}[daemon]\ndata = "{desk.folder}/data"\nfingerprint_key = "env:NOT_SET"\n')

    assert desk.check(".env") == 0
    assert sorted(path.name for path in desk.folder.iterdir()) == [".env", "credwatch.toml"]


def test_no_value_is_printed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    twilio = desk.twilio()
    values = {"TWILIO_API_KEY_SECRET": twilio.value, "OPENAI_API_KEY": desk.refused().value, "CRM_TOKEN": CRM_TOKEN}
    desk.file(TWILIO_API_KEY_SID=twilio.id, **values)
    desk.check(".env")
    desk.check(".env", "--json")
    shown = capsys.readouterr()

    assert [name for name, value in values.items() if value in shown.out + shown.err] == []


def test_a_key_in_two_files_is_tried_once_and_shown_twice(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    key = desk.refused()
    desk.file("app/.env", OPENAI_API_KEY=key.value)
    desk.file("worker/.env", OPENAI_API_KEY=key.value)

    assert desk.check("app", "worker/.env") == 2
    out = capsys.readouterr().out
    assert desk.asked() == 1
    assert out.startswith("app, worker/.env: 2 fields, 2 credentials.")
    assert re.findall(r"^  (\S+) .* (refused) ", out, re.MULTILINE) == [
        ("app/.env#OPENAI_API_KEY", "refused"),
        ("worker/.env#OPENAI_API_KEY", "refused"),
    ]
    assert out.splitlines()[-1].startswith("1 refused.")


def test_a_directory_of_mounted_secrets_is_read_file_by_file(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    (desk.folder / "secrets").mkdir()
    (desk.folder / "secrets" / "deepgram-api-key").write_text(desk.deepgram().value)

    assert desk.check("secrets") == 0
    assert "\n  secrets/deepgram-api-key  Deepgram key 5e794ecd  works  " in capsys.readouterr().out


def test_half_of_a_pair_is_not_tried_and_says_what_is_missing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.file(TWILIO_API_KEY_SID=desk.twilio().id)

    assert desk.check(".env") == 0
    out = capsys.readouterr().out
    assert "not tried    its secret is not beside it" in out
    assert out.endswith("Sent to nobody.\nNothing was tried.\n")


def test_an_identify_line_of_a_configured_connection_to_files_holds(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.configure(
        f'{desk.scene.issuers()}[providers.shelf]\nuse = "files"\npaths = ["{desk.folder}/other"]\n'
        f'[[identify]]\nplace = "shelf:{desk.folder}/keys.env#EARS"\nis = "deepgram-api-key"\n'
    )
    desk.file("keys.env", EARS=desk.deepgram().value)

    assert desk.check("keys.env") == 0
    assert "  EARS  Deepgram key 5e794ecd  works  " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("state", "word", "said", "code"),
    [
        (State.ALIVE, "works", "no date seen", 0),
        (State.LIMITED, "works, limited", "no date seen", 0),
        (State.DELETED, "refused", "Deepgram says 401 INVALID_AUTH", 2),
        (State.OUT_OF_CREDIT, "suspended", "its account: out of credit; a new key would not help", 1),
        (State.DOWN, "cannot tell", "its server fails (HTTP 503)", 3),
    ],
)
def test_each_answer_has_its_word_and_its_exit_code(
    state: State, word: str, said: str, code: int, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.scene.deepgram.issue("voice", "p-1").state = state
    desk.file(DEEPGRAM_API_KEY=desk.scene.deepgram.keys[0].value)

    assert desk.check(".env") == code
    row = capsys.readouterr().out.splitlines()[2]
    assert re.fullmatch(rf"  DEEPGRAM_API_KEY  Deepgram key(?: 5e794ecd)?  {word}  +\d+ ms  {re.escape(said)}", row)


@pytest.mark.parametrize(
    ("left", "word", "said", "code"),
    [
        (60 * DAY, "works", "expires in 60 days, 19 Jan 2027", 0),
        (20 * DAY, "works", "expires in 20 days, 10 Dec 2026", 1),
        (-3 * DAY, "past its date", "expired 3 days ago, 17 Nov 2026", 2),
    ],
)
def test_a_certificate_is_its_own_proof(
    left: timedelta, word: str, said: str, code: int, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk.folder / "tls.pem").write_text(certificate("sip.example.com", NOW - 300 * DAY, NOW + left))

    assert desk.check("tls.pem") == code
    out = capsys.readouterr().out
    assert f'  tls.pem  certificate "sip.example.com"  {word}    {said}\n' in out
    assert desk.asked() == 0


@pytest.mark.parametrize(
    ("also", "code", "summary"),
    [
        ((), 1, "1 near its date."),
        (("down",), 3, "1 cannot tell, 1 near its date."),
        (("down", "refused"), 2, "1 refused, 1 cannot tell, 1 near its date. This is one look"),
    ],
)
def test_the_worst_wins(
    also: tuple[str, ...], code: int, summary: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = {"CERT": certificate("sip.example.com", NOW - 300 * DAY, NOW + 5 * DAY)}
    if "down" in also:
        fields["DEEPGRAM_API_KEY"] = desk.deepgram().value
        desk.scene.deepgram.state = State.DOWN
    if "refused" in also:
        fields["OPENAI_API_KEY"] = desk.refused().value
    desk.file(**fields)

    assert desk.check(".env") == code
    assert capsys.readouterr().out.splitlines()[-1].startswith(summary)


def test_a_token_whose_uses_may_be_counted_is_tried_only_when_asked(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = desk.scene.servers["vault"]
    desk.configure(f'[issuers.vault]\nbase_url = "{vault.url}"\n')
    made = desk.scene.vault.ask("update", "auth/token/create", {"display_name": "app"})
    desk.file(VAULT_TOKEN=made["auth"]["client_token"])
    before = len(vault.requests)

    assert desk.check(".env") == 0
    assert "not tried    a try may cost something; --all tries it\n" in capsys.readouterr().out
    assert len(vault.requests) == before
    assert desk.check(".env", "--all") == 0
    assert "  works  " in capsys.readouterr().out


def test_what_may_not_be_read_is_said_and_cannot_be_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(desk.folder / "pipe")

    assert desk.check("pipe") == 3
    assert capsys.readouterr().out.splitlines()[2:] == [
        "  pipe  not read: a pipe, and not a plain file",
        "",
        "Sent to nobody.",
        "1 not read.",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("absent.env",), "there is no file or directory absent.env. Look at how it is written"),
        ((), "nothing is configured, so there is nothing to try. Name a file: credwatch check .env"),
    ],
)
def test_wrong_usage_is_said_and_nothing_is_tried(
    words: tuple[str, ...], said: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    code = desk.check(*words)

    assert (code, capsys.readouterr().err.splitlines()[-1], desk.asked()) == (64, f"Error: {said}", 0)


def test_a_hostile_field_name_moves_no_cursor(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    (desk.folder / "x.json").write_text(json.dumps({"deepgram\x1b[2J\u202e": desk.deepgram().value}))
    desk.check("x.json")
    out = capsys.readouterr().out

    assert "\\x1b[2J\\u202e" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), ""),
        (("KEY",), "KEY"),
        (("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET"), "TWILIO_API_KEY_SID + _SECRET"),
        (("TW_ID", "TW_PASS"), "TW_ID + _PASS"),
        (("sid", "secret"), "sid + secret"),
        (("KEY_ID", "KEY"), "KEY_ID + KEY"),
        (("GOOGLE.client_email", "GOOGLE.private_key"), "GOOGLE"),
        (("a.b.id", "a.b.secret"), "a.b"),
        (("a.id", "b.secret"), "a.id + b.secret"),
    ],
)
def test_the_fields_of_one_key_are_named_together(names: tuple[str, ...], shown: str) -> None:
    assert together(names) == shown


def test_a_configuration_that_merely_lies_beside_the_file_leads_its_keys_nowhere(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    server = desk.scene.servers["deepgram"]
    request = f'[providers.crm]\nuse = "http"\nrequest = "GET {server.url}/"\nheader = "X-Key: {{secret}}"\n'
    desk.configure(f'{request}valid = [{{ status = 200 }}]\n[[identify]]\nplace = "files:**"\nis = "crm"\n')
    desk.file(CRM_TOKEN="made-up-token-0123456789")
    before = desk.asked()

    main(["check", ".env"], clock=desk.clock)

    assert (desk.asked(), "credwatch.toml in this directory is not used here" in capsys.readouterr().err) == (
        before,
        True,
    )
