"""For people and their tools on this machine: the page, /health, and everything as JSON. Names stand in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from credwatch.clock import Clock
from credwatch.errors import LedgerError
from credwatch.ledger.queries.health import Provider
from credwatch.ledger.queries.overview import Overview, Vendor, overview, page
from credwatch.web.aside import Aside
from credwatch.web.book import Book
from credwatch.web.page import HEADERS, html
from credwatch.web.verdict import Every, complaints, late

LIMIT = 500
"""Credentials in one answer."""
_LENGTHS = {"latency", "slowest"}


class Window:
    """Reads the ledger for each request and holds nothing."""

    def __init__(self, book: Book, clock: Clock, every: Every) -> None:
        self._book = book
        self._clock = clock
        self._every = every

    def app(self) -> Starlette:
        """Its pages."""

        async def unread(_request: Request, error: Exception) -> Response:
            return PlainTextResponse(f"{error}\n", 503)

        aside = Aside()
        served: dict[str, Callable[[Request], Response]] = {
            "/": self.page,
            "/health": self.health,
            "/api/v1/credentials": self.credentials,
        }
        return Starlette(
            routes=[Route(path, aside(endpoint)) for path, endpoint in served.items()],
            exception_handlers={LedgerError: unread},
        )

    def page(self, _: Request) -> Response:
        """What a person wants to know first."""
        known, now = self._read()
        return HTMLResponse(html(known, self._every, now), headers=HEADERS)

    def health(self, _: Request) -> Response:
        """200, or 503 and why: a connection that is not seen, a production credential that is dead."""
        known, now = self._read()
        why = list(complaints(known, self._every, now))
        told = {
            "status": "failing" if why else "well",
            "why": why,
            "time": now,
            "sweep": known.sweep and {**_plain(known.sweep), "age_seconds": _age(known.sweep.closed_at, now)},
            "providers": [self._provider(one, now) for one in known.providers],
            "vendors": [_vendor(one) for one in known.vendors],
            "credentials": known.statuses,
            "failing": [_plain(one) for one in known.failing],
            "incidents": known.incidents,
            "undelivered": known.pending,
        }
        return _json(told, 503 if why else 200)

    def credentials(self, request: Request) -> Response:
        """`?after=ID` goes on where an answer that has a `next` ended."""
        with self._book.open() as ledger:
            found = page(ledger, request.query_params.get("after", ""), LIMIT + 1)
        shown = found[:LIMIT]
        return _json(
            {
                "credentials": [_plain(one) for one in shown],
                "next": shown[-1].id if len(found) > LIMIT else None,
            }
        )

    def _read(self) -> tuple[Overview, datetime]:
        now = self._clock.now()
        with self._book.open() as ledger:
            return overview(ledger, now), now

    def _provider(self, one: Provider, now: datetime) -> dict[str, Any]:
        state = "down" if not one.up else "late" if late(one, self._every, now) else "up"
        return {"state": state, **_plain(one), "age_seconds": _age(one.looked_at, now)}


def _vendor(one: Vendor) -> dict[str, Any]:
    return {"state": "silent" if one.failed_since else "up", **_plain(one)}


def _plain(row: Any) -> dict[str, Any]:
    """The fields of a row; lengths in milliseconds."""
    shown = {field.name: getattr(row, field.name) for field in fields(row)}
    for name in _LENGTHS & shown.keys():
        length = shown.pop(name)
        shown[f"{name}_ms"] = None if length is None else round(length / timedelta(milliseconds=1), 3)
    return shown


def _age(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else int((now - moment).total_seconds())


def _json(told: Any, status: int = 200) -> Response:
    # In ASCII, as --json: somebody may look at it on a terminal.
    text = json.dumps(told, default=_written, indent=1)
    return Response(f"{text}\n", status, media_type="application/json")


def _written(thing: Any) -> str:
    return thing.isoformat() if isinstance(thing, datetime) else str(thing)
