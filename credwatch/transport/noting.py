"""A transport that remembers whom it asked, and how their clocks stand to ours. No path and no query is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from credwatch.clock import Clock
from credwatch.contract import Reply
from credwatch.errors import TransportError
from credwatch.model import Reason
from credwatch.transport.client import Transport
from credwatch.transport.way import Bounds

if TYPE_CHECKING:
    from urllib3.util import Url

_HALF = timedelta(milliseconds=500)
"""A Date header leaves out the fraction of its second."""


class Noting(Transport):
    """For a command that says afterwards where it has been."""

    def __init__(self, *, proxy: str | None, ca: Path | None, clock: Clock) -> None:
        super().__init__(proxy=proxy, ca=ca, clock=clock)
        self.asked: set[str] = set()
        """Every host that something may have been sent to, answered or not; with its port where it is not the usual one."""
        self.ahead: list[timedelta] = []
        """How far our clock was ahead of each reply's Date header."""

    def exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Reply:
        """As `Transport`, and noted."""
        began = self.clock.now()
        try:
            reply = super().exchange(method, url, headers, body, bounds)
        except TransportError as error:
            if error.reason is not Reason.DNS:
                self.asked.add(url.netloc or "")
            raise
        self.asked.add(url.netloc or "")
        said = _moment(reply.headers.get("date", ""))
        if said is not None:
            self.ahead.append(began + (self.clock.now() - began) / 2 - (said + _HALF))
        return reply


def _moment(header: str) -> datetime | None:
    try:
        said = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)
