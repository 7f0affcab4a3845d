"""ack and snooze: what is named whole, by somebody who is known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest

from credwatch.cli.answering import login, moment, who
from credwatch.model import ProbeResult
from tests.cli.scene import EVERYTHING, NOW, REFUSED, TTS, TWILIO, WORKS, Scene, held

INCIDENT = "cw-6F95K8"


def rows(scene: Scene, query: str) -> list[tuple[Any, ...]]:
    with scene.ledger() as ledger, ledger.read() as db:
        return list(db.execute(query))


@pytest.mark.parametrize("named", [INCIDENT, "c-zs98", TTS])
def test_somebody_has_it(friday: Scene, capsys: pytest.CaptureFixture[str], named: str) -> None:
    code = friday.run("ack", named, "--by", "ana")

    assert (code, capsys.readouterr().out) == (
        0,
        f"ana has it: {INCIDENT} (refused since 16:38). It stays open until it is well; credwatch status shows it.\n",
    )
    assert rows(friday, "select id, acked_by from incident where acked_at is not null") == [(INCIDENT, "ana")]
    assert rows(friday, "select who, action, subject from audit") == [("ana", "acked", INCIDENT)]


@pytest.mark.parametrize("named", ["credential", "place"])
def test_one_place_that_is_refused_is_taken_with_its_key_or_alone(tmp_path: Path, named: str) -> None:
    good, bad = "vault-prod:kv/voice/a#K", "vault-prod:kv/voice/b#K"
    scene = half_a_pair(tmp_path, good, bad)
    (key,) = rows(scene, "select distinct credential_id from copy where provider = 'vault-prod'")

    code = scene.run("ack", key[0] if named == "credential" else bad, "--by", "ana")

    assert code == 0
    assert rows(scene, "select about, subject, acked_by from incident") == [("place", bad, "ana")]


def half_a_pair(tmp_path: Path, good: str, bad: str) -> Scene:
    """One key in two places, and the value of one of them is refused."""
    scene = Scene(tmp_path)
    for minutes in (0, 10):
        scene.at(9, 21, 8, minutes)
        scene.sweep(held(good, TWILIO, "f1", WORKS, key_id="SK1"), held(bad, TWILIO, "f2", REFUSED, key_id="SK1"))
    return scene


def test_a_place_that_is_refused_counts_as_a_refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = half_a_pair(tmp_path, "vault-prod:kv/voice/a#K", "vault-prod:kv/voice/b#K")

    code = scene.run("status", "--check")

    assert code == 2
    assert "half a pair   vault-prod:kv/voice/b#K · refused since 08:10" in capsys.readouterr().out


def test_status_and_show_say_who_has_it(friday: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    friday.run("ack", INCIDENT, "--by", "ana")

    friday.run("status")
    friday.run("show", TTS)

    said = capsys.readouterr().out
    assert "16:38 paged → 16:41 ana →" in said
    assert "· voice · ana has it since 16:41\n" in said
    assert "open      cw-6F95K8 refused since 16:38 · ana has it since 16:41" in said


def test_history_says_who_did_what(friday: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    friday.run("ack", INCIDENT, "--by", "ana")
    capsys.readouterr()

    friday.run("history", "--since", "1m")

    assert capsys.readouterr().out == f'2026-11-20 16:41  ElevenLabs key "tts-prod" · ana acked {INCIDENT}\n'


def test_a_snooze_says_until_when(friday: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    friday.run("snooze", TTS, "3d", "--by", "ana")

    assert capsys.readouterr().out == (
        f"ana snoozed {INCIDENT} (refused since 16:38) until Mon 23 Nov 2026 16:41 UTC.\n"
    )


def test_a_snooze_never_lasts_past_the_date_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path).at(11, 20, 8, 0)
    ends, made = datetime(2026, 11, 22, 7, 0, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    scene.sweep(held("vault-prod:kv/voice/a#K", TWILIO, "f", WORKS, created=made, expires=ends))

    scene.run("snooze", "vault-prod:kv/voice/a#K", "2026-12-01", "--by", "ana")

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(" until Sun 22 Nov 2026 07:00 UTC.")
    assert second == "Not longer: that is its date, and from then on it is said again."


def test_the_json_has_what_was_set(friday: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    friday.run("snooze", INCIDENT, "1d", "--by", "ana", "--json")

    (said,) = json.loads(capsys.readouterr().out)
    assert (said["by"], said["incident"]["id"], said["snoozed_until"]) == ("ana", INCIDENT, "2026-11-21T16:41:00+00:00")


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("ELEVENLABS_API_KEY", "its whole place or its id is needed"),
        ("kv/voice/prod#ELEVENLABS_API_KEY", "its whole place or its id is needed"),
        ("cw-000000", "its whole place or its id is needed"),
        ("vault-prod:kv/voice/prod#DEEPGRAM_API_KEY", "nothing is open about"),
        ("x\x1b[2J", "nothing is called x\\x1b[2J."),
    ],
)
def test_what_is_not_named_whole_or_not_open_is_left_alone(
    friday: Scene, capsys: pytest.CaptureFixture[str], named: str, why: str
) -> None:
    code = friday.run("ack", named, "--by", "ana")

    said = capsys.readouterr()
    assert (code, said.out, why in said.err) == (64, "", True)
    assert rows(friday, "select * from audit") == []


def test_a_key_of_a_suspended_account_does_not_speak_for_the_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tmp_path)
    places = [f"vault-prod:kv/voice/{name}#K" for name in ("a", "b")]
    scene.sweep(*(held(p, TWILIO, p, ProbeResult.suspended(), account="AC1", key_id=p) for p in places))

    code = scene.run("ack", places[0], "--by", "ana")

    said = capsys.readouterr().err
    assert code == 64
    assert "concerns the whole account twilio/AC1: credwatch ack cw-" in said


def test_a_closed_incident_cannot_be_taken(friday: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    friday.at(11, 20, 16, 50).sweep(*EVERYTHING)

    code = friday.run("ack", INCIDENT, "--by", "ana")

    assert (code, "nothing is open about" in capsys.readouterr().err) == (64, True)


@pytest.mark.parametrize(
    ("given", "environ", "uid", "name"),
    [
        ("ana", {"CREDWATCH_BY": "luis"}, 65534, "ana"),
        (None, {"CREDWATCH_BY": "luis"}, 65534, "luis"),
        (None, {}, 65534, "nobody"),
        (" ", {"CREDWATCH_BY": ""}, 65534, "nobody"),
        (None, {"CREDWATCH_BY": "luis"}, 0, "luis"),
    ],
)
def test_whose_word_it_is(given: str | None, environ: dict[str, str], uid: int, name: str) -> None:
    assert who(given, environ, uid) == name


@pytest.mark.parametrize("uid", [0, 4_000_000_000])
def test_where_nobody_is_known_somebody_has_to_be_named(uid: int) -> None:
    assert login(uid) is None
    with pytest.raises(click.UsageError, match="--by NAME"):
        who(None, {}, uid)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("3d", NOW + timedelta(days=3)),
        ("12h", NOW + timedelta(hours=12)),
        ("2026-12-01", datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        ("2026-12-01T09:30", datetime(2026, 12, 1, 8, 30, tzinfo=UTC)),
        ("2026-12-01T09:30Z", datetime(2026, 12, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_how_a_time_may_be_written(text: str, until: datetime) -> None:
    assert moment(text, NOW, ZoneInfo("Europe/Madrid")) == until


@pytest.mark.parametrize(
    "text",
    [
        *("tomorrow", "3", "2026-13-01", "2026-11-20", "0d", "99999999d"),
        *("0001-01-01T00:00+14:00", "9999-12-31T23:59-10:00"),  # no such time in UTC
    ],
)
def test_a_time_that_is_none_or_has_passed_is_refused(friday: Scene, text: str) -> None:
    assert friday.run("snooze", INCIDENT, text, "--by", "ana") == 64
