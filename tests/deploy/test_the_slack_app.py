from __future__ import annotations

from pathlib import Path

import yaml

from credwatch.alerts.doctor import NEEDED

APP = yaml.safe_load((Path(__file__).parents[2] / "deploy/slack-app.yaml").read_text(encoding="utf-8"))


def test_the_app_has_the_scopes_that_the_code_needs_and_no_other() -> None:
    assert sorted(APP["oauth_config"]["scopes"]["bot"]) == sorted(NEEDED)


def test_the_app_acts_for_no_person() -> None:
    assert list(APP["oauth_config"]["scopes"]) == ["bot"]


def test_the_app_opens_no_door() -> None:
    assert APP["settings"] == dict.fromkeys(
        ("org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled"), False
    )
