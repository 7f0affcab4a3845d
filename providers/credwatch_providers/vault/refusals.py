"""What Vault's and the network's refusals mean. No cause is kept: it may quote a header."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from credwatch.contract import ProviderError, Reason

if TYPE_CHECKING:
    import requests

_REASONS = {
    400: Reason.UNEXPECTED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    405: Reason.UNEXPECTED,
    429: Reason.RATE_LIMITED,
}
MISMATCH = "check-and-set parameter did not match the current version"
_SENTENCES = (
    MISMATCH,
    "check-and-set parameter required for this call",
    "invalid token",
    "permission denied",
    "request body too large",
    "Vault is sealed",
)
_STANDBY = frozenset({472, 473, 474})
_LISTED = re.compile(r"^\d+ errors? occurred:\s*\*\s*")


def dead(words: Sequence[str]) -> bool:
    """Whether a 403 is about the token: unknown, expired, revoked or used up.

    Then it is the bare sentence, or says so. A right that is missing comes wrapped in an error list.
    """
    return list(words) == ["permission denied"] or any("invalid token" in each or "bad token" in each for each in words)


class Refusal(ProviderError):  # noqa: N818  it is the answer that is named
    """An answer that is not a success."""

    def __init__(
        self, status: int, words: tuple[str, ...], *, theirs: bool, absent: bool = False, deleted: str = ""
    ) -> None:
        self.theirs = theirs
        """Vault's; else of something that stands before it, which says nothing of our token or of a place."""
        self.absent = absent
        """There is nothing in this place, and never was."""
        self.deleted = deleted
        """The version that was here, and was deleted or destroyed."""
        said = "; ".join(" ".join(_LISTED.sub("", each).split()) for each in words)
        failing = status >= 500 or status in _STANDBY
        reason = _REASONS.get(status, Reason.SERVER_ERROR if failing else Reason.UNEXPECTED)
        if not self.theirs and not failing and status != 429:
            reason, said = Reason.UNEXPECTED, "and not in Vault's words"
        super().__init__(reason, f"{status} {said}".rstrip(), permanent=self.theirs and status in {403, 404})
        self.status = status
        self.words = words


def refuse(response: requests.Response, *_: object, **__: object) -> None:
    """A hook of the session: raises what the answer means, when it is no success."""
    if 300 <= response.status_code < 400:
        response.close()
        raise ProviderError(
            Reason.REDIRECTED, "it sends us to another address; configure that of the active node", permanent=True
        )
    if response.status_code >= 400:
        body = _body(response)
        words: list[Any] = next((body[name] for name in ("errors", "warnings") if isinstance(body.get(name), list)), [])
        raise Refusal(
            response.status_code,
            tuple(_unsent(str(each), response.request)[:300] for each in words),
            theirs=isinstance(body.get("errors"), list) or "request_id" in body,
            absent=response.status_code == 404 and body.get("errors") == [],
            deleted=_deleted(body) if response.status_code == 404 else "",
        )


def _deleted(body: Mapping[str, Any]) -> str:
    """The version that a store of version 2 tells of where it no longer has the value."""
    data = body.get("data")
    known = data.get("metadata") if isinstance(data, dict) else None
    version = known.get("version") if isinstance(known, dict) else None
    return str(version) if isinstance(version, int) else ""


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _unsent(words: str, request: requests.PreparedRequest) -> str:
    """The words without what we sent: a gateway in front of Vault may repeat a request.

    Of a request that carries values, whose pieces may come back in any form, only sentences that are Vault's own are kept.
    """
    sent = json.loads(request.body) if isinstance(request.body, bytes) and request.body else {}
    if "data" in sent:
        return next((each for each in _SENTENCES if each in words), "")
    for secret in (request.headers.get("X-Vault-Token"), sent.get("secret_id"), sent.get("jwt")):
        words = words.replace(str(secret), "…") if secret else words
    return words


@contextmanager
def told(address: str) -> Iterator[None]:
    """Turns what requests and hvac raise into ProviderError."""
    import requests  # noqa: PLC0415  comes with the SDK, which is loaded when a connection opens
    from hvac.exceptions import VaultError  # noqa: PLC0415  the same

    try:
        yield
    except requests.exceptions.InvalidHeader:
        raise ProviderError(Reason.MALFORMED, "the token has characters that no header can carry") from None
    except (requests.exceptions.RequestException, VaultError, UnicodeError, RecursionError):
        raise ProviderError(Reason.UNREADABLE, f"{address}: its answer cannot be read") from None
