"""Every name in every role, through every command, page and message: nothing is obeyed, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from credwatch.sandbox.server import Server
from credwatch.sandbox.slack import TOKEN, Slack
from tests.cli.scene import NOW
from tests.sinks.company import NAMES, Company, place, talk
from tests.sinks.mrkdwn import read
from tests.sinks.names import HOSTILE, half_numbered, held, numbered, unseen
from tests.sinks.readers import TAGS, Cells


@pytest.fixture(scope="module")
def slack() -> Slack:
    return Slack(("credentials", "voice-oncall"), now=lambda: NOW)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, slack: Slack) -> Iterator[Company]:
    with Server(slack) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLACK_TOKEN", TOKEN)
        patch.setenv("COLUMNS", "9000")
        made = Company(tmp_path_factory.mktemp("company"), server.url)
        talk(made)
        yield made


def strings(thing: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for name, inner in thing.items():
            yield from (name, *strings(inner))
    elif isinstance(thing, list):
        for inner in thing:
            yield from strings(inner)


def told(company: Company, command: str) -> Any:
    return json.loads(company.said[command][1])


def test_nothing_that_is_said_moves_a_cursor_or_turns_the_direction(company: Company) -> None:
    raw = {
        command: sorted({ascii(letter) for letter in out + err if unseen(letter) and letter != "\n"})
        for command, (_, out, err) in company.said.items()
    }

    assert {command: letters for command, letters in raw.items() if letters} == {}


def test_no_command_ends_with_a_defect(company: Company) -> None:
    assert [ascii(command) for command, (code, _, _) in company.said.items() if code == 70] == []


def test_a_list_has_one_line_for_each_place_as_it_has_to_be_typed(company: Company) -> None:
    lines = company.said["list"][1].splitlines()
    starts = [numbered(held(place(number))) for number in range(len(NAMES))]

    assert len(lines) == 1 + len(told(company, "list --json"))
    assert [start for start in starts if not any(line.startswith(start) for line in lines)] == []


@pytest.mark.parametrize("command", ["list --json", "list --all --json"])
def test_machines_read_every_place_exactly(company: Company, command: str) -> None:
    places = {line["place"] for line in told(company, command)}

    assert {held(place(number)) for number in range(len(NAMES))} <= places
    assert {held(f"deadlines:{number} {half_numbered(name)}".strip()) for number, name in enumerate(NAMES)} <= places


@pytest.mark.parametrize("name", HOSTILE)
def test_machines_read_every_name_of_a_key_exactly(company: Company, name: str) -> None:
    number = list(HOSTILE).index(name)
    texts = set(strings(told(company, f"show {held(place(number))} --json")))

    assert {held(HOSTILE[name]), f"{number} {held(HOSTILE[name])}", held(place(number))} <= texts


@pytest.mark.parametrize("name", HOSTILE)
def test_what_was_shown_can_be_typed(company: Company, name: str) -> None:
    where = held(place(list(HOSTILE).index(name)))

    assert company.ask("show", numbered(where)) == company.ask("show", where) != ""


def test_the_log_is_one_object_in_each_line(company: Company) -> None:
    lines = [line for _, _, err in company.said.values() for line in err.splitlines() if line.startswith('{"')]

    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_slack_calls_nobody_leads_nowhere_and_draws_nothing_that_we_did_not_say(company: Company, slack: Slack) -> None:
    messages = [message for room in slack.rooms.values() for message in room.messages]
    texts = [text for message in messages for text in (message.text, *markups(message.blocks))]
    acts = {act for text in texts for act in read(text).acts}

    assert company.said["deliver --json"][0] == 0
    assert len(messages) > len(NAMES) // 3
    assert {kind for kind, _ in acts} == {"sign", "code", "date", "link"}
    assert {said for kind, said in acts if kind == "sign"} == {"*"}
    assert {said for kind, said in acts if kind == "link"} == {HOSTILE["an address"]}
    assert [ascii(text) for text in texts if any(unseen(letter) and letter != "\n" for letter in text)] == []


def markups(blocks: list[Any]) -> Iterator[str]:
    for block in blocks:
        for part in (block.get("text"), *block.get("elements", ())):
            if part:
                assert part["type"] == "mrkdwn"
                yield part["text"]


def test_the_page_is_made_of_our_own_tags_and_shows_the_names(company: Company) -> None:
    reader = Cells()
    reader.feed(company.served["/"].decode())

    assert reader.tags <= TAGS
    assert reader.attributes <= {("class", "bad")}
    assert not any(unseen(letter) and letter != "\n" for letter in company.served["/"].decode())


@pytest.mark.parametrize("path", ["/health", "/api/v1/credentials"])
def test_the_windows_json_is_exact_and_may_be_looked_at(company: Company, path: str) -> None:
    said = company.served[path].decode()
    texts = set(strings(json.loads(said)))

    assert said.isascii()
    assert not any(unseen(letter) and letter != "\n" for letter in said)
    assert path == "/health" or {held(name) for name in NAMES} <= texts


def test_metrics_and_probes_know_no_name(company: Company) -> None:
    said = b"".join(company.served[path] for path in ("/livez", "/readyz", "/metrics")).decode()

    assert [name for name in NAMES if len(name) > 6 and held(name) in said] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("words", ["credwatch ", "credwatch show ", "credwatch list --owner ", "credwatch ack "])
def test_a_shell_completes_our_own_words_only(company: Company, shell: str, words: str) -> None:
    asked = {"_CREDWATCH_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}
    path = {"PATH": os.environ["PATH"], "CREDWATCH_CONFIG": str(company.scene.path)}
    command = [sys.executable, "-c", "from credwatch.cli import main; main()"]

    said = subprocess.run(command, env=asked | path, capture_output=True, text=True, check=False).stdout

    assert said.isascii()
    assert [name for name in NAMES if len(name) > 6 and name in said] == []
