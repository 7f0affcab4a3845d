"""Sends one request to a host on the list and reads one answer. Follows nothing, repeats nothing, obeys no environment."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from credwatch.clock import SYSTEM, Clock
from credwatch.contract import Reply
from credwatch.errors import TransportError
from credwatch.model import Reason
from credwatch.transport.names import Names, loopback
from credwatch.transport.patience import retry_after
from credwatch.transport.way import Bounds, Way

if TYPE_CHECKING:
    from urllib3.util import Url

    from credwatch.transport.sending import Sender

_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PLAIN = re.compile(
    r"(https?://[a-z0-9.-]+(?::[0-9]+)?)(/|(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?)(?:\?([A-Za-z0-9._~=&-]+))?"
)
"""Most of them: an origin, and beside it nothing that a parser would write otherwise."""
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_PORTS = {"https": 443, "http": 80}


class Transport:
    """The way out of this process: one pool, one TLS context, one proxy or none. Made once, used by many threads."""

    def __init__(  # noqa: PLR0913  each is a line of the configuration
        self,
        *,
        proxy: str | None = None,
        ca: Path | None = None,
        clock: Clock = SYSTEM,
        deadline: timedelta = timedelta(seconds=10),
        max_body: int = 1 << 20,
        connections: int = 128,
        names: Names | None = None,
    ) -> None:
        self.clock = clock
        self.bounds = Bounds(deadline, max_body)
        self._way = Way(proxy, ca, connections, names or Names())
        self._making = threading.Lock()
        self._others: dict[Path, Transport] = {}
        self._sender: Sender | None = None
        if proxy or ca:
            self._sending()  # what is wrong with them is said now

    def to(
        self,
        hosts: Iterable[str],
        *,
        deadline: timedelta | None = None,
        max_body: int | None = None,
        direct: bool = False,
        plain: bool = False,
    ) -> Bound:
        """A way to these hosts ("host", on its default port, or "host:port") and to nowhere else."""
        bounds = Bounds(deadline or self.bounds.deadline, max_body or self.bounds.max_body, direct, plain)
        return Bound(self, frozenset(host.lower() for host in hosts), bounds)

    def trusting(self, ca: Path) -> Transport:
        """The same way out, which trusts this file's authorities and not the configured ones. ConfigError when it holds none."""
        with self._making:
            if ca not in self._others:
                way, bounds = self._way, self.bounds
                self._others[ca] = Transport(
                    proxy=way.proxy,
                    ca=ca,
                    clock=self.clock,
                    deadline=bounds.deadline,
                    max_body=bounds.max_body,
                    connections=way.connections,
                    names=way.names,
                )
            return self._others[ca]

    def close(self) -> None:
        """Close what is open."""
        for other in self._others.values():
            other.close()
        if self._sender is not None:
            self._sender.close()

    def exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Reply:
        """One request and its answer, the host having been looked at. TransportError when there is none."""
        return (self._sender or self._sending()).exchange(method, url, headers, body, bounds)

    def _sending(self) -> Sender:
        """What sends, made when the first request is. A sweep of files alone never loads urllib3."""
        from credwatch.transport.sending import Sender  # noqa: PLC0415  loaded by who sends something

        with self._making:
            if self._sender is None:
                self._sender = Sender(self._way)
            return self._sender


class Bound:
    """A `contract.Http` to a list of hosts. One request at a time; `retry_after` is the last reply's."""

    def __init__(self, transport: Transport, hosts: frozenset[str], bounds: Bounds) -> None:
        self.retry_after: float | None = None
        self._transport = transport
        self._hosts = hosts
        self._bounds = bounds

    def now(self) -> datetime:
        """The wall clock, for signatures."""
        return self._transport.clock.now()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request, one answer; a redirect is an answer. TransportError when there is none, or it may not go there."""
        self.retry_after = None
        target = self._permitted(url)
        reply = self._transport.exchange(method, target, _clean(headers), body, self._bounds)
        self.retry_after = retry_after(reply, self.now())
        return reply

    def _permitted(self, url: str) -> Url:
        target = _parsed(url)
        host, scheme = str(target.host), str(target.scheme)
        standard = _PORTS[scheme]
        port = target.port or standard
        if f"{host}:{port}" not in self._hosts and not (port == standard and host in self._hosts):
            raise TransportError(Reason.WRONG_HOST, f"{host}:{port} is not a host of this kind of key")
        if scheme == "http" and not self._bounds.plain and not loopback(host):
            raise TransportError(Reason.WRONG_HOST, f"{host}: plain http goes to loopback only")
        return target


def _parsed(url: str) -> Url:
    """The URL, as the parser reads it that will send it. The error repeats none of it: a URL may carry a key."""
    if plain := _PLAIN.fullmatch(url):
        origin = _origin(plain[1])
        target = origin and origin._replace(path=plain[2], query=plain[3])
    else:
        target = _read(url) if _URL.fullmatch(url) else None
    if target is None or not target.host or target.auth is not None:
        raise TransportError(Reason.MALFORMED, "the URL for this key cannot be sent")
    return target


def _read(url: str) -> Url | None:
    from urllib3.exceptions import LocationParseError  # noqa: PLC0415  loaded by who sends something
    from urllib3.util import parse_url  # noqa: PLC0415  the same

    try:
        return parse_url(url)
    except LocationParseError:
        return None


_origin = lru_cache(maxsize=256)(_read)
"""Whose host it is. There are few, and no key stands in one."""


def _clean(headers: Mapping[str, str]) -> dict[str, str]:
    """These headers and our own. The error repeats none of them: a header is where the key is."""
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()):
        raise TransportError(Reason.MALFORMED, "a header for this key cannot be sent")
    given = {name.title(): value for name, value in headers.items()}
    return {"User-Agent": "credwatch"} | given | {"Accept-Encoding": "identity"}
