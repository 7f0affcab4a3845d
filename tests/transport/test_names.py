"""Names are resolved within a limit."""

from __future__ import annotations

import socket
import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from credwatch.contract import Reason, TransportError
from credwatch.transport import Transport
from credwatch.transport.names import Names, loopback


def answer(port: int) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))]


def test_a_name_that_does_not_exist_is_a_reason() -> None:
    transport = Transport()

    with pytest.raises(TransportError) as caught:
        transport.to(["no-such-host.invalid"]).send("GET", "https://no-such-host.invalid/", headers={})

    assert (caught.value.reason, caught.value.__context__) == (Reason.DNS, None)
    transport.close()


def test_a_resolver_that_hangs_holds_nobody_longer_than_the_deadline() -> None:
    go_on = threading.Event()
    transport = Transport(names=Names(lambda *_, **__: go_on.wait(10) and []))
    began = time.monotonic()

    with pytest.raises(TransportError) as caught:
        transport.to(["a.test"], deadline=timedelta(seconds=0.1)).send("GET", "https://a.test/", headers={})

    assert caught.value.reason in {Reason.DNS, Reason.TIMEOUT}
    assert time.monotonic() - began < 1
    go_on.set()
    transport.close()


def test_a_hanging_resolver_uses_a_bounded_number_of_threads() -> None:
    go_on = threading.Event()
    names = Names(lambda *_, **__: go_on.wait(10) and [], at_once=2)
    before = threading.active_count()

    for number in range(5):
        with pytest.raises(TransportError, match="name"):
            names.addresses(f"{number}.test", 443, 0.02)

    assert threading.active_count() - before <= 2
    go_on.set()


def test_a_name_is_asked_for_once_while_the_answer_is_fresh() -> None:
    asked: list[str] = []

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return answer(port)

    names = Names(lookup)
    found = [names.addresses("a.test", 443, 1) for _ in range(3)]

    assert asked == ["a.test"]
    assert found == [((socket.AF_INET, ("192.0.2.7", 443)),)] * 3


def test_a_name_that_failed_is_asked_for_again() -> None:
    answers: list[list[Any]] = [[], answer(443)]
    names = Names(lambda *_, **__: answers.pop(0))

    with pytest.raises(TransportError, match="no address"):
        names.addresses("a.test", 443, 1)
    assert names.addresses("a.test", 443, 1)


def test_an_address_and_localhost_are_not_looked_up() -> None:
    def lookup(*_: Any, **__: Any) -> list[Any]:
        raise AssertionError

    names = Names(lookup)

    assert names.addresses("127.0.0.1", 1, 1) == ((socket.AF_INET, ("127.0.0.1", 1)),)
    assert names.addresses("[::1]", 1, 1) == ((socket.AF_INET6, ("::1", 1)),)
    assert names.addresses("localhost", 1, 1)[0] == (socket.AF_INET, ("127.0.0.1", 1))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("[::1]", True),
        ("localhost", True),
        ("localhost.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("127.1", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_what_counts_as_loopback(host: str, expected: bool) -> None:  # noqa: FBT001  a row of the table
    assert loopback(host) is expected
