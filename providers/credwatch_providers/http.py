"""Any vendor that has no plug-in of its own: a table says how its keys are tried, and what its answers mean."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from credwatch.contract import (
    Http,
    Issuer,
    Kind,
    Match,
    Plugin,
    ProbeResult,
    Reason,
    Reply,
    Role,
    Secret,
    Settings,
    otherwise,
)

__all__ = ["plugin"]

HOLE = "{secret}"
"""Where the value goes."""

_REQUEST = re.compile(r"(?P<method>GET|HEAD|POST) (?P<url>https?://[\x21-\x7e]+)")
_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
_CONNECTION = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})
_CREDENTIALS = re.compile(r"auth|cookie|token|secret|passw|credential|(^|[-_])(api)?[-_]?key($|[-_])")
_ON_THE_WAY = frozenset({407, 408, 425, 429})
"""Answers of what stands between, or of a busy vendor."""
_LENGTH = re.compile(r"(?P<number>[1-9][0-9]{0,4})(?P<unit>[hdw])", re.ASCII)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class Answer(Settings):
    """One answer of the vendor: its status and, where that is not enough, words in its body as they are written there."""

    status: Annotated[int, Field(ge=200, le=499)]
    body: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    def fits(self, reply: Reply) -> bool:
        """Whether this is the vendor's answer."""
        return reply.status == self.status and (self.body is None or self.body.encode() in reply.body)

    def __str__(self) -> str:
        return f"HTTP {self.status}" + (f" {self.body}" if self.body else "")


