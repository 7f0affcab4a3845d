"""The way to a vendor, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from credwatch.errors import ProviderError
from credwatch.model import ProbeResult, Reason, Validity

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Reply:
    """One answer. Header names are lower case; the body is capped."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return read if isinstance(read, dict) else None

    def parsed(self, model: type[S]) -> S:
        """The body as this model. ProviderError(UNREADABLE), which repeats nothing of it, when it is anything else."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError:
            raise ProviderError(Reason.UNREADABLE, f"HTTP {self.status}: not what the vendor documents") from None


def otherwise(reply: Reply) -> ProbeResult:
    """What an answer means that the vendor's own table does not name: never that a key is dead."""
    match reply.status:
        case 429:
            reason = Reason.RATE_LIMITED
        case status if status >= 500:
            reason = Reason.SERVER_ERROR
        case status if 300 <= status < 400:
            reason = Reason.REDIRECTED
        case status if 200 <= status < 300:
            reason = Reason.UNREADABLE
        case _:
            reason = Reason.UNEXPECTED
    return ProbeResult.unknown(reason, detail=f"HTTP {reply.status}")


def refused(verdict: ProbeResult, what: str) -> ProviderError:
    """What an answer to our own credential means for a listing: login refused, forbidden, or the answer's own reason."""
    match verdict.validity:
        case Validity.INVALID:
            reason = Reason.LOGIN_REFUSED
        case Validity.VALID:
            reason = Reason.FORBIDDEN
        case _:
            reason = verdict.reason
    permanent = reason in {Reason.LOGIN_REFUSED, Reason.FORBIDDEN}
    return ProviderError(reason, f"{what}: {verdict.detail or reason}", permanent=permanent)


class Http(Protocol):
    """The one way to a vendor: a deadline, a list of hosts, no redirects, a capped body."""

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request, one answer. TransportError when no answer could be read, or the host is not on the list."""

    def now(self) -> datetime:
        """The wall clock, for signatures."""
