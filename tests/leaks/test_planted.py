"""A leak that is planted in any of the places is found there: by a program that does on purpose what ours must not."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import urllib3

from credwatch.ledger.queries.rotating import Figures
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Request, Response, Route, Server
from credwatch.sandbox.slack import TOKEN, Slack
from credwatch.web.metrics import Reading
from tests.end_to_end.world import Moved
from tests.leaks.gateway import Received
from tests.leaks.searching import Search
from tests.leaks.stack import Stack
from tests.servers.wallclock import Wallclock
from tests.sinks.sinks import health

VALUE = "sk-planted-kQ9zR2mW7c0ffee42xVb"
SLEEP = "import time; time.sleep(0.3)\n"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Stack]:
    """A stack in which nothing is watched."""
    clock = Moved()
    with Scene(clock) as scene:
        yield Stack(tmp_path, scene, clock, Wallclock(tmp_path))


def program(code: str, *arguments: str, **environment: str) -> Callable[[Stack], None]:
    """A program that does this, watched like ours."""

    def run(stack: Stack) -> None:
        stack.hear(
            [
                sys.executable,
                "-c",
                f"import os, sys, pathlib\nvalue = {VALUE!r}\n{code}",
                *arguments,
            ],
            environment,
        )

    return run


def quiet(code: str, *arguments: str, **environment: str) -> Callable[[Stack], None]:
    """The same; the value is not in its code."""

    def run(stack: Stack) -> None:
        (stack.folder / "value").write_text(VALUE)
        read = f"import os, sys, pathlib\nvalue = pathlib.Path({str(stack.folder / 'value')!r}).read_text()\n"
        stack.hear([sys.executable, "-c", f"{read}{code}", *arguments], environment)

    return run


def kept(where: str, name: str, what: Callable[[Path], object]) -> Callable[[Stack], None]:
    """A file of this directory."""

    def run(stack: Stack) -> None:
        folder = stack.data if where == "data" else stack.own[where]
        folder.mkdir(exist_ok=True)
        what(folder / name)
        stack.collect()

    return run


def column(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = delete")
        db.execute("create table tried (detail text)")
        db.execute("insert into tried values (?)", (f"HTTP 401: {VALUE}",))
        db.commit()


def posted(stack: Stack) -> None:
    """A message whose block quotes it."""
    received = Received(Slack(now=stack.scene.clock.now))
    stack.slack = received
    with Server(received) as server:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        body = {
            "channel": "#credentials",
            "text": "x",
            "blocks": [{"type": "section", "text": {"text": f"401 {VALUE}"}}],
        }
        urllib3.request("POST", f"{server.url}/api/chat.postMessage", headers=headers, body=json.dumps(body))
    stack.scene.slack.rooms["credentials"].messages += received.app.rooms["credentials"].messages
    stack.collect()


class Echo:
    """A page that repeats what it was asked."""

    def routes(self) -> list[Route]:
        return [Route("GET", ".*", self._answer)]

    def _answer(self, request: Request) -> Response:
        return Response.text(f"unknown: {request.query}", 404)


def answered(stack: Stack) -> None:
    with Server(Echo()) as server:
        reply = urllib3.request("GET", f"{server.url}/?token={VALUE}", retries=False)
        stack.keep("HTTP", reply.data)


def measured(stack: Stack) -> None:
    stack.keep("HTTP", Reading(health(f"vault {VALUE}"), b"", Figures({}, (), 0, paused=False), writes=True).text())


PLANTED: dict[str, tuple[str, Callable[[Stack], None]]] = {
    "a line that is printed": ("standard output", quiet("print(f'key {value} works')")),
    "JSON that is printed": ("standard output", quiet("import json; print(json.dumps({'a': [value]}))")),
    "a line of the log": ("standard error", quiet("import logging; logging.error('401 for %s', value)")),
    "an exception's text": ("standard error", quiet("raise ValueError(f'bad key {value}')")),
    "an exception's cause": (
        "standard error",
        quiet("try: int(value)\nexcept ValueError as e: raise RuntimeError('x') from e"),
    ),
    "a warning": ("standard error", quiet("import warnings; warnings.warn(value)")),
    "what a destructor raises": ("standard error", quiet("class A:\n def __del__(self): raise ValueError(value)\nA()")),
    "an exit": ("standard error", quiet("sys.exit(f'no {value}')")),
    "a command line": ("command lines", program(SLEEP)),
    "a child's command line": (
        "command lines",
        quiet(f"import subprocess; subprocess.run([sys.executable, '-c', {SLEEP!r}, value])"),
    ),
    "an environment": ("environments", quiet(SLEEP, TOKEN=VALUE)),
    "a child's environment": (
        "environments",
        quiet(f"import subprocess; subprocess.run([sys.executable, '-c', {SLEEP!r}], env={{'T': value}})"),
    ),
    "a temporary file that is gone again": (
        "temporary files",
        quiet(f"import tempfile\nwith tempfile.NamedTemporaryFile('w') as f: f.write(value); f.flush(); {SLEEP}"),
    ),
    "a file in the home directory": (
        "what was left behind",
        quiet("p = pathlib.Path.home() / '.netrc'; p.write_text(value)"),
    ),
    "a file in the working directory": (
        "what was left behind",
        quiet("pathlib.Path('core.1').write_bytes(b'\\0' + value.encode())"),
    ),
    "a compressed file": ("what was left behind", quiet("import gzip; gzip.open('log.gz', 'wt').write(value)")),
    "a column of the ledger": ("the data directory", kept("data", "credwatch.db", column)),
    "a file beside the ledger": (
        "the data directory",
        kept("data", "x.backup", lambda path: path.write_text(repr({"a": VALUE}))),
    ),
    "a message": ("Slack", posted),
    "a request to Slack": ("what Slack received", posted),
    "an error's page": ("HTTP", answered),
    "a metric's label": ("HTTP", measured),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_leak_is_found_where_it_is(empty: Stack, leak: str) -> None:
    place, plant = PLANTED[leak]
    search = Search([("planted", VALUE)])
    plant(empty)
    empty.collect()
    found = {where for where, contents in empty.written.items() if any(search.hits(where, one) for one in contents)}

    assert place in found
