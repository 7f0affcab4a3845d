"""init."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from credwatch.cli import main
from credwatch.cli.drafting import draft, toml
from credwatch.config.loading import parse
from credwatch.contract import Found, Plugin
from credwatch.registry import Registry

ENVIRONMENT = {
    "VAULT_ADDR": "https://vault.example.com",
    "VAULT_TOKEN": "hvs.canary-of-the-vault",
    "AWS_PROFILE": "prod",
    "AWS_REGION": "eu-west-1",
    "GOOGLE_CLOUD_PROJECT": "voice-prod-1",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
    "TWILIO_AUTH_TOKEN": "canary-of-twilio",
    "DEEPGRAM_API_KEY": "canary-of-deepgram",
    "SLACK_BOT_TOKEN": "xoxb-canary-of-slack",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def test_what_the_environment_shows_becomes_a_configuration_that_is_right(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    assert main(["init"]) == 0
    said = capsys.readouterr().out
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == "credwatch.toml is fine: 5 providers, 0 rules, 0 owners, 0 deadlines\n"
    written = (alone / "credwatch.toml").read_text()
    assert said.startswith("Found: AWS by AWS_PROFILE, region eu-west-1;")
    assert "Not found" not in said
    assert said.endswith(f"Wrote credwatch.toml ({len(written.splitlines())} lines). Next: credwatch doctor\n")
    assert stat.S_IMODE((alone / "credwatch.toml").stat().st_mode) == 0o644
    assert "canary" not in written + said


def test_references_stand_for_what_was_found(registry: Registry) -> None:
    read = tomllib.loads(draft(registry, ENVIRONMENT, "it").text)

    assert read["slack"]["token"] == "env:SLACK_BOT_TOKEN"
    assert read["providers"]["vault"] == {
        "use": "vault",
        "address": "https://vault.example.com",
        "auth": {"token": "env:VAULT_TOKEN"},
        "paths": [],
    }
    assert read["providers"]["twilio"]["admin"] == {
        "sid": "AC00000000000000000000000000000001",
        "secret": "env:TWILIO_AUTH_TOKEN",
    }


@pytest.mark.usefixtures("alone")
def test_where_nothing_is_found_that_is_said_and_the_configuration_is_right_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["init"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["Found: nothing in this environment.", "Not found: Slack."]
    assert main(["config", "check"]) == 0


def test_every_example_that_stands_in_a_comment_is_right_too(registry: Registry) -> None:
    text = draft(registry, {}, "it").text
    examples = "\n".join(
        line.removeprefix("# ")
        for line in text.splitlines()
        if line.startswith("# ") and (" = " in line or line.startswith("# ["))
        if "Durations" not in line and "Left out" not in line
    )
    config = parse(f"{examples}\n[daemon]\nevery = '1h'\n", {}, "the examples")

    assert registry.check(config) == []
    assert config.slack is not None
    assert (len(config.owners), len(config.providers), len(config.rules), len(config.deadlines)) == (1, 1, 1, 1)


@pytest.mark.usefixtures("alone")
def test_what_is_there_is_not_written_over_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("credwatch.toml").write_text("# mine\n")

    assert main(["init"]) == 78
    assert capsys.readouterr().err == (
        "credwatch: credwatch.toml is there already. --force writes over it, --path writes another\n"
    )
    assert Path("credwatch.toml").read_text() == "# mine\n"
    assert main(["init", "--force"]) == 0
    assert Path("credwatch.toml").read_text() != "# mine\n"
    assert [path.name for path in Path().iterdir()] == ["credwatch.toml"]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("words", [("init", "--path", "other.toml"), ("--config", "other.toml", "init")])
def test_another_place_is_named_in_the_next_step(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(words)) == 0
    assert capsys.readouterr().out.endswith("Next: credwatch --config other.toml doctor\n")
    assert main(["--config", "other.toml", "config", "check"]) == 0


@pytest.mark.usefixtures("alone")
def test_a_place_that_cannot_be_written_is_an_error_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--path", "no/such/folder/c.toml"]) == 78
    assert "cannot be written: No such file or directory. Name another place with --path" in capsys.readouterr().err


def test_what_cannot_be_used_is_left_out_without_its_values(registry: Registry) -> None:
    drafted = draft(registry, {"VAULT_ADDR": "http://ana:canary@vault.example.com", "AWS_PROFILE": "prod"}, "it")

    assert list(tomllib.loads(drafted.text)["providers"]) == ["aws"]
    assert list(drafted.left_out) == ["vault"]
    assert drafted.left_out["vault"].startswith("[providers.vault] address")
    assert f"# Left out: {drafted.left_out['vault']}\n# [providers.vault]\n" in drafted.text
    assert "canary" not in drafted.text + "".join(drafted.found)


def test_two_finds_of_one_name_are_two_tables() -> None:
    table = {"use": "files", "paths": ["/run/secrets"]}
    files = Registry.load().plugins["files"]
    finds = Plugin(discover=lambda _: iter([Found("x", table, "one"), Found("x", table, "two\nlines")]))
    drafted = draft(Registry({"files": files, "finds": finds}), {}, "it")

    assert list(tomllib.loads(drafted.text)["providers"]) == ["x", "x-2"]
    assert drafted.found == ("one", "two\\nlines")


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        'quotes " and \\ backslashes',
        "new\nline\ttab\x00\x1f\x7f",
        "ü … 🔑",
        True,
        12,
        ["a", "b"],
        [],
        {},
        {"token": "env:X", "a b": {"c": ["d"]}, "": "empty"},
    ],
)
def test_what_is_written_is_what_toml_reads(value: Any) -> None:
    assert tomllib.loads(f"it = {toml(value)}\n") == {"it": value}


def test_text_that_no_file_can_hold_is_still_written() -> None:
    assert tomllib.loads(f"it = {toml('a' + chr(0xDC80))}\n") == {"it": r"a\udc80"}


@pytest.mark.parametrize(
    ("environ", "above", "data"),
    [
        ({"HOME": "/home/ana"}, "not/yet/there", "{usual}"),
        ({"HOME": "/home/ana"}, "file", "/home/ana/.local/state/credwatch"),
        ({"HOME": "/home/ana", "XDG_STATE_HOME": "/state"}, "file", "/state/credwatch"),
        ({}, "file", "{usual}"),
    ],
)
def test_the_ledger_goes_where_we_may_write(
    environ: dict[str, str], above: str, data: str, tmp_path: Path, registry: Registry
) -> None:
    (tmp_path / "file").touch()
    usual = tmp_path / above / "credwatch"
    read = tomllib.loads(draft(registry, environ, "it", data=usual).text)

    assert read["daemon"]["data"] == data.format(usual=usual)


def test_the_manifest_of_the_slack_app_is_the_one_that_is_deployed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "slack-app"]) == 0
    printed = capsys.readouterr().out
    assert printed == (Path(__file__).parents[2] / "deploy" / "slack-app.yaml").read_text()
    assert "chat:write" in yaml.safe_load(printed)["oauth_config"]["scopes"]["bot"]
