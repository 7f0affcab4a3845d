"""Answers that wait for the ledger hold nobody up."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from credwatch.web.aside import AT_ONCE, Aside
from credwatch.web.serving import Face, Web
from tests.web.world import ANY, Stack


@pytest.fixture
def held(stack: Stack) -> Iterator[Stack]:
    """Somebody has the ledger and does not give it back until the end of the test."""
    over = threading.Event()

    def hold() -> None:
        with stack.book.open():
            had.set()
            over.wait(60)

    had = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    had.wait(60)
    yield stack
    over.set()
    holder.join()


def test_livez_is_answered_while_everything_else_waits(held: Stack) -> None:
    waiting = [held.dial() for _ in range(2 * AT_ONCE)]
    for one in waiting:
        one.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")

    assert held.get("/livez").status == 200
    for one in waiting:
        one.close()


def test_it_holds_up_no_end() -> None:
    over = threading.Event()
    begun = threading.Event()

    def wait(_: Request) -> Response:
        begun.set()
        over.wait(60)
        return PlainTextResponse("late")

    with Stack() as stack:
        app = Starlette(routes=[Route("/", Aside()(wait))])
        with Web([Face("waiting", ANY, app, 20)]) as web:
            stack.web = web
            with stack.dial() as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                assert begun.wait(60)
        daemons = [thread.daemon for thread in threading.enumerate() if thread.name == "answer"]
        over.set()

    assert daemons == [True]
