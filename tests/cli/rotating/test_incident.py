"""incident: everything of one vendor in order."""

from __future__ import annotations

import json
import shlex

import pytest

from credwatch.model.rotating import State
from credwatch.sandbox.keys import State as Condition
from tests.cli.rotating.yard import CONSUMER, EU, PROD, STAGING, Yard

RULES = f"""
[[rules]]
match = {{ place = "{STAGING.partition("#")[0]}" }}
environment = "staging"
{CONSUMER}"""
OTHER = "vault-prod:kv/voice/other#DEEPGRAM_API_KEY"


@pytest.fixture
def several(bare: Yard) -> Yard:
    bare.configure(RULES)
    bare.put("staging", bare.issue("staging"))
    bare.put("other", bare.issue("other"))
    bare.sweep()
    return bare


def test_the_canary_comes_first_then_the_fewest_places(several: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    written = len(several.writes())

    assert several.run("incident", "--vendor", "deepgram") == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 keys of deepgram, in this order; 3 would start now. Nothing was changed.",
        "",
        f"  1  staging     Deepgram key staging     {STAGING}",
        f'      credwatch rotate {STAGING} --compromised --reason "…"',
        f"  2  production  Deepgram key other       {OTHER}",
        f'      credwatch rotate {OTHER} --compromised --reason "…"',
        f"  3  production  Deepgram key voice-prod  {EU} +1",
        f'      credwatch rotate {EU} --compromised --reason "…"',
        "",
        "One after the other: see the first one done, and that its readers work, before the next.",
    ]
    assert (len(several.writes()), several.rotations(), several.audit()) == (written, (), [])


def test_what_would_not_start_says_why_in_its_place(several: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    next(key for key in several.scene.deepgram.keys if key.name == "other").state = Condition.DELETED

    assert several.run("incident", "--vendor", "deepgram", "--json") == 1
    order = json.loads(capsys.readouterr().out)["order"]
    assert [bool(one["why_not"]) for one in order] == [False, True, False]
    assert "the old key is dead" in order[1]["why_not"]


@pytest.mark.parametrize(
    ("at", "wait"), [pytest.param(State.STAGED, 2, id="not live"), pytest.param(State.GRACE, 0, id="both keys live")]
)
def test_while_one_is_not_live_yet_the_others_wait(
    several: Yard, capsys: pytest.CaptureFixture[str], at: State, wait: int
) -> None:
    several.dies(PROD, lambda turn: turn.to is at)
    capsys.readouterr()

    assert several.run("incident", "--vendor", "deepgram") == 1
    out = capsys.readouterr().out
    assert out.count("no: another one of the same vendor account is under way: credwatch rotations") == wait
    assert f"no: it is being rotated already, by {several.id}" in out


def test_a_vendor_that_nobody_knows_is_a_wrong_word(several: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    assert several.run("incident", "--vendor", "depgram") == 64
    assert "Did you mean deepgram?" in capsys.readouterr().err


def test_a_freeze_does_not_hold_back_what_is_compromised(bare: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    bare.configure(f'{CONSUMER}[rotate]\nfreeze = ["2026-11-01 - 2026-12-30"]\n')
    bare.sweep()

    assert bare.run("incident", "--vendor", "deepgram") == 0
    assert f"credwatch rotate {EU} --compromised" in capsys.readouterr().out
    assert bare.run("--quiet", "rotate", EU, "--compromised", "--yes") == 0


@pytest.mark.parametrize("name", ["st $(touch pwned)", "st;touch pwned", "st`touch pwned`", "it's", "a&b|c"])
def test_a_place_that_a_shell_would_run_is_one_word_of_the_command(
    bare: Yard, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    bare.put(name, bare.issue("odd", days=5))
    bare.sweep()
    place = f"vault-prod:kv/voice/{name}#DEEPGRAM_API_KEY"
    capsys.readouterr()

    bare.run("incident", "--vendor", "deepgram")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if f"/{name[:2]}" in line and "--comp" in line]
    assert shlex.split(line)[:4] == ["credwatch", "rotate", place, "--compromised"]

    bare.run("rotate", place, "--dry-run")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "To do it:" in line]
    assert shlex.split(line)[3:6] == ["credwatch", "rotate", place]


def test_a_key_that_a_person_makes_is_handed_over_by_a_command_that_can_be_pasted(
    bare: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    place = "vault-prod:kv/voice/tw#TWILIO_AUTH_TOKEN"
    bare.scene.put("voice/tw", TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="1" * 32)
    bare.run("--quiet", "sweep", "--no-settle")

    assert bare.run("incident", "--vendor", "twilio") == 1
    assert f"paste it: credwatch rotate {place} --compromised --paste\n" in capsys.readouterr().out
