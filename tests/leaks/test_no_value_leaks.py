"""No value of anything watched, and none of our own, is written anywhere."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.leaks.searching import Search
from tests.leaks.stack import Stack

PLACES = (
    "the data directory",
    "standard output",
    "standard error",
    "Slack",
    "HTTP",
    "command lines",
    "environments",
)


@pytest.mark.parametrize("place", PLACES)
def test_no_value_is_in(stack: Stack, place: str) -> None:
    search = Search(stack.canaries.values.items())
    hits = {hit for content in stack.written[place] for hit in search.hits(place, content)}

    assert sorted(hits) == []


def test_there_were_a_hundred_values_and_more_and_they_were_sent_to_their_vendors(stack: Stack) -> None:
    """Else nothing would have been proved."""
    tried = {name: len(server.requests) for name, server in stack.scene.servers.items()}

    assert len(stack.canaries.values) > 100
    assert all(count > 10 for count in tried.values()), tried


def test_everything_that_can_be_said_of_a_key_was_said(stack: Stack) -> None:
    with closing(sqlite3.connect(stack.data / "credwatch.db")) as db:
        said = {row[0] for row in db.execute("select distinct validity from probe")}

    assert said == {"valid", "invalid", "suspended", "unknown"}


@pytest.mark.parametrize("name", ["credwatch.db", "credwatch.db-wal", "credwatch.db-shm"])
def test_what_a_kill_leaves_was_looked_through(stack: Stack, name: str) -> None:
    kept = {content.partition(b"\n")[0].decode(): content for content in stack.written["the data directory"]}

    assert len(kept[name]) > 1000


def test_somebody_was_told(stack: Stack) -> None:
    told = [json.loads(content) for content in stack.written["Slack"]]

    assert sum(len(room) for room in told) > 1


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/credentials", "/livez", "/readyz", "/metrics"])
def test_everything_that_is_served_was_looked_through(stack: Stack, path: str) -> None:
    lines = [content.partition(b"\n")[0].decode() for content in stack.written["HTTP"]]

    assert [line for line in lines if line.startswith((f"{path} 200 ", f"{path} 503 "))]


def test_the_most_talkative_was_heard(stack: Stack) -> None:
    assert b"--log-level\0debug" in b"\0".join(stack.written["command lines"])
    assert all(any(stack.written[place]) for place in PLACES)
