"""status, asked about one Friday and compared to the letter; and what it says when credwatch itself is not well."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credwatch.model import Reason, Unlisted
from tests.cli.scene import CONFIG, EU, EVERYTHING, NOT_ALLOWED, TTS, TWILIO, WORKS, Scene, answers, but, held

STATUS = """\
Fri 20 Nov 2026 16:41 · everything seen at 16:33 or later · credwatch itself: well, nothing undelivered

1  What fails now?   1 of 5 tried
               keys  works  refused  suspended  cannot tell  not tried  slowest try
   elevenlabs     3      1        1          0            1          0       201 ms
   deepgram       2      1        0          0            0          1       143 ms
   twilio         1      1        0          0            0          0       143 ms
   x509           1      -        -          -            -          1
   unknown        1      -        -          -            -          1
   refused       vault-prod:kv/voice/prod#ELEVENLABS_API_KEY · since 16:18–16:33 · voice
                 nobody has it: credwatch ack cw-6F95K8
   cannot tell   vault-prod:kv/voice/eu#ELEVENLABS_API_KEY · since 14 Nov · our address is not on the key's allow-list
                 voice

2  What fails next, and whose is it?
   14 d  Fri  4 Dec  certificate "sip.example.com"  aws-prod:eu-west-1/voice/prod/sip-tls#cert  voice     by hand
   29 d  Sun 20 Dec  Deepgram key "voice-prod"      aws-prod:eu-west-1/voice/prod/deepgram +1   voice     by hand
   71 d  Sun 31 Jan  SIP carrier contract ends      deadline                                    platform  notice 1 month
   too old by rule, no date: 1, the oldest 1,153 days (Twilio API key SK…41d2, platform)

3  The last ten failures   1 in all, since 21 Sep
   20 Nov  ElevenLabs key "tts-prod"   16:18 worked → 16:33 refused → 16:38 refused again → 16:38 paged → open

nobody owns 4 · held by no store 1 · bound to one person's account 1 · not recognised 1
"""


def test_status_to_the_letter(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    code = scene.run("status")

    assert (code, capsys.readouterr().out) == (0, STATUS)


def test_the_json_of_status_has_all_of_it(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.run("status", "--json")

    said = json.loads(capsys.readouterr().out)
    assert (said["code"], said["well"], said["now"]) == (2, True, "2026-11-20T16:41:00+00:00")
    assert said["what_fails_now"]["failing"][0]["incident"]["id"] == "cw-6F95K8"
    assert said["what_fails_next"]["endings"][1]["deadline"] == "2026-12-20T07:30:00+00:00"
    assert said["last_failures"]["last"][0]["failed_at"] == "2026-11-20T16:33:00+00:00"
    assert said["findings"]["orphan"] == 1


@pytest.mark.parametrize(
    ("seen", "how", "code"),
    [
        pytest.param([held("vault-prod:kv/a#K", TWILIO, "f", WORKS)], {}, 0, id="all is well"),
        pytest.param(
            [
                held(
                    "vault-prod:kv/a#K",
                    TWILIO,
                    "f",
                    WORKS,
                    created=datetime(2026, 6, 1, tzinfo=UTC),
                    expires=datetime(2026, 9, 25, tzinfo=UTC),
                )
            ],
            {},
            1,
            id="a date is near",
        ),
        pytest.param(
            [held("vault-prod:kv/a#K", TWILIO, "f", WORKS, created=datetime(2020, 1, 1, tzinfo=UTC))],
            {},
            1,
            id="too old",
        ),
        pytest.param([Unlisted("kv/b/", Reason.FORBIDDEN)], {}, 1, id="a folder may not be listed"),
        pytest.param([], {"failed": ["vault-prod"]}, 3, id="a provider was not seen"),
    ],
)
def test_the_exit_code_of_a_check(tmp_path: Path, seen: list[object], how: dict[str, list[str]], code: int) -> None:
    scene = Scene(tmp_path)
    scene.sweep(*seen, **how)  # type: ignore[arg-type]

    assert (scene.run("status", "--check"), scene.run("status")) == (code, 0)


def test_a_refusal_outweighs_what_could_not_be_told(scene: Scene) -> None:
    assert scene.run("status", "--check") == 2


def test_a_key_that_could_not_be_told_is_no_refusal(friday: Scene) -> None:
    friday.at(11, 20, 16, 45).sweep(*but(answers(TTS, WORKS), answers(EU, NOT_ALLOWED)))

    assert friday.run("status", "--check", "--json") == 3


def test_status_says_what_keeps_the_watch_from_seeing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path)
    scene.sweep(*EVERYTHING)
    scene.at(9, 21, 8, 15).sweep(*EVERYTHING, Unlisted("kv/hidden/", Reason.FORBIDDEN), failed=["aws-prod"])
    scene.at(9, 21, 10, 0)

    scene.run("status")

    assert capsys.readouterr().out.splitlines()[:7] == [
        "Mon 21 Sep 2026 10:00 · not seen: aws-prod · credwatch itself: not well, 1 undelivered",
        "   late         the last look was 105 minutes ago, and one is due every 15 minutes.",
        "                Is credwatch run still running? Else: credwatch sweep",
        "   blind        aws-prod since 08:15: login refused. credwatch doctor aws-prod",
        "   not listed   deepgram:kv/hidden/: not allowed. credwatch doctor deepgram",
        "   not listed   vault-prod:kv/hidden/: not allowed. credwatch doctor vault-prod",
        "   undelivered  1 alert, the oldest of 08:00. no [slack] is configured; credwatch deliver prints them",
    ]


@pytest.mark.parametrize(("hour", "late"), [(23, False), (27, True)])
def test_what_is_looked_at_seldom_is_not_late_by_the_pace_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hour: int, *, late: bool
) -> None:
    """Each connection has an `every` of its own, and nobody looks every 15 minutes."""
    text, _, daemon = CONFIG.replace('"vault"', '"vault"\nevery = "6h"').partition("[[deadlines]]")
    scene = Scene(
        tmp_path,
        text.replace('[providers.aws-prod]\nuse = "aws"\n[providers.deepgram]\nuse = "deepgram"\n', "")
        + "[daemon]"
        + daemon.partition("[daemon]")[2],
    )
    scene.sweep(held("vault-prod:kv/a#K", TWILIO, "f", WORKS))
    scene.deliver()
    scene.at(9, 21 + hour // 24, hour % 24, 30)

    code = scene.run("status", "--check")

    assert (code, "one is due every 6 hours" in capsys.readouterr().out) == (3 if late else 0, late)


def test_status_says_what_a_thing_is_that_was_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path)
    scene.sweep(*EVERYTHING, Unlisted("/keys/x", Reason.UNREADABLE, "a pipe, and not a plain file"))

    scene.run("status")

    assert "vault-prod:/keys/x: a pipe, and not a plain file. credwatch doctor" in capsys.readouterr().out


def test_what_no_store_holds_is_not_claimed_while_a_store_is_not_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tmp_path)
    scene.sweep(*EVERYTHING, failed=["aws-prod"])

    scene.run("status")

    assert "held by no store: cannot tell, not wholly listed: aws-prod" in capsys.readouterr().out