def _one_or_many(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _header(line: str) -> str:
    """The line, when it is a header that may be set here. What it holds is not repeated: it may be a literal secret."""
    read = _HEADER.fullmatch(line)
    if read is None or HOLE in read["name"]:
        raise ValueError('a header is written "Name: value"')
    name = read["name"].lower()
    if name in _CONNECTION:
        raise ValueError(f"{name} belongs to the connection and cannot be set")
    if _CREDENTIALS.search(name) and HOLE not in read["value"]:
        raise ValueError(f"{name} without {HOLE}: a literal value is refused")
    return line


def _request(request: str) -> str:
    """The request, when it can be sent without harm. Its URL is not repeated: it may hold a literal secret."""
    if HOLE in request:
        raise ValueError(f"{HOLE} may not stand in the URL, which ends up in logs; it belongs in `header` or `basic`")
    read = _REQUEST.fullmatch(request)
    if read is None:
        raise ValueError('a request is a method, GET, HEAD or POST, and a URL: "GET https://api.example.com/v2/me"')
    try:
        url = urlsplit(read["url"])
    except ValueError:
        raise ValueError("the URL has a host, and this is none") from None
    try:
        host, _ = url.hostname or "", url.port
    except ValueError:
        host = ""
    if any(_CREDENTIALS.search(name.lower()) for name, _ in parse_qsl(url.query, keep_blank_values=True)):
        raise ValueError(f"the URL names a credential; a literal value is refused, and {HOLE} belongs in `header`")
    if not host or "@" in url.netloc or url.fragment:
        raise ValueError("the URL has a host, and no user, password or #")
    if url.scheme == "http" and not _loopback(host):
        raise ValueError("the URL begins with https://; plain http is for loopback addresses only")
    return request


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _length(text: object) -> object:
    read = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    if read is None:
        raise ValueError('a length is a whole number and h, d or w, in quotes: "365d"')
    return timedelta(**{_UNITS[read["unit"]]: int(read["number"])})


def _tells_of_the_key(answer: Answer) -> Answer:
    """Whether an answer may say that a key, or its account, is dead."""
    if 300 <= answer.status < 400 or answer.status in _ON_THE_WAY - {429}:
        raise ValueError(f"a {answer.status} says nothing about the key")
    if answer.body is None and (answer.status < 300 or answer.status == 429):
        raise ValueError(f"a {answer.status} alone says nothing about the key; name words of its `body`")
    return answer


def _never_busy(answer: Answer) -> Answer:
    if answer.status == 429:
        raise ValueError("a 429 says nothing about the key")
    return answer


Answers = tuple[Answer, ...]
Telling = Annotated[Answer, AfterValidator(_tells_of_the_key)]


class HttpTable(Settings):
    """`[providers.NAME] use = "http"`. NAME becomes a kind of key, found where an `[[identify]]` line or a label says so.

    Of the four lists `suspended` is looked through first, then `invalid`, `limited` and `valid`: what would wake somebody
    for nothing, or have a key replaced that is not to blame, is ruled out before. An answer in none of them cannot tell.
    """

    request: Annotated[str, AfterValidator(_request)]
    header: Annotated[tuple[Annotated[str, AfterValidator(_header)], ...], BeforeValidator(_one_or_many)] = ()
    basic: str | None = None
    """User and password of HTTP Basic, `user:{secret}` or `{secret}:`."""
    valid: Annotated[Answers, Field(min_length=1)]
    limited: Answers = ()
    suspended: tuple[Telling, ...] = ()
    invalid: tuple[Annotated[Telling, AfterValidator(_never_busy)], ...] = ()
    title: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """How a sentence names the vendor: "Example CRM"."""
    max_age: Annotated[timedelta, BeforeValidator(_length)] | None = None

    @model_validator(mode="after")
    def _closes(self) -> HttpTable:
        holes = [text.count(HOLE) for text in (*self.header, self.basic or "")]
        if sum(holes) != 1:
            raise ValueError(f"{HOLE} stands exactly once, in `header` or in `basic`")
        if self.basic is not None and (HOLE not in self.basic or ":" not in self.basic):
            raise ValueError(f'`basic` is "user:{HOLE}" or "{HOLE}:"')
        names = [line.partition(":")[0].lower() for line in self.header] + ["authorization"] * (self.basic is not None)
        if len(names) != len(set(names)):
            raise ValueError("a header is set twice")
        answers = [*self.valid, *self.limited, *self.suspended, *self.invalid]
        twice = [answer for answer in answers if answers.count(answer) > 1]
        if twice:
            raise ValueError(f"{twice[0]} is listed twice; it can mean one thing only")
        return self


class Described:
    """Tries the keys that a table describes."""

    def __init__(self, table: HttpTable) -> None:
        self._table = table
        self._method, _, self._url = table.request.partition(" ")

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """One request. What it says is decided by the table alone."""
        url = match.probe or self._url
        return self._judged(http.send(self._method, url, headers=self._headers(values["secret"])))

    def _headers(self, secret: Secret) -> dict[str, str]:
        lines = (_HEADER.fullmatch(line) for line in self._table.header)
        headers = {line["name"]: line["value"].replace(HOLE, secret.reveal()) for line in lines if line is not None}
        if self._table.basic is not None:
            pair = self._table.basic.replace(HOLE, secret.reveal()).encode("utf-8", "surrogatepass")
            headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return headers

    def _judged(self, reply: Reply) -> ProbeResult:
        table = self._table
        if (said := _said(reply, table.suspended)) is not None:
            return ProbeResult.suspended(detail=said)
        if (said := _said(reply, table.invalid)) is not None:
            return ProbeResult.invalid(detail=said)
        if (said := _said(reply, table.limited)) is not None:
            return ProbeResult.valid(reason=Reason.LIMITED, detail=said)
        if (said := _said(reply, table.valid)) is not None:
            return ProbeResult.valid(detail=said)
        return otherwise(reply)


def _said(reply: Reply, answers: Answers) -> str | None:
    """The answer in the table's own words, so that nothing of the body is repeated."""
    return next((str(answer) for answer in answers if answer.fits(reply)), None)


def described(name: str, table: Any) -> tuple[Kind, Issuer]:
    """The kind of key that a table is, and who tries it. Its shape is anything, so it is never guessed."""
    vendor = table.title or name
    kind = Kind(
        name=name,
        vendor=name,
        vendor_name=vendor,
        title=f"{vendor} key",
        roles=(Role("secret", r"(?s).+", secret=True),),
        hosts=(urlsplit(table.request.partition(" ")[2]).netloc.lower(),),
        joins="never",
        max_age=table.max_age,
    )
    return kind, Described(table)


plugin = Plugin(own=described, provider_settings=HttpTable)
