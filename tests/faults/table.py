"""Everything that may happen to a probe, one row per fault, with the one reason that each becomes."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Literal

from credwatch.contract import Reason
from credwatch.transport import TRANSIENT
from tests.faults.scripts import (
    HUGE,
    MIB,
    Play,
    answer,
    chunk,
    drips,
    many,
    pours,
    refuses,
    repeats,
    resets,
    says,
    sends_on,
    silent,
    to_a_stranger,
    to_itself,
    to_plain_http,
)

Identity = Literal["good", "expired", "wrong name", "self-signed", "unknown authority", "plain"]

HTML = b"<!doctype html><html><title>Sign in</title><form action='/login'><input name='code'></form></html>"
_JSON, _PAGE, _GZIP = b"Content-Type: application/json", b"Content-Type: text/html", b"Content-Encoding: gzip"
_HALF = answer(b'{"services": [], "meta": {"page": 0, "next_page_url": null', _JSON)
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_GATEWAYS = (
    '{"message": "Unauthorized"}',
    '{"message": "Invalid credentials"}',
    '{"message": "Invalid authentication credentials"}',
    '{"code": 401, "message": "Invalid token", "status": 401}',
    '{"error": "invalid_token", "error_description": "The access token is invalid"}',
    '{"error": {"code": 401, "message": "Invalid API key", "status": "UNAUTHENTICATED"}}',
    '{"errors": [{"code": "invalid_api_key", "message": "no"}]}',
    '{"detail": "Invalid API key"}',
    '{"status": "error", "category": "auth", "reason": "API_KEY_INVALID"}',
    '"invalid_api_key"',
    '[{"code": 20003}]',
)
"""What stands between us and a vendor says no in many forms."""
_SOME = b"x" * (64 << 10)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong between us and every vendor at once."""

    name: str
    reason: Reason
    play: Play | None = None
    """What the server does; None: there is no server."""
    identity: Identity = "good"
    hangs: bool = False
    """It lasts as long as the deadline."""
    resolves: bool = True
    open: tuple[str, ...] = ()
    """Kinds whose vendor documents nothing of its good answer, so that this may be one."""
    attempts: int | None = None
    """How often each key is tried, where it is not as usual: three times what may pass, once what does not."""

    @property
    def tries(self) -> int:
        """How often each key is tried."""
        return self.attempts or (3 if self.reason in TRANSIENT else 1)


def _busy(said: bytes, attempts: int = 3) -> Fault:
    name = f"429, Retry-After: {said.decode()}"
    return Fault(
        name, Reason.RATE_LIMITED, refuses("429 Too Many Requests", b"Retry-After: " + said), attempts=attempts
    )


