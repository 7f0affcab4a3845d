"""For the machine that runs us: are we alive, are we ready, and the metrics. No names, and so no token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from credwatch.clock import Clock
from credwatch.errors import LedgerError
from credwatch.web.aside import Aside
from credwatch.web.book import Book


class Pulse(Protocol):
    """What the clock that starts our work says of itself."""

    @property
    def writes(self) -> bool:
        """Whether the last sweep could write the ledger."""

    def alive(self) -> bool:
        """It ticks; a restart would not help."""

    def ready(self) -> bool:
        """It has started and was not asked to stop."""


def probes(book: Book, pulse: Pulse, clock: Clock) -> Starlette:
    """/livez, /readyz and /metrics. What vendors say of keys decides none of them."""

    async def livez(_: Request) -> Response:
        return _answer(pulse.alive(), "the scheduler has stopped")

    def readyz(_: Request) -> Response:
        if not pulse.ready():
            return _answer(False, "not started yet, or stopping")
        from credwatch.ledger.queries.overview import answers  # noqa: PLC0415  /livez is answered before it is loaded

        with book.open() as ledger:
            answers(ledger)
        return _answer(pulse.writes, "the ledger cannot be written")

    def metrics(_: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST  # noqa: PLC0415  nobody may ever scrape

        from credwatch.web.metrics import Reading  # noqa: PLC0415  the same

        with book.open() as ledger:
            reading = Reading.of(ledger, clock.now(), writes=pulse.writes)
        return Response(reading.text(), headers={"content-type": CONTENT_TYPE_LATEST})

    async def unread(_request: Request, _error: Exception) -> Response:
        return _answer(False, "the ledger cannot be read")

    aside = Aside()
    served: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/livez": livez,
        "/readyz": aside(readyz),
        "/metrics": aside(metrics),
    }
    return Starlette(
        routes=[Route(path, endpoint) for path, endpoint in served.items()], exception_handlers={LedgerError: unread}
    )


def _answer(well: bool, otherwise: str) -> Response:  # noqa: FBT001  the answer itself
    return PlainTextResponse("ok\n" if well else f"{otherwise}\n", 200 if well else 503)
