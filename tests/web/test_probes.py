from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager

import pytest

from credwatch.errors import LedgerError
from credwatch.ledger import Ledger
from credwatch.model import Status
from tests.ledger.world import INVALID, judged, seen
from tests.web.world import Stack


def test_alive_and_ready_are_said_in_one_word(stack: Stack) -> None:
    for path in "/livez", "/readyz":
        answer = stack.get(path)

        assert (answer.status, answer.text) == (200, "ok\n")


def test_a_dead_key_and_a_dead_store_make_us_neither_dead_nor_unready(stack: Stack) -> None:
    stack.world.sweep(
        seen("vault:kv/a#X", "f1", tried=INVALID), judge=lambda _m, _n: judged(Status.INVALID), broken=["vault"]
    )

    assert stack.get("/health").status == 503
    assert stack.get("/livez").status == 200
    assert stack.get("/readyz").status == 200


@pytest.mark.parametrize(
    ("state", "livez", "readyz"),
    [
        ({"beats": False, "started": False}, 503, 503),
        ({"started": False}, 200, 503),
        ({"damaged": True}, 200, 503),
        ({"writes": False}, 200, 503),
    ],
)
def test_what_each_of_them_depends_on(stack: Stack, state: dict[str, bool], livez: int, readyz: int) -> None:
    for name, value in state.items():
        setattr(stack, name, value)

    assert (stack.get("/livez").status, stack.get("/readyz").status) == (livez, readyz)


def test_outside_nobody_is_told_where_the_ledger_lies(stack: Stack) -> None:
    stack.damaged = True

    for path in "/readyz", "/metrics":
        answer = stack.get(path)
        assert (answer.status, answer.text) == (503, "the ledger cannot be read\n")


def test_a_ledger_that_is_open_and_cannot_be_read_is_not_ready(stack: Stack) -> None:
    class Unreadable(Ledger):
        def read(self) -> AbstractContextManager[sqlite3.Connection]:
            raise LedgerError("the disk is gone")

    stack.world.ledger = Unreadable.open(None, now=stack.world.now)

    assert (stack.get("/livez").status, stack.get("/readyz").status) == (200, 503)


def test_a_ledger_that_comes_back_is_read_again(stack: Stack) -> None:
    stack.damaged = True
    assert stack.get("/readyz").status == 503
    stack.damaged = False

    assert stack.get("/readyz").status == 200


def test_a_ledger_that_breaks_while_it_is_read_is_opened_anew(stack: Stack) -> None:
    opened = []
    book = type(stack.book)(lambda: opened.append(1) or stack.world.ledger)  # type: ignore[func-returns-value]
    with book.open(), pytest.raises(LedgerError):
        raise LedgerError("damaged")
    assert opened == [1]
    with pytest.raises(LedgerError), book.open():
        raise LedgerError("damaged")
    with book.open():
        pass

    assert opened == [1, 1]
