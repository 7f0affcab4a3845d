"""How long to wait before asking again, and an Http that does it."""

from __future__ import annotations

import random as chance
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from credwatch.clock import SYSTEM, Clock
from credwatch.contract import Http, Reply
from credwatch.errors import TransportError
from credwatch.model import Reason

TRANSIENT = frozenset({Reason.TIMEOUT, Reason.RATE_LIMITED, Reason.SERVER_ERROR, Reason.UNREACHABLE, Reason.DNS})
"""What may be different a moment later."""

_SAFE = frozenset({"GET", "HEAD", "LIST"})
"""Methods that change nothing, however often they are sent: a login may spend one of its few uses."""
_NUMBER = re.compile(r"\d{1,12}(\.\d+)?")
_REPEATS = 3
_LONGEST = 60.0


def retry_after(reply: Reply, now: datetime) -> float | None:
    """The seconds that a reply asks for, as `retry-after-ms`, as seconds or as a date; None when it does not say."""
    milliseconds = reply.headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    said = reply.headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def backoff(failures: int, random: Callable[[], float], *, longest: float = 20.0) -> float:
    """Seconds after so many failures (1, 2, …): exponential from half a second, with full jitter."""
    return random() * min(longest, 0.5 * 2.0**failures)


class Patient:
    """An Http for listings: what is transient is asked again, at most three times, no sooner than the vendor says.

    A request that may change something is repeated only where it was turned away, by a 429. A vendor that asks for more than a minute is not asked again: its reply is handed on.
    """

    def __init__(
        self,
        http: Http,
        clock: Clock = SYSTEM,
        random: Callable[[], float] = chance.random,
        *,
        stop: threading.Event | None = None,
    ) -> None:
        self._http = http
        self._clock = clock
        self._random = random
        self._stop = stop or threading.Event()

    def now(self) -> datetime:
        """The wall clock, for signatures."""
        return self._http.now()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One answer, as `Http.send`; the last one, or the last error, when all were transient."""
        failures, safe = 0, method.upper() in _SAFE
        while True:
            asked: float | None = None
            try:
                reply = self._http.send(method, url, headers=headers, body=body)
            except TransportError as error:
                failures += 1
                if error.reason not in TRANSIENT or failures > _REPEATS or not safe:
                    raise
            else:
                failures += 1
                asked = retry_after(reply, self.now())
                passing = reply.status == 429 or (reply.status >= 500 and safe)
                if not passing or failures > _REPEATS or (asked or 0) > _LONGEST:
                    return reply
            if not self._clock.wait(max(asked or 0, backoff(failures, self._random)), self._stop):
                raise TransportError(Reason.TIMEOUT, "stopped while waiting to ask again")
