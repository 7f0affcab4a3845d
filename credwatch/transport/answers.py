"""What came back: a reply of bounded size, or the reason why there is none. Never repeats what was sent."""

from __future__ import annotations

import http.client
import ssl
import zlib

from urllib3 import exceptions
from urllib3._collections import HTTPHeaderDict
from urllib3.response import BaseHTTPResponse

from credwatch.contract import Reply
from credwatch.errors import TransportError
from credwatch.model import Reason

_MAX_HEADERS = 64 << 10
_REASONS: tuple[tuple[tuple[type[Exception], ...], Reason, str], ...] = (
    ((TimeoutError, exceptions.TimeoutError, exceptions.EmptyPoolError), Reason.TIMEOUT, "no answer in time"),
    ((ssl.SSLEOFError, http.client.IncompleteRead), Reason.UNREACHABLE, "the connection broke off"),
    ((ssl.SSLError, exceptions.SSLError), Reason.TLS, "no TLS connection"),
    ((http.client.LineTooLong,), Reason.TOO_LARGE, "a header is too large"),
    ((OSError,), Reason.UNREACHABLE, "no connection, or it broke off"),
)
"""The first row that fits."""


def read(response: BaseHTTPResponse, max_body: int) -> Reply:
    """The whole reply. TransportError(TOO_LARGE) as soon as it is more than it may be."""
    headers = _merged(response.headers)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_body:
        raise TransportError(Reason.TOO_LARGE, "the body is too large")
    parts: list[bytes] = []
    size = 0
    while part := response.read(max_body + 1 - size, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > max_body:
            raise TransportError(Reason.TOO_LARGE, "the body is too large")
    return Reply(response.status, headers, _decoded(b"".join(parts), headers.get("content-encoding", ""), max_body))


def _merged(headers: HTTPHeaderDict) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in headers.iteritems()) > _MAX_HEADERS:
        raise TransportError(Reason.TOO_LARGE, "the headers are too large")
    return {name.lower(): value for name, value in headers.itermerged()}


def _decoded(body: bytes, encoding: str, max_body: int) -> bytes:
    """We ask for identity; a server that sends gzip all the same is read, within the same bound."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"} or not body:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise TransportError(Reason.UNREADABLE, "the body is encoded in a way that was not asked for")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacking.decompress(body, max_body + 1)
    except zlib.error:
        raise TransportError(Reason.UNREADABLE, "the body is not the gzip it claims to be") from None
    if len(plain) > max_body:
        raise TransportError(Reason.TOO_LARGE, "the unpacked body is too large")
    if not unpacking.eof:
        raise TransportError(Reason.UNREADABLE, "the gzip body breaks off")
    return plain


def explained(error: Exception, host: str) -> TransportError:
    """Why there is no reply. Says the host and the kind of failure, nothing of the request."""
    if isinstance(error, TransportError):
        return TransportError(error.reason, str(error))
    if isinstance(error, exceptions.ProxyError):
        return explained(error.original_error, f"{host} through the proxy")
    if isinstance(error, (exceptions.SSLError, exceptions.ProtocolError)):
        error = next((cause for cause in error.args if isinstance(cause, Exception)), error)
    reason, said = next(
        ((reason, said) for kinds, reason, said in _REASONS if isinstance(error, kinds)),
        (Reason.UNREADABLE, "the answer is not HTTP"),
    )
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message
    elif type(error) is http.client.HTTPException:  # http.client has no class of its own for too many headers
        reason, said = Reason.TOO_LARGE, "too many headers"
    return TransportError(reason, f"{host}: {said}")
