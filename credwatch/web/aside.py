"""Answers that wait for the ledger, beside the thread that serves. It knows neither."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from starlette.requests import Request
from starlette.responses import Response

AT_ONCE = 4
"""So many answers are in the making; others wait."""


class Aside:
    """Makes endpoints of functions that may wait: each request gets a thread, which does not hold up the process's end.

    The pool that starlette itself would use costs 2 MiB of a process that is asked every few seconds.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    def __call__(self, work: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint; it raises what the work raises."""

        async def endpoint(request: Request) -> Response:
            answer: Future[Response] = Future()
            answer.set_running_or_notify_cancel()

            def run() -> None:
                try:
                    answer.set_result(work(request))
                except BaseException as error:  # noqa: BLE001  raised where it is awaited
                    answer.set_exception(error)

            async with self._turns:
                threading.Thread(target=run, name="answer", daemon=True).start()
                return await asyncio.wrap_future(answer)

        return endpoint
