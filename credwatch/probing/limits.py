"""What one vendor account is asked to bear: how many at once, how fast, when to pause, when to stop. Time comes in."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

_IN_A_ROW = 5
_ROUNDING = 1e-6
"""Of a token: whoever has waited the seconds that were named gets it."""


@dataclass(frozen=True)
class Limits:
    """A ceiling for one vendor account, generous: what is below it is found out from the vendor's own complaints."""

    concurrency: int = 64
    rate: float = 10_000.0
    """Probes a second, once the burst is used up."""
    burst: float = 500.0


GENEROUS = Limits()


class Bucket:
    """Tokens that come back with time."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at: float | None = None

    def take(self, now: float) -> float:
        """0.0 and a token is taken; otherwise the seconds until there is one."""
        self._tokens = min(self._burst, self._tokens + (now - (self._at if self._at is not None else now)) * self._rate)
        self._at = now
        if self._tokens < 1 - _ROUNDING:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0


class Account:
    """One vendor account during one sweep. Safe for several threads.

    Concurrency follows the vendor: halved by a transient failure (once for all that were on their way together),
    grown by one for each full round of answers.
    """

    def __init__(self, limits: Limits) -> None:
        self.open = False
        """The breaker: five probes in a row failed for good, or the vendor asked for more time than we have."""
        self._limits = limits
        self._bucket = Bucket(limits.rate, limits.burst)
        self._allowed = float(limits.concurrency)
        self._running = 0
        self._failed = 0
        self._paused_until = -math.inf
        self._halved_at = -math.inf
        self._lock = threading.Lock()

    def start(self, now: float) -> float:
        """0.0 and a probe may begin now; otherwise the seconds to wait, infinite when one must end first."""
        with self._lock:
            if now < self._paused_until:
                return self._paused_until - now
            if self._running >= int(self._allowed):
                return math.inf
            wait = self._bucket.take(now)
            if not wait:
                self._running += 1
            return wait

    def end(self, began: float, now: float, *, transient: bool) -> None:
        """An attempt that began then is over."""
        with self._lock:
            self._running -= 1
            if not transient:
                self._failed = 0
                self._allowed = min(self._limits.concurrency, self._allowed + 1 / self._allowed)
            elif began > self._halved_at:
                self._allowed = max(1.0, self._allowed / 2)
                self._halved_at = now

    def pause(self, until: float) -> None:
        """The vendor asked not to be asked before then."""
        with self._lock:
            self._paused_until = max(self._paused_until, until)

    def give_up(self) -> None:
        """One probe failed for good; the fifth in a row opens the breaker."""
        with self._lock:
            self._failed += 1
            self.open = self.open or self._failed >= _IN_A_ROW

    def trip(self) -> None:
        """Nothing more in this sweep."""
        self.open = True
