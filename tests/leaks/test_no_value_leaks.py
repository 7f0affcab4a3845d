"""No value of anything watched, and none of our own, is written anywhere."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.leaks.searching import Hit, Search
from tests.leaks.stack import PATHS, Stack

PLACES = (
    "the data directory",
    "standard output",
    "standard error",
    "Slack",
    "what Slack received",
    "HTTP",
    "command lines",
    "environments",
    "temporary files",
    "what was left behind",
)
SORTS = (
    "our own, Slack",
    "our own, Vault",
    "our own, AppRole",
    "our own, minted by Vault",
    "our own, AWS",
    "our own, Google",
    "our own, for fingerprints",
    "our own, twilio",
    "our own, deepgram",
    "our own, elevenlabs",
    "our own, openai",
    "our own, leaky",
    "Vault's first version",
    "AWS",
    "AWS, bytes",
    "AWS key",
    "Google, bytes",
    "Google's service account",
    "minted by Google",
    "private key",
    "dotenv",
    "nested",
    "crm",
    "leaky, tried",
    "leaky, read",
    "literal",
    "in the environment",
    "somebody's, in a request",
)


@pytest.fixture(scope="session")
def search(stack: Stack) -> Search:
    """All values."""
    return Search(stack.canaries.values.items())


def found(search: Search, stack: Stack, place: str) -> list[Hit]:
    return sorted({hit for content in set(stack.written[place]) for hit in search.hits(place, content)})


@pytest.mark.parametrize("place", PLACES)
def test_no_value_is_in(search: Search, stack: Stack, place: str) -> None:
    assert found(search, stack, place) == []


def test_nothing_was_written_anywhere_else(stack: Stack) -> None:
    assert sorted(stack.written) == sorted((*PLACES, "limits"))


@pytest.mark.parametrize("sort", SORTS)
def test_there_is_a_value_of_every_sort(stack: Stack, sort: str) -> None:
    assert [name for name in stack.canaries.values if name.startswith(sort)]


def test_there_were_a_hundred_values_and_more_and_they_were_sent_to_their_vendors(stack: Stack) -> None:
    """Else nothing would have been proved."""
    tried = {name: len(server.requests) for name, server in stack.scene.servers.items() if name != "slack"}

    assert len(stack.canaries.values) > 400
    assert all(count > 10 for count in tried.values()), tried


def test_everything_that_can_be_said_of_a_key_was_said(stack: Stack) -> None:
    assert column(stack, "select distinct validity from probe") == ["invalid", "suspended", "unknown", "valid"]


@pytest.mark.parametrize("provider", ["vault-prod", "vault-one", "aws-prod", "gcp-voice", "mounted", "leaky-0"])
def test_every_store_was_read(stack: Stack, provider: str) -> None:
    query = "select count(*) from copy where provider = ? and fingerprint is not null"

    assert column(stack, query, provider)[0] >= 10


def test_a_strangers_plug_in_failed_in_every_way(stack: Stack) -> None:
    """At its own methods as its keys were tried; and what it said of a key without failing was kept without the key."""
    tried = column(
        stack, "select t.detail from tried t join credential c on c.id = t.credential_id where kind = 'leaky-key'"
    )

    assert "200 <secret>" in tried
    assert {"ValueError", "ExceptionGroup", "UnicodeDecodeError", "ValidationError", "JSONDecodeError"} <= {*tried}
    assert len(column(stack, "select name from provider where name like 'leaky-%' and reason is not null")) > 10


def column(stack: Stack, query: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(stack.data / "credwatch.db")) as db:
        return sorted(row[0] for row in db.execute(query, values))


@pytest.mark.parametrize("name", ["credwatch.db", "credwatch.db-wal", "credwatch.db-shm"])
def test_what_a_kill_leaves_was_looked_through(stack: Stack, name: str) -> None:
    kept = [content for content in stack.written["the data directory"] if content.startswith(name.encode() + b"\n")]

    assert max(map(len, kept)) > 1000


def test_somebody_was_told(stack: Stack) -> None:
    told = [json.loads(content) for content in stack.written["Slack"]]

    assert sum(len(room) for room in told) > 1
    assert len([content for content in stack.written["what Slack received"] if b"chat.postMessage" in content]) > 1


@pytest.mark.parametrize("path", PATHS[:-1])
def test_everything_that_is_served_was_looked_through(stack: Stack, path: str) -> None:
    lines = [content.partition(b"\n")[0].decode() for content in stack.written["HTTP"]]

    assert [line for line in lines if line.startswith((f"GET {path} 200 ", f"GET {path} 503 "))]


@pytest.mark.parametrize("status", ["200", "400", "404", "405", "413", "421"])
def test_every_way_of_refusing_was_looked_through(stack: Stack, status: str) -> None:
    assert [content for content in stack.written["HTTP"] if content.split()[2] == status.encode()]


def test_the_most_talkative_was_heard_and_what_went_wrong(stack: Stack) -> None:
    said = b"".join(stack.written["standard error"])

    assert b"--log-level\0debug" in b"\0".join(stack.written["command lines"])
    assert said.count(b'"level": "debug"') > 20
    assert said.count(b"Traceback (most recent call last)") > 5
    assert b"Fatal Python error: Segmentation fault" in said
    assert all(any(stack.written[place]) for place in PLACES)
