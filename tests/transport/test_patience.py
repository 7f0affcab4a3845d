"""How long a listing waits before it asks again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from credwatch.contract import Reason, Reply, TransportError
from credwatch.transport import Patient, backoff, retry_after

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
GOOD = Reply(200, {}, b"{}")
BUSY = Reply(429, {"retry-after": "7"}, b"")
DOWN = Reply(503, {}, b"")
LATE = TransportError(Reason.TIMEOUT)


class FakeClock:
    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return sum(self.waits)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        self.waits.append(seconds)
        return not stop.is_set()


class Scripted:
    def __init__(self, *answers: Reply | TransportError) -> None:
        self.answers = list(answers)

    def now(self) -> datetime:
        return NOW

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:  # noqa: ARG002  Http's own
        answer = self.answers.pop(0)
        if isinstance(answer, TransportError):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("answers", "status", "waits"),
    [
        ([GOOD], 200, []),
        ([Reply(401, {}, b"")], 401, []),
        ([BUSY, GOOD], 200, [7.0]),
        ([DOWN, GOOD], 200, [1.0]),
        ([LATE, DOWN, GOOD], 200, [1.0, 2.0]),
        ([DOWN, DOWN, DOWN, DOWN], 503, [1.0, 2.0, 4.0]),
        ([Reply(429, {"retry-after": "3600"}, b"")], 429, []),
    ],
)
def test_what_passes_is_asked_again_and_the_rest_is_handed_on(answers: Any, status: int, waits: list[float]) -> None:
    http, clock = Scripted(*answers), FakeClock()

    reply = Patient(http, clock, lambda: 1.0).send("GET", "https://a.test/", headers={})

    assert (reply.status, clock.waits, http.answers) == (status, waits, [])


@pytest.mark.parametrize(
    ("errors", "waits"),
    [
        ([LATE] * 4, [1.0, 2.0, 4.0]),
        ([TransportError(Reason.TLS)], []),
        ([LATE, TransportError(Reason.WRONG_HOST)], [1.0]),
    ],
)
def test_the_last_error_is_handed_on(errors: list[TransportError], waits: list[float]) -> None:
    http, clock = Scripted(*errors), FakeClock()

    with pytest.raises(TransportError) as caught:
        Patient(http, clock, lambda: 1.0).send("GET", "https://a.test/", headers={})

    assert (caught.value.reason, clock.waits, http.answers) == (errors[-1].reason, waits, [])


@pytest.mark.parametrize("method", ["GET", "LIST", "list", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize("answer", [LATE, DOWN, BUSY], ids=["late", "down", "busy"])
def test_what_may_change_something_is_repeated_only_where_it_was_turned_away(
    answer: Reply | TransportError, method: str
) -> None:
    http, clock = Scripted(answer, GOOD), FakeClock()

    with suppress(TransportError):
        Patient(http, clock, lambda: 1.0).send(method, "https://a.test/", headers={})

    assert len(clock.waits) == (answer is BUSY or method not in {"POST", "PUT"})


def test_a_stop_ends_the_waiting() -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(TransportError, match="stopped"):
        Patient(Scripted(DOWN, GOOD), FakeClock(), lambda: 1.0, stop=stop).send("GET", "https://a.test/", headers={})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "30"}, 1.5),
        ({"retry-after": "Sat, 21 Nov 2026 03:01:00 GMT"}, 60.0),
        ({"retry-after": "Sat, 21 Nov 2026 02:59:00 GMT"}, 0.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Sat, 99 Nov 99999 03:01:00 GMT"}, None),
        ({"retry-after": "later"}, None),
    ],
)
def test_the_wait_that_a_reply_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Reply(429, headers, b""), NOW) == seconds


@pytest.mark.parametrize(("failures", "most"), [(1, 1.0), (2, 2.0), (3, 4.0), (9, 20.0)])
def test_backoff_is_anything_up_to_an_exponential_ceiling(failures: int, most: float) -> None:
    assert (backoff(failures, lambda: 0.0), backoff(failures, lambda: 0.5), backoff(failures, lambda: 1.0)) == (
        0,
        most / 2,
        most,
    )
