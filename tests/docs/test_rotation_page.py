"""What docs/rotation.md says is what the code does: its commands, its tables, its configurations."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from credwatch.cli import COMMANDS, credwatch
from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.model.rotating import State, Trouble
from credwatch.rotation.offers import ABORT, ADOPT, GO_ON, LEAVE_KEY, LEAVE_PLACE, OFFERS, OVERWRITE, ROLLBACK

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rotation.md").read_text()
SOURCE = "".join(path.read_text() for path in sorted((ROOT / "credwatch" / "rotation").rglob("*.py")))
WAYS = {
    GO_ON: "resume ID",
    ADOPT: "resume ID --adopt KEY",
    LEAVE_KEY: "resume ID --leave KEY",
    OVERWRITE: "resume ID --overwrite PLACE@VERSION",
    LEAVE_PLACE: "resume ID --leave PLACE",
    ABORT: "abort ID",
    ROLLBACK: "rollback ID",
}
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
PROVIDERS = """
[providers.vault-prod]
use = "vault"
address = "https://vault.example.com"
auth = { token = "file:/run/secrets/credwatch/vault" }
[providers.deepgram]
use = "deepgram"
admin = "file:/run/secrets/credwatch/deepgram"
"""


def commands() -> list[str]:
    """Every command line on the page, and the ways out of the runbook as they are typed."""
    typed = [line.partition("  #")[0] for line in re.findall(r"^\$ (credwatch .+)$", PAGE, re.MULTILINE)]
    return sorted({*typed, *re.findall(r"`(credwatch [^`]+)`", PAGE), *(f"credwatch {way}" for way in WAYS.values())})


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below this heading."""
    table = PAGE.partition(heading)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line][1:]


RUNBOOK = rows("| trouble | the message says | what has happened, and what to mend | ways out |")


@pytest.mark.parametrize("command", commands())
def test_every_command_is_there_with_its_options(command: str) -> None:
    _, name, *words = shlex.split(command)
    context = click.Context(credwatch, info_name="credwatch")
    found = credwatch.get_command(context, name) if name in COMMANDS else None
    if isinstance(found, click.Group) and words and not words[0].startswith("-"):
        found = found.get_command(context, words.pop(0))

    assert found is not None
    known = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_runbook_has_each_trouble_once_in_the_order_of_the_code() -> None:
    assert [row[0].strip("`") for row in RUNBOOK] == [trouble.value for trouble in OFFERS] == [*map(str, Trouble)]


@pytest.mark.parametrize("row", RUNBOOK, ids=[row[0].strip("`") for row in RUNBOOK])
def test_the_runbook_has_exactly_the_ways_out_of_the_code(row: list[str]) -> None:
    assert re.findall(r"`([^`]+)`", row[3]) == [WAYS[offer] for offer in OFFERS[Trouble(row[0].strip("`"))]]


@pytest.mark.parametrize("words", sorted({words for row in RUNBOOK for words in re.findall(r'"([^"]+)"', row[1])}))
def test_what_the_message_is_said_to_say_it_says(words: str) -> None:
    assert words in SOURCE


def test_each_state_is_in_the_picture_and_in_the_table() -> None:
    picture = PAGE.partition("```mermaid")[2].partition("```")[0]
    table = [
        name for row in rows("| state | what is true | died here, the next process … |") for name in row[0].split(", ")
    ]

    assert set(re.findall(r"[A-Z_]{4,}", picture)) == {state.name for state in State} == set(table)


@pytest.mark.parametrize("text", TOML, ids=[text.splitlines()[0] for text in TOML])
def test_each_configuration_is_one(text: str) -> None:
    assert isinstance(parse(PROVIDERS + text, {}, "the page"), Config)
