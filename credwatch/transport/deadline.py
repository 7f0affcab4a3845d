"""A wall-clock limit for one request, which no synchronous client has. Knows sockets, not HTTP.

Sockets live in real time, so this reads the machine's monotonic clock and no other.
"""

from __future__ import annotations

import heapq
import itertools
import math
import os
import socket
import threading
import time
from contextlib import suppress


class Handle:
    """A duplicate of a connection's socket, so that shutting that down never meets a reused number.

    The connection holds it, and the call that is on the connection; whoever lets go last closes it. That may be the call:
    an answer that ends its connection is read when the connection counts as closed already.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._number = os.dup(sock.fileno())
        self._holders = 1
        self._lock = threading.Lock()

    def hold(self) -> None:
        """One more holds it."""
        with self._lock:
            self._holders += 1

    def let_go(self) -> None:
        """One less."""
        with self._lock:
            self._holders -= 1
            if not self._holders:
                os.close(self._number)

    def shut(self) -> None:
        """Shut the socket down, whatever another thread is doing with it. Only for one that holds it."""
        sock = socket.socket(fileno=self._number)
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.detach()


class Call:
    """One request on its way, and the socket that it is on."""

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.expired = False
        self.over = False
        self._handle: Handle | None = None
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds until the end, never negative."""
        return max(0.0, self.ends - time.monotonic())

    def watch(self, handle: Handle) -> None:
        """From now on this is the socket to shut down. TimeoutError when the end has come already."""
        with self._lock:
            if self.expired:
                raise TimeoutError
            self._let_go()
            handle.hold()
            self._handle = handle

    def expire(self) -> None:
        """Shut the socket down."""
        with self._lock:
            if self.over:
                return
            self.expired = True
            if self._handle is not None:
                self._handle.shut()

    def finish(self) -> None:
        """The request is over, one way or the other."""
        with self._lock:
            self.over = True
            self._let_go()

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.let_go()
            self._handle = None


class Watchdog:
    """Ends calls that are late. One daemon thread for all of them, started with the first."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Call]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._wakes = -math.inf
        self._thread: threading.Thread | None = None
        self._closed = False

    def begin(self, seconds: float) -> Call:
        """A call that is shut down after this many seconds unless it finishes before."""
        call = Call(time.monotonic() + seconds)
        with self._changed:
            self._forget_the_finished()
            heapq.heappush(self._calls, (call.ends, next(self._numbers), call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            if call.ends < self._wakes:
                self._changed.notify()
        return call

    def close(self) -> None:
        """End the thread; calls on their way are left to their socket's own timeouts."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _forget_the_finished(self) -> None:
        while self._calls and self._calls[0][2].over:
            heapq.heappop(self._calls)

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                self._forget_the_finished()
                self._wakes = self._calls[0][0] if self._calls else math.inf
                left = self._wakes - time.monotonic()
                if left > 0:
                    self._changed.wait(None if math.isinf(left) else left)
                else:
                    heapq.heappop(self._calls)[2].expire()
