"""config check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from credwatch.cli import main

WRONG = """
[daemon]
every = "15m"
[providers.vault-prod]
use = "vault"
adress = "https://vault.example.com"
[providers.shelf]
use = "fiels"
[issuers.twillio]
base_url = "https://api.twilio.com"
"""


@pytest.mark.usefixtures("alone")
def test_every_mistake_of_the_plug_ins_tables_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("credwatch.toml").write_text(WRONG)

    assert main(["config", "check"]) == 78
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sorted(line.partition(": ")[0] for line in shown.err.splitlines()) == [
        "credwatch.toml, line 4",
        "credwatch.toml, line 6",
        "credwatch.toml, line 8",
        "credwatch.toml, line 9",
    ]
    assert "Did you mean address?" in shown.err


@pytest.mark.usefixtures("alone")
def test_mistakes_of_both_kinds_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("credwatch.toml").write_text(WRONG.replace('every = "15m"', 'evry = "15m"'))

    assert main(["config", "check"]) == 78
    assert sorted(line.partition(": ")[0] for line in capsys.readouterr().err.splitlines()) == [
        "credwatch.toml, line 3",
        "credwatch.toml, line 4",
        "credwatch.toml, line 6",
        "credwatch.toml, line 8",
        "credwatch.toml, line 9",
    ]


@pytest.mark.usefixtures("alone")
def test_every_mistake_of_the_file_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("credwatch.toml").write_text('[demon]\nevery = "1h"\n[web]\nwindow = "0.0.0.0:8080"\n')

    assert main(["config", "check"]) == 78
    assert [line.partition(": ")[0] for line in capsys.readouterr().err.splitlines()] == [
        "credwatch.toml, line 1",
        "credwatch.toml, line 4",
    ]


@pytest.mark.usefixtures("alone")
def test_what_is_right_is_counted_and_what_is_doubtful_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("credwatch.toml").write_text(
        '[owners.voice]\nchannel = "#voice"\n[providers.shelf]\nuse = "files"\npaths = ["/run/secrets"]\n'
        '[[rules]]\nmatch = { place = "shelf:**" }\nowner = "vioce"\n'
    )

    assert main(["config", "check"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "credwatch.toml is fine: 1 provider, 1 rule, 1 owner, 0 deadlines\n"
    assert shown.err.startswith("credwatch: credwatch.toml, line 8: [[rules]] owner: there is no [owners.vioce]")


@pytest.mark.usefixtures("alone")
def test_consumers_are_counted_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    tables = (
        '[providers.shelf]\nuse = "files"\npaths = ["/run/secrets"]\n[[consumers]]\nname = "ivr"\nreads = "shelf:**"\n'
    )
    Path("credwatch.toml").write_text(tables)

    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out.endswith(" is fine: 1 provider, 0 rules, 0 owners, 0 deadlines, 1 consumer\n")


@pytest.mark.usefixtures("alone")
def test_without_a_file_it_says_what_writes_one(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["config", "check"])

    assert (code, capsys.readouterr().out) == (
        0,
        "There is no configuration file: 0 providers, 0 rules, 0 owners, 0 deadlines. credwatch init writes one.\n",
    )


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("text", "code"), [(WRONG, 78), ("", 0)])
def test_as_json_it_says_the_same(text: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    Path("credwatch.toml").write_text(text)

    assert main(["config", "check", "--json"]) == code
    read = json.loads(capsys.readouterr().out)
    assert (read["fine"], len(read["problems"]), read["warnings"]) == (code == 0, 4 if code else 0, [])
