"""A transport that counts what it sent, and remembers what it asked last: for who says beforehand what would be done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from credwatch.clock import Clock
from credwatch.contract import Reply
from credwatch.transport.noting import Noting
from credwatch.transport.way import Bounds

if TYPE_CHECKING:
    from urllib3.util import Url


class Counting(Noting):
    """`last` has the path of a request, in which no key may stand, and not its query."""

    def __init__(self, *, proxy: str | None, ca: Path | None, clock: Clock) -> None:
        super().__init__(proxy=proxy, ca=ca, clock=clock)
        self.sent = 0
        self.last = ""

    def exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Reply:
        """As `Noting`, and counted."""
        self.sent += 1
        self.last = f"{method.upper()} {url.netloc or ''}{url.path or ''}"
        return super().exchange(method, url, headers, body, bounds)
