"""A vendor that asks for time, on a real socket."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from credwatch.contract import Facts, Http, Kind, Match, ProbeResult, Reason, Secret, otherwise
from credwatch.probing import Prober, Try
from credwatch.transport import Transport


class Vendor(http.server.ThreadingHTTPServer):
    """Answers 429 as often as it is told to, with the pause it is told to ask for, and then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.refusals = 0
        self.pause = ""
        self.asked: list[str] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Vendor

    def do_GET(self) -> None:
        self.server.asked.append(self.headers["X-Key"])
        self.server.refusals -= 1
        self.send_response(429 if self.server.refusals >= 0 else 200)
        self.send_header("Retry-After", self.server.pause)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


class Asking:
    """Sends the key to the kind's own host."""

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        reply = http.send("GET", f"http://{match.kind.hosts[0]}/", headers={"X-Key": values["secret"].reveal()})
        return ProbeResult.valid() if reply.status == 200 else otherwise(reply)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made = Vendor()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def tried(vendor: Vendor, kind: Kind, transport: Transport, clock: Any, *, account: str | None) -> list[Reason]:
    own = Kind(**{**vars(kind), "hosts": (vendor.host,)})
    prober = Prober(transport, {own.name: (own, Asking())}, clock, workers=1, random=lambda: 0.0)
    tries = [Try(Match(own, {}, facts=Facts(account=account)), {"secret": Secret(name)}, name, name) for name in "abc"]
    return [result.reason for _, result, _ in prober.try_all(tries, threading.Event())]


def test_the_whole_account_pauses_as_long_as_it_was_asked_to(
    vendor: Vendor, kind: Kind, transport: Transport, clock: Any
) -> None:
    vendor.refusals, vendor.pause = 1, "30"

    reasons = tried(vendor, kind, transport, clock, account="A")

    assert reasons == [Reason.OK] * 3
    assert (clock.waits, vendor.asked) == ([30.0], ["a", "a", "b", "c"])


def test_an_account_that_asks_for_more_than_our_patience_is_left_alone(
    vendor: Vendor, kind: Kind, transport: Transport, clock: Any
) -> None:
    vendor.refusals, vendor.pause = 99, "3600"

    reasons = tried(vendor, kind, transport, clock, account="A")

    assert reasons == [Reason.RATE_LIMITED, Reason.BREAKER_OPEN, Reason.BREAKER_OPEN]
    assert (clock.waits, vendor.asked) == ([], ["a"])


def test_one_key_of_an_unknown_account_does_not_silence_the_others(
    vendor: Vendor, kind: Kind, transport: Transport, clock: Any
) -> None:
    vendor.refusals, vendor.pause = 1, "3600"

    assert tried(vendor, kind, transport, clock, account=None) == [Reason.RATE_LIMITED, Reason.OK, Reason.OK]
