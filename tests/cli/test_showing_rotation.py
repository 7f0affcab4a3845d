"""What `show` says of a key's rotation, and which line said it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.scene import TWILIO, Scene, held

CONFIG = """[providers.vault-prod]
use = "vault"
[providers.aws-prod]
use = "aws"
[daemon]
data = "{data}"
"""


def scene(tmp_path: Path, more: str) -> Scene:
    made = Scene(tmp_path, CONFIG + more)
    made.sweep(held("vault-prod:kv/voice/prod#K", TWILIO, "f"))
    return made


def rule(sets: str) -> str:
    return f'[[rules]]\nmatch = {{{{ place = "vault-prod:**" }}}}\n{sets}\n'


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", ""),
        ('[defaults]\nrotate = "manual"\n', "rotate manual (default)"),
        (rule('rotate = "off"'), "rotate off (rule, line 7)"),
        (rule('rotate = "manual"'), "rotate manual (rule, line 7)"),
        (rule('rotate = "auto"'), "rotate auto at 21 d (rule, line 7 + default)"),
        (rule('rotate = "auto"\nrotate_at = "14d"'), "rotate auto at 14 d (rule, line 7)"),
        (
            rule('rotate = "auto"\nrotate_at = "14d"\nexpires = "90d"\nrevoke = "proved"'),
            "rotate auto at 14 d (rule, line 7), for 90 d (rule, line 7), revoke proved (rule, line 7)",
        ),
        (
            '[rotate]\nrevoke = "grace"\n' + rule('rotate = "manual"'),
            "rotate manual (rule, line 9), revoke grace (default)",
        ),
    ],
)
def test_a_rotation_is_told_with_the_line_that_turned_it_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, said: str
) -> None:
    scene(tmp_path, more).run("show", "prod#K")

    words = " ".join(capsys.readouterr().out.replace(" ·", "").split())
    owner = words.partition(" owner ")[2].partition(" told ")[0]
    around = ("nobody (default) production (default)", said, "page at 3 d (default) max age 365 d (default)")
    assert owner == " ".join(filter(None, around))


def test_the_ledger_gives_back_what_the_rules_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = 'rotate = "auto"\nrotate_at = "14d"\nexpires = "90d"\nrevoke = "grace"'

    scene(tmp_path, rule(sets)).run("show", "--json", "prod#K")

    policy = json.loads(capsys.readouterr().out)["policy"]
    assert [policy[name] for name in ("rotate", "rotate_at", "expires", "revoke")] == [
        "auto",
        14 * 86400,
        90 * 86400,
        "grace",
    ]
