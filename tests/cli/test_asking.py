"""list, show and history, asked about one Friday and compared to the letter."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.scene import TTS, TWILIO, UNRECOGNISED, WORKS, Scene, held

LIST = """\
place                                                     kind                     status          date          owner
aws-prod:eu-west-1/voice/prod/deepgram                    Deepgram key             works           2026-12-20    voice
aws-prod:eu-west-1/voice/prod/sip-tls#cert                certificate              not tried       2026-12-04    voice
deadlines:SIP carrier contract ends                       deadline                 -               2027-01-31    platform
deepgram:voice-prod/5c0e77a1-0000-4000-8000-000000000002  Deepgram key             not tried       -             platform
vault-prod:kv/platform/crm#CRM_TOKEN                      unrecognised credential  not tried       -             platform
vault-prod:kv/platform/ivr#TWILIO_API_KEY_SECRET          Twilio API key           works           788 d too old  platform
vault-prod:kv/voice/eu#ELEVENLABS_API_KEY                 ElevenLabs key           cannot tell     -             voice
vault-prod:kv/voice/fallback#ELEVENLABS_API_KEY           ElevenLabs key           works           -             voice
vault-prod:kv/voice/prod#DEEPGRAM_API_KEY                 Deepgram key             works           2026-12-20    voice
vault-prod:kv/voice/prod#ELEVENLABS_API_KEY               ElevenLabs key           refused         -             voice
"""
DEEPGRAM = """\
Deepgram key "voice-prod" · b1946ac9 · c-zswh · works (16:33, 143 ms)
  expires Sun 20 Dec 2026 07:30, in 29 days (Deepgram's list, 16:33)
  places    aws-prod:eu-west-1/voice/prod/deepgram · vault-prod:kv/voice/prod#DEEPGRAM_API_KEY (version 41)
  owner     voice (rule, line 11) · production (default) · page at 3 d (default)
  told      20 Nov 08:30 warning, 30 days → console · next: 6 Dec warning, 14 days
  history   21 Sep made by ana@example.com · 0 refusals
  found     one key in 2 places: a rotation has to write them all
  found     bound to one person's account, ana@example.com's: it dies with it
"""
REFUSED = """\
ElevenLabs key "tts-prod" · c-zs98 · refused (16:38, 401 invalid_api_key)
  has no date; 60 days old (first seen here), its rule says 365
  places    vault-prod:kv/voice/prod#ELEVENLABS_API_KEY
  owner     voice (rule, line 11) · production (default) · page at 3 d (default) · max age 365 d (default)
  breaks    voice-agent cannot speak
  open      cw-6F95K8 refused since 16:38 · nobody has it
  told      20 Nov 16:38 page, refused → console · next: 21 Sep 2027 warning, older than its rule
  history   21 Sep first seen · 20 Nov refused and still is · 1 refusal
"""
HISTORY = """\
2026-11-20 16:33  refused (401 invalid_api_key)
2026-11-20 16:33  ok → unverified: refused
2026-11-20 16:38  unverified → invalid: refused
2026-11-20 16:38  incident opened: cw-6F95K8 refused
2026-11-20 16:38  told: page refused → console
"""


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["list"], LIST),
        (["show", "DEEPGRAM_API_KEY"], DEEPGRAM),
        (["show", TTS], REFUSED),
        (["history", TTS, "--since", "7d"], HISTORY),
    ],
)
def test_an_answer_to_the_letter(
    scene: Scene, capsys: pytest.CaptureFixture[str], words: list[str], answer: str
) -> None:
    code = scene.run(*words)

    assert (code, capsys.readouterr().out) == (0, answer)


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["vault-prod:kv/voice/**"], 4),
        (["**#DEEPGRAM_API_KEY", "**#CRM_TOKEN"], 2),
        (["deepgram"], 1),
        (["--owner", "voice"], 6),
        (["--status", "refused"], 1),
        (["--status", "refused", "--status", "cannot-tell"], 2),
        (["--status", "works"], 4),
        (["--status", "expiring"], 3),
        (["--kind", "deepgram-*"], 3),
        (["--provider", "deepgram"], 1),
        (["--overdue"], 1),
        (["--owner", "voice", "--overdue"], 0),
    ],
)
def test_what_a_list_can_be_narrowed_to(
    scene: Scene, capsys: pytest.CaptureFixture[str], words: list[str], places: int
) -> None:
    scene.run("list", "--json", *words)

    assert len(json.loads(capsys.readouterr().out)) == places


def test_an_empty_list_says_what_shows_more(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.run("list", "--owner", "nobody")

    assert "credwatch list without a word shows everything" in capsys.readouterr().out


@pytest.mark.parametrize(
    "word", ["deepgram", "prod#DEEPGRAM_API_KEY", "b1946ac9", "c-zswh", "vault-prod:…DEEPGRAM_API_KEY"]
)
def test_every_way_to_name_one_key(scene: Scene, capsys: pytest.CaptureFixture[str], word: str) -> None:
    scene.run("show", word)

    assert capsys.readouterr().out == DEEPGRAM


def test_a_day_that_a_person_wrote_down_is_shown_as_it_was_written(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.run("show", "SIP carrier contract ends")

    assert capsys.readouterr().out.split(" · ")[2].startswith("Sun 31 Jan 2027, in 72 days\n")


def test_a_key_is_found_by_its_public_id_as_it_is_printed(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.run("show", "SK…41d2")

    assert capsys.readouterr().out.startswith("Twilio API key SK…41d2 · ")


def test_a_key_is_found_by_the_incident_about_it(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.run("show", "cw-6F95K8")

    assert capsys.readouterr().out == REFUSED


def test_an_ending_that_fits_several_is_answered_with_all_of_them(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    code = scene.run("show", "ELEVENLABS_API_KEY")

    said = capsys.readouterr()
    assert (code, said.out) == (64, "")
    assert [line.split()[0] for line in said.err.splitlines()[1:]] == [
        "vault-prod:kv/voice/eu#ELEVENLABS_API_KEY",
        "vault-prod:kv/voice/fallback#ELEVENLABS_API_KEY",
        "vault-prod:kv/voice/prod#ELEVENLABS_API_KEY",
    ]


@pytest.mark.parametrize("command", ["show", "history"])
def test_what_nobody_knows_ends_with_what_to_do(scene: Scene, capsys: pytest.CaptureFixture[str], command: str) -> None:
    code = scene.run(command, "NO_SUCH\x1b[2JKEY")

    assert (code, capsys.readouterr().err) == (
        64,
        "credwatch: nothing known ends with NO_SUCH\\x1b[2JKEY. credwatch list shows every place\n",
    )


def test_what_a_vendor_lists_and_no_store_holds_is_shown_as_that(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.run("show", "5c0e77a1")

    said = capsys.readouterr().out
    assert "(only its vendor's list, 16:33)" in said
    assert "found     no store holds it, so nobody can rotate it" in said


def test_the_json_of_show_has_the_rules_and_the_findings(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.run("show", "--json", "DEEPGRAM_API_KEY")

    said = json.loads(capsys.readouterr().out)
    assert said["policy"]["said_by"]["owner"] == "rule, line 11"
    assert [one["finding"] for one in said["findings"]] == ["twin", "personal"]


def test_rich_is_not_imported_when_nobody_looks(scene: Scene) -> None:
    asks = (
        "import sys; from credwatch.cli import main; code = main(sys.argv[1:]); "
        "sys.stderr.write(' '.join(name for name in sys.modules if name.partition('.')[0] == 'rich')); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asks, "--config", str(scene.path), "list"], capture_output=True, text=True, check=True
    )

    assert (len(done.stdout.splitlines()), done.stderr) == (11, "")


@pytest.mark.parametrize(
    "command", [["list"], ["show", "KEY"], ["status"], ["history"], ["list", "--json"], ["status", "--json"]]
)
def test_no_name_moves_the_cursor_or_turns_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    hostile = "x\x1b[2J\u202egnp\x9b1m\n"
    scene = Scene(tmp_path).at(11, 20, 8, 0)
    scene.sweep(
        held(
            f"vault-prod:kv/{hostile}#KEY",
            TWILIO,
            "f",
            WORKS,
            name=hostile,
            key_id=hostile,
            version=hostile,
            expires=datetime(2026, 11, 22, tzinfo=UTC),
            creator=hostile,
        )
    )

    scene.run(*command)

    said = capsys.readouterr().out
    assert "u202e" in said
    assert not set(said) & set("\x1b\u202e\x9b")


def test_before_the_first_look_a_reader_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = Scene(tmp_path).run("status")

    assert code == 74
    assert capsys.readouterr().err.endswith("yet. credwatch sweep makes one\n")


def test_what_is_gone_is_listed_only_when_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path)
    scene.sweep(held("vault-prod:kv/a#K", TWILIO, "f"), held("vault-prod:kv/b#K", UNRECOGNISED, "g"))
    scene.at(9, 21, 9, 0).sweep(held("vault-prod:kv/b#K", UNRECOGNISED, "g"))

    scene.run("list", "--provider", "vault-prod")
    now = capsys.readouterr().out
    scene.run("list", "--provider", "vault-prod", "--all")

    assert "kv/a#K" not in now
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == ["vault-prod:kv/a#K", "Twilio", "API", "key", "gone", "-", "platform"]


def test_the_same_key_in_production_and_in_staging_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path)
    scene.sweep(held("vault-prod:kv/voice/prod#K", TWILIO, "f"), held("vault-prod:kv/voice/staging/x#K", TWILIO, "f"))

    scene.run("show", "prod#K")

    assert "found     the same value in production and staging" in capsys.readouterr().out
