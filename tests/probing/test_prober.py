"""How probes are paced, repeated and given up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credwatch.contract import Facts, Kind, Match, ProbeResult, ProviderError, Reason, Secret, TransportError, Validity
from credwatch.probing import Limits, Prober, Try
from credwatch.transport import Transport

VALID = ProbeResult.valid()
DOWN = ProbeResult.unknown(Reason.SERVER_ERROR)
Make = Callable[..., Prober]


def key(kind: Kind, value: str, account: str | None = None, **match: Any) -> Try:
    return Try(
        Match(kind, {}, facts=Facts(account=account), **match), {"secret": Secret(value)}, value, f"f-{value}", value
    )


def keys(kind: Kind, count: int, account: str | None = None) -> list[Try]:
    return [key(kind, f"{account or 'key'}-{number}", account) for number in range(count)]


def answers(prober: Prober, tries: Any) -> dict[str, ProbeResult]:
    return {tried.context: result for tried, result, _ in prober.try_all(tries, threading.Event())}


@pytest.fixture
def make(transport: Transport, clock: Any, kind: Kind) -> Make:
    def prober(issuer: Any, **given: Any) -> Prober:
        settings: dict[str, Any] = {"workers": 1, "random": lambda: 1.0} | given
        return Prober(transport, {kind.name: (kind, issuer)}, clock, **settings)

    return prober


def test_every_key_is_answered_once(make: Make, kind: Kind, issuer: Any) -> None:
    fake = issuer(lambda *_: VALID)

    found = answers(make(fake, workers=8), keys(kind, 200))

    assert len(found) == len(fake.tried) == 200
    assert {result.validity for result in found.values()} == {Validity.VALID}


def test_an_answer_has_the_time_and_the_length_of_the_last_attempt(
    make: Make, kind: Kind, issuer: Any, clock: Any
) -> None:
    def slow(_: str, before: int) -> ProbeResult:
        clock.wait(5.0 if before else 3.0, threading.Event())
        return VALID if before else DOWN

    [(_, result, at)] = make(issuer(slow)).try_all([key(kind, "a")], threading.Event())

    assert (result.latency, at) == (timedelta(seconds=5), clock.now())


def test_several_values_of_one_key_id_are_tried_one_by_one(make: Make, kind: Kind, issuer: Any, clock: Any) -> None:
    """AWS says no to the right secret too, for some seconds after it was asked with a wrong one."""
    asked: dict[str, float] = {}

    def says(value: str, _before: int) -> ProbeResult:
        asked[value] = clock.monotonic()
        return VALID

    by_id = replace(kind, key_id="id")
    shared, other = Facts(key_id="AKIA1"), Facts(key_id="AKIA2")
    tries = [
        replace(one, match=replace(one.match, facts=facts))
        for one, facts in zip(keys(by_id, 4), (shared, other, shared, shared), strict=True)
    ]
    prober = make(issuer(says), workers=8)
    answers(prober, [tries[0], tries[1], tries[2]])
    answers(prober, [replace(tries[2], context="again"), tries[3]])

    assert [round(asked[f"key-{number}"]) for number in (0, 1, 3)] == [0, 0, 12]
    assert round(asked["key-2"]) == 6


@pytest.mark.parametrize(
    ("reason", "attempts"),
    [
        (Reason.TIMEOUT, 3),
        (Reason.RATE_LIMITED, 3),
        (Reason.SERVER_ERROR, 3),
        (Reason.UNREACHABLE, 3),
        (Reason.DNS, 3),
        (Reason.TLS, 1),
        (Reason.REDIRECTED, 1),
        (Reason.TOO_LARGE, 1),
        (Reason.UNREADABLE, 1),
        (Reason.UNEXPECTED, 1),
        (Reason.MALFORMED, 1),
        (Reason.WRONG_HOST, 1),
    ],
)
def test_only_what_passes_is_tried_again(make: Make, kind: Kind, issuer: Any, reason: Reason, attempts: int) -> None:
    fake = issuer(lambda *_: ProbeResult.unknown(reason))

    found = answers(make(fake), [key(kind, "a")])

    assert (found["a"].validity, found["a"].reason, len(fake.tried)) == (Validity.UNKNOWN, reason, attempts)


@pytest.mark.parametrize("final", [VALID, ProbeResult.invalid(), ProbeResult.suspended()])
def test_an_answer_after_failures_is_the_answer(
    make: Make, kind: Kind, issuer: Any, clock: Any, final: ProbeResult
) -> None:
    found = answers(make(issuer(lambda _, before: DOWN if before < 2 else final)), [key(kind, "a")])

    assert found["a"].validity is final.validity
    assert clock.waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (
            TransportError(Reason.TLS, "api.test: certificate has expired"),
            Reason.TLS,
            "api.test: certificate has expired",
        ),
        (ProviderError(Reason.MALFORMED, "sk-canary"), Reason.MALFORMED, ""),
        (ValueError("sk-canary"), Reason.UNEXPECTED, "ValueError"),
        (RecursionError("sk-canary"), Reason.UNEXPECTED, "RecursionError"),
    ],
)
def test_what_a_plug_in_raises_is_an_answer_without_its_text(
    make: Make, kind: Kind, issuer: Any, error: Exception, reason: Reason, detail: str
) -> None:
    def fail(*_: Any) -> ProbeResult:
        raise error

    found = answers(make(issuer(fail)), [key(kind, "a")])

    assert found["a"] == ProbeResult.unknown(reason, detail=detail)


def test_what_cannot_be_tried_is_not_tried(make: Make, kind: Kind, issuer: Any) -> None:
    fake = issuer(lambda *_: VALID)
    tries = [
        key(kind, "half", missing=frozenset({"sid"})),
        key(replace(kind, probed=False), "certificate"),
        key(replace(kind, name="nobody's"), "unknown"),
    ]

    found = answers(make(fake), tries)

    assert {result.reason for result in found.values()} == {Reason.NOT_TRIED}
    assert (len(found), fake.tried) == (3, [])


def test_the_fifth_failure_in_a_row_opens_the_breaker_of_that_account_only(make: Make, kind: Kind, issuer: Any) -> None:
    fake = issuer(lambda value, _: DOWN if value.startswith("bad") else VALID)

    found = answers(make(fake), keys(kind, 9, "bad") + keys(kind, 3, "good"))

    reasons = Counter(result.reason for result in found.values())
    assert reasons == {Reason.SERVER_ERROR: 5, Reason.BREAKER_OPEN: 4, Reason.OK: 3}
    assert sum(value.startswith("bad") for value in fake.tried) == 15


def test_an_open_breaker_stays_open_for_the_sweep(make: Make, kind: Kind, issuer: Any) -> None:
    fake = issuer(lambda *_: DOWN)
    prober = make(fake)
    answers(prober, keys(kind, 5))
    fake.tried.clear()

    found = answers(prober, [key(kind, "later")])

    assert (found["later"].reason, fake.tried) == (Reason.BREAKER_OPEN, [])


def test_four_failures_and_an_answer_leave_the_breaker_shut(make: Make, kind: Kind, issuer: Any) -> None:
    fake = issuer(lambda value, _: VALID if value == "key-4" else DOWN)

    found = answers(
        make(fake, workers=1, limits=Limits(concurrency=1)), keys(kind, 5) + [key(kind, f"more-{n}") for n in range(4)]
    )

    assert Reason.BREAKER_OPEN not in {result.reason for result in found.values()}


def test_a_stop_ends_it_at_once_and_pulls_nothing_more(make: Make, kind: Kind, issuer: Any) -> None:
    stop, hang = threading.Event(), threading.Event()
    pulled: list[Try] = []

    def many() -> Iterator[Try]:
        for each in keys(kind, 1000):
            pulled.append(each)
            yield each

    def slow(value: str, _: int) -> ProbeResult:
        if value != "key-0":
            stop.set()
            hang.wait(10)
        return VALID

    found = [tried.context for tried, _, _ in make(issuer(slow)).try_all(many(), stop)]

    assert found == ["key-0"]
    assert len(pulled) < 20
    hang.set()


def test_tries_are_pulled_as_there_is_room(make: Make, kind: Kind, issuer: Any) -> None:
    pulled: list[Try] = []

    def many() -> Iterator[Try]:
        for each in keys(kind, 1000):
            pulled.append(each)
            yield each

    found = make(issuer(lambda *_: VALID), workers=2).try_all(many(), threading.Event())
    next(found)

    assert len(pulled) <= 2 + 4 * 2 + 1
    assert sum(1 for _ in found) == 999


def test_no_more_than_the_limit_of_an_account_is_on_its_way(make: Make, kind: Kind, issuer: Any) -> None:
    running, most, lock = Counter[str](), Counter[str](), threading.Lock()
    together = threading.Barrier(4, timeout=5)

    def count(value: str, _: int) -> ProbeResult:
        account = value[0]
        with lock:
            running[account] += 1
            most[account] = max(most[account], running[account])
        together.wait()
        with lock:
            running[account] -= 1
        return VALID

    found = answers(
        make(issuer(count), workers=8, limits=Limits(concurrency=2)), keys(kind, 8, "a") + keys(kind, 8, "b")
    )

    assert (len(found), most) == (16, {"a": 2, "b": 2})


def test_a_rate_is_kept(make: Make, kind: Kind, issuer: Any, clock: Any) -> None:
    answers(make(issuer(lambda *_: VALID), limits=Limits(rate=2.0, burst=4.0)), keys(kind, 10))

    assert clock.monotonic() == pytest.approx(3.0)
