"""AWS's requests by the watch's own way out: botocore has no wall-clock limit for a call, and no largest answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from credwatch.contract import Http, Reason, Reply, TransportError, otherwise

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

_PASSING = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE, Reason.DNS, Reason.RATE_LIMITED, Reason.SERVER_ERROR})
"""What botocore is to try again, as it would had it sent the request itself."""
_ITS_OWN = re.compile(rb"<Code>|\"__type\"")
"""In every refusal of AWS's, as XML or as JSON."""


class _Body:
    """The part of urllib3's response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it."""
        yield self._body


def sender(reach: Callable[[str], Http]) -> Callable[..., Any]:
    """For botocore's `before-send`: its answer stands for the server's, and botocore itself sends nothing."""
    ways: dict[str, Http] = {}

    def send(request: AWSPreparedRequest, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415  the SDK is loaded by now
        from botocore.exceptions import HTTPClientError  # noqa: PLC0415  the same

        host = urlsplit(request.url).netloc
        way = ways.get(host) or ways.setdefault(host, reach(host))
        headers = {name: _text(value) for name, value in request.headers.items()}
        try:
            reply = _meant(way.send(request.method, request.url, headers=headers, body=_bytes(request.body)))
        except TransportError as error:
            if error.reason not in _PASSING:
                raise
            raise HTTPClientError(error=error) from error
        answered: Any = dict(reply.headers)
        return AWSResponse(request.url, reply.status, answered, _Body(reply.body))

    return send


def _meant(reply: Reply) -> Reply:
    """The reply, if botocore is to read it. TransportError for a refusal in nobody's words, which it would misread."""
    if reply.status < 300 or "x-amzn-errortype" in reply.headers or _ITS_OWN.search(reply.body):
        return reply
    verdict = otherwise(reply)
    raise TransportError(verdict.reason, f"{verdict.detail}, and not in AWS's words")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _bytes(body: object) -> bytes:
    """Ours are all short: none is a file."""
    return body if isinstance(body, bytes) else str(body or "").encode()
