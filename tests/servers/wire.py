"""An `Http` that answers what it was told to, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from credwatch.contract import Reply

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Canned:
    """Every request gets `answer(request)`; `asked` holds them in order."""

    answer: Callable[[Request], Reply]
    at: datetime = NOON
    asked: list[Request] = field(default_factory=list)

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        request = Request(method, url, dict(headers), body)
        self.asked.append(request)
        return self.answer(request)

    def now(self) -> datetime:
        return self.at


def always(status: int, body: bytes | str = b"") -> Canned:
    """The same answer to everything."""
    return Canned(lambda _: Reply(status, {}, body.encode() if isinstance(body, str) else body))


def silent() -> Canned:
    """For what asks nobody: a request is a failure."""

    def refuse(request: Request) -> Reply:
        raise AssertionError(f"nothing was to be sent, and this was: {request.method} {request.url}")

    return Canned(refuse)