_NO_ANSWER = (
    Fault("connection refused", Reason.UNREACHABLE),
    Fault("the name is not known", Reason.DNS, resolves=False),
    Fault("accepts and says nothing", Reason.TIMEOUT, silent(), hangs=True),
    Fault("accepts and begins no TLS", Reason.TIMEOUT, silent(), "plain", hangs=True),
    Fault("stops after half a body", Reason.TIMEOUT, silent(_HALF[:-20]), hangs=True),
    Fault("a header, a byte at a time", Reason.TIMEOUT, drips(_OK + b"X-Slow: ", b"x"), hangs=True),
    Fault("a body, a byte at a time", Reason.TIMEOUT, drips(_OK + b"Content-Length: 9999\r\n\r\n", b" "), hangs=True),
    Fault("a chunked body, a byte at a time", Reason.TIMEOUT, drips(_CHUNKED, chunk(b" ")), hangs=True),
    Fault("Continue, and never an end", Reason.TIMEOUT, drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), hangs=True),
    Fault("a reset before the answer", Reason.UNREACHABLE, resets()),
    Fault("a reset after half a head", Reason.UNREACHABLE, resets(_HALF[:40])),
    Fault("a reset after half a body", Reason.UNREACHABLE, resets(_HALF[:-20])),
    Fault("hangs up before the answer", Reason.UNREACHABLE, says(b"", hangs_up=True)),
    Fault("hangs up after half a body", Reason.UNREACHABLE, says(_HALF[:-20], hangs_up=True)),
    Fault("a chunk whose size is no number", Reason.UNREACHABLE, says(_CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n")),
    Fault("hangs up between two chunks", Reason.UNREACHABLE, says(_CHUNKED + chunk(b"{"), hangs_up=True)),
)
_IMPOSTORS = (
    Fault("TLS: expired", Reason.TLS, says(answer()), "expired"),
    Fault("TLS: another name", Reason.TLS, says(answer()), "wrong name"),
    Fault("TLS: signed by itself", Reason.TLS, says(answer()), "self-signed"),
    Fault("TLS: an unknown authority", Reason.TLS, says(answer()), "unknown authority"),
    Fault("no TLS", Reason.TLS, says(answer()), "plain"),
)
_BUSY = (
    Fault("429", Reason.RATE_LIMITED, refuses("429 Too Many Requests")),
    _busy(b"2"),
    _busy(b"0"),
    _busy(b"-1"),
    _busy(b"1e9"),
    _busy(b"NaN"),
    _busy(b"soon"),
    _busy(b"999999999999", attempts=1),
    _busy(b"Sat, 01 Jan 2000 00:00:00 GMT"),
    _busy(b"Fri, 31 Dec 9999 23:59:59 GMT", attempts=1),
    _busy(b"Fri, 99 Foo 9999 99:99:99 GMT"),
    *(
        Fault(f"{status}", Reason.SERVER_ERROR, refuses(f"{status} Sorry"))
        for status in (500, 501, 502, 503, 504, 507, 511, 520, 529, 530, 599)
    ),
    Fault("503, Retry-After: 2", Reason.SERVER_ERROR, refuses("503 Sorry", b"Retry-After: 2")),
)
_ELSEWHERE = (
    *(
        Fault(f"{status} to another host", Reason.REDIRECTED, sends_on(f"{status} Gone", to_a_stranger))
        for status in (301, 302, 303, 307, 308)
    ),
    Fault("307 to plain http", Reason.REDIRECTED, sends_on("307 Gone", to_plain_http)),
    Fault("302 to itself", Reason.REDIRECTED, sends_on("302 Found", to_itself)),
    Fault("300 without an address", Reason.REDIRECTED, refuses("300 Multiple Choices")),
    Fault("304", Reason.REDIRECTED, says(b"HTTP/1.1 304 Not Modified\r\n\r\n")),
)
_LARGE = (
    Fault("100 MiB, announced", Reason.TOO_LARGE, pours(_OK + b"Content-Length: %d\r\n\r\n" % HUGE, _SOME)),
    Fault("100 MiB, in chunks", Reason.TOO_LARGE, pours(_CHUNKED, chunk(_SOME))),
    Fault("100 MiB, until it hangs up", Reason.TOO_LARGE, pours(_OK + b"Connection: close\r\n\r\n", _SOME)),
    Fault("100 MiB, once it is unpacked", Reason.TOO_LARGE, says(answer(gzip.compress(bytes(HUGE), 9), _GZIP))),
    Fault("a length of many digits", Reason.TOO_LARGE, says(_OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n")),
    Fault("a header of 1 MiB", Reason.TOO_LARGE, says(answer(b"{}", b"X-Large: " + b"x" * MIB))),
    Fault("a header that never ends", Reason.TOO_LARGE, pours(_OK + b"X-Large: ", _SOME)),
    Fault("a status line that never ends", Reason.TOO_LARGE, pours(b"HTTP/1.1 200 ", _SOME)),
    Fault("1 MiB of headers", Reason.TOO_LARGE, says(answer(b"{}", *many(b"X", b"x" * 16384, 64)))),
    Fault("10,000 headers", Reason.TOO_LARGE, says(answer(b"{}", *many(b"X", b"x", 10_000)))),
)
_UNREADABLE = (
    Fault("200, truncated JSON", Reason.UNREADABLE, says(_HALF)),
    Fault("200, HTML", Reason.UNREADABLE, says(answer(HTML, _PAGE))),
    Fault("200, HTML that says it is JSON", Reason.UNREADABLE, says(answer(HTML, _JSON))),
    Fault("200, empty", Reason.UNREADABLE, says(answer())),
    Fault("200, plain text", Reason.UNREADABLE, says(answer(b"OK", b"Content-Type: text/plain"))),
    Fault(
        "200, bytes that are no text", Reason.UNREADABLE, says(answer(bytes(range(256)), b"Content-Type: image/png"))
    ),
    Fault(
        "200, somebody else's JSON",
        Reason.UNREADABLE,
        says(answer(b'{"status": "ok"}', _JSON)),
        open=("deepgram-api-key",),
    ),
    Fault("200, null", Reason.UNREADABLE, says(answer(b"null", _JSON))),
    Fault("200, a list", Reason.UNREADABLE, says(answer(b"[1, 2]", _JSON))),
    Fault("200, deep JSON", Reason.UNREADABLE, says(answer(b'{"a":' * 50_000, _JSON))),
    Fault("204", Reason.UNREADABLE, says(b"HTTP/1.1 204 No Content\r\n\r\n")),
    Fault("200, gzip that is none", Reason.UNREADABLE, says(answer(b"this is no gzip", _GZIP))),
    Fault("200, half a gzip", Reason.UNREADABLE, says(answer(gzip.compress(HTML)[:-9], _GZIP))),
    Fault("200, in an encoding nobody asked for", Reason.UNREADABLE, says(answer(b"x", b"Content-Encoding: br"))),
    Fault("not HTTP", Reason.UNREADABLE, says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", hangs_up=True)),
    Fault("a status that is no number", Reason.UNREADABLE, says(b"HTTP/1.1 abc Hello\r\n\r\n", hangs_up=True)),
)
_ON_THE_WAY = (
    *(
        Fault(f"{status}, a proxy's page", Reason.UNEXPECTED, says(answer(HTML, _PAGE, status=f"{status} No")))
        for status in (400, 401, 403, 407, 408, 418, 451, 499)
    ),
    *(
        Fault(f"{status}, {said}", Reason.UNEXPECTED, says(answer(said.encode(), _JSON, status=f"{status} No")))
        for status in (401, 403)
        for said in _GATEWAYS
    ),
    Fault("401, empty", Reason.UNEXPECTED, says(answer(b"", b"WWW-Authenticate: Basic", status="401 No"))),
    Fault("403, truncated JSON", Reason.UNEXPECTED, says(answer(b'{"error": {"code": "inv', _JSON, status="403 No"))),
    Fault("400, the request repeated", Reason.UNEXPECTED, repeats("400")),
    Fault("401, the request repeated", Reason.UNEXPECTED, repeats("401")),
    Fault("200, the request repeated", Reason.UNREADABLE, repeats("200")),
)

FAULTS = (*_NO_ANSWER, *_IMPOSTORS, *_BUSY, *_ELSEWHERE, *_LARGE, *_UNREADABLE, *_ON_THE_WAY)
