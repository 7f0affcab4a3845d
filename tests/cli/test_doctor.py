"""doctor: our own house, Slack and every connection; on loopback."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from credwatch.cli import main
from credwatch.clock import SYSTEM, Clock, SystemClock
from credwatch.sandbox.keys import Key
from credwatch.sandbox.scene import Scene


class Stack:
    """A Vault, a Slack and Deepgram's list, configured."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        self.folder, self.scene = folder, scene
        scene.deepgram.projects["p-1"] = "voice"
        self.admin: Key = scene.deepgram.issue("reader", "p-1")
        self.admin.admin = True
        scene.put("voice/prod", NOTHING="much")
        deepgram = '[providers.deepgram]\nuse = "deepgram"\nadmin = "env:DEEPGRAM_READER"\n'
        self.text = scene.configuration(folder / "data") + deepgram

    def doctor(self, *words: str, clock: Clock = SYSTEM) -> int:
        (self.folder / "credwatch.toml").write_text(self.text)
        return main(["doctor", *words], clock=clock)


@contextmanager
def furnished(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """It is there, and so is what its references lead to."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CREDWATCH_CONFIG", raising=False)
    with Scene() as scene:
        made = Stack(folder, scene)
        for name, value in {**scene.environment, "DEEPGRAM_READER": made.admin.value}.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with furnished(tmp_path, monkeypatch) as made:
        yield made


def rows(text: str) -> list[tuple[str, ...]]:
    """The table's cells, down to the empty line."""
    table = text.partition("\n\n")[0].splitlines()
    return [tuple(re.split(r" {2,}", line.removeprefix("  "))) for line in table]


# -- the whole -----------------------------------------------------------------------------------------------------


def test_a_stack_in_which_nothing_is_wrong(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.doctor() == 0
    out = capsys.readouterr().out
    config, data, clock, *others = rows(out)
    assert config == ("config", f"{stack.folder}/credwatch.toml", "ok", "2 providers, 0 rules, 1 owner, 0 deadlines")
    assert data[:3] == ("data", f"{stack.folder}/data", "ok")
    assert data[3].startswith("will be made, 0700, ")
    assert clock == ("clock", "against 10 Date headers", "ok", "right to the second")
    assert others == [
        ("slack", "scopes", "ok", "all"),
        ("", "#credentials", "ok", "the bot is in it"),
        ("", "#voice-oncall", "ok", "the bot is in it"),
        ("", "#voice-alerts", "ok", "the bot is in it"),
        ("vault-prod", "login, token", "ok", "never expires"),
        ("", "list kv/**", "ok", "1 item"),
        ("", "read kv/**", "ok"),
        ("deepgram", "keys", "ok", "1 listed"),
    ]
    assert out.endswith("\n\nNothing is wrong.\n")
    assert not (stack.folder / "data").exists()


def test_one_thing_that_is_wrong_is_said_with_its_mend(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.admin.admin = False

    assert stack.doctor() == 1
    out = capsys.readouterr().out
    assert out.count("WRONG") == 1
    assert re.search(
        r"\n\nOne thing is wrong\.\n  deepgram: keys of p-1: .+\n"
        r"    give `admin` a key with project:read and keys:read, made by an Admin of these projects\n$",
        out,
    )


def test_each_thing_that_is_wrong_is_told_and_no_other_is_left_out(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_TOKEN_OF_THE_WATCH", "xoxb-wrong")
    monkeypatch.delenv("DEEPGRAM_READER")
    stack.text = stack.text.replace('paths = ["kv/**"]', "paths = []")

    assert stack.doctor() == 1
    out = capsys.readouterr().out
    assert out.partition("\n\n")[2].splitlines() == [
        "3 things are wrong.",
        "  slack: token: invalid_auth",
        "    put a valid bot token where [slack] token points",
        "  vault-prod: paths: none: nothing is watched",
        '    say in the table:  paths = ["secret/**", "kv/**"]',
        "  deepgram: configuration: env:DEEPGRAM_READER: this environment variable is not set",
        "    Set it where credwatch runs",
    ]


def test_a_mistake_in_a_table_is_told_once_and_the_rest_is_examined(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.text = stack.text.replace('paths = ["kv/**"]', 'pathz = ["kv/**"]')

    assert stack.doctor() == 1
    out = capsys.readouterr().out
    assert "pathz is not known. Did you mean paths?" in out
    assert "One thing is wrong." in out
    assert ("deepgram", "keys", "ok", "1 listed") in rows(out)


def test_only_the_providers_that_are_named(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.doctor("vault-prod") == 0
    assert [row[0] for row in rows(capsys.readouterr().out)] == ["vault-prod", "", "", "clock"]


@pytest.mark.parametrize("words", [("vault-prd",), ("--policy", "vault-prd")])
def test_a_wrong_name_is_answered_with_the_right_one(
    words: tuple[str, ...], stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    code = stack.doctor(*words)

    assert (code, capsys.readouterr().err) == (
        78,
        "credwatch: there is no provider 'vault-prd'. Did you mean vault-prod? Configured: vault-prod, deepgram\n",
    )


def test_a_table_that_is_a_kind_of_key_connects_to_nothing(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.text += (
        '[providers.crm]\nuse = "http"\nrequest = "GET http://127.0.0.1:9/me"\n'
        'header = "Authorization: Bearer {secret}"\nvalid = [{ status = 200 }]\n'
    )

    assert stack.doctor("crm") == 0
    assert rows(capsys.readouterr().out) == [
        ("crm", "a kind of key", "ok", "its keys are tried wherever they are kept")
    ]


def test_without_slack_and_without_a_file_it_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDWATCH_DAEMON__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CREDWATCH_DAEMON__EPHEMERAL", "true")

    assert main(["doctor"]) == 0
    config, data, slack = rows(capsys.readouterr().out)
    assert config[1:3] == ("no file", "ok")
    assert config[3].endswith("credwatch init writes a first one")
    assert data[2] == "ok"
    assert slack == ("slack", "no [slack]", "ok", "credwatch deliver prints the alerts")


def test_as_json_it_has_every_line(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.admin.admin = False

    assert stack.doctor("--json", "vault-prod", "deepgram") == 1
    read = json.loads(capsys.readouterr().out)
    assert read["wrong"] == 1
    assert [(line["about"], line["ok"]) for line in read["lines"]] == [
        ("vault-prod", True),
        ("vault-prod", True),
        ("vault-prod", True),
        ("deepgram", False),
        ("deepgram", True),
        ("clock", True),
    ]


# -- policy and egress ---------------------------------------------------------------------------------------------


def test_the_policy_is_printed_alone_ready_to_be_piped(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.doctor("--policy", "vault-prod") == 0
    assert capsys.readouterr().out.splitlines() == [
        'path "auth/token/lookup-self" { capabilities = ["read"] }',
        'path "auth/token/renew-self" { capabilities = ["update"] }',
        'path "kv/metadata/*" { capabilities = ["read", "list"] }',
        'path "kv/data/*" { capabilities = ["read"] }',
    ]


def test_what_needs_no_rights_says_so(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.text += f'[providers.shelf]\nuse = "files"\npaths = ["{stack.folder}"]\n'

    assert stack.doctor("--policy", "shelf") == 78
    assert capsys.readouterr().err.startswith("credwatch: shelf has no policy to print")


def test_the_hosts_that_may_be_called_are_printed_one_per_line(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.doctor("--egress") == 0
    printed = capsys.readouterr().out.splitlines()
    local = {server.url.removeprefix("http://") for server in stack.scene.servers.values()}
    assert printed == sorted(set(printed))
    assert {*local, "api.deepgram.com", "verify.twilio.com"} <= set(printed)
    assert "slack.com" not in printed


def test_slack_s_own_host_is_among_them(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.text = re.sub(r"base_url = .*/api/.*\n", "", stack.text)

    assert stack.doctor("--egress", "--json") == 0
    assert "slack.com" in json.loads(capsys.readouterr().out)


# -- the clock -----------------------------------------------------------------------------------------------------


class Late(SystemClock):
    """Ten minutes slow."""

    def now(self) -> datetime:
        return super().now() - timedelta(minutes=10)


def test_a_clock_that_is_wrong_is_said(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.doctor("deepgram", clock=Late()) == 1
    assert re.search(r"  clock +against \d Date headers +WRONG +(599|600|601) s behind\n", capsys.readouterr().out)
