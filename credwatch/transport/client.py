"""Sends one request to a host on the list and reads one answer. Follows nothing, repeats nothing, obeys no environment."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from urllib3 import PoolManager, ProxyManager, Retry, Timeout, make_headers
from urllib3.exceptions import LocationParseError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Url, parse_url

from credwatch.clock import SYSTEM, Clock
from credwatch.contract import Reply
from credwatch.errors import ConfigError, TransportError
from credwatch.model import Reason
from credwatch.transport.answers import explained, read
from credwatch.transport.connections import PlainPool, TlsPool, here
from credwatch.transport.deadline import Call, Watchdog
from credwatch.transport.names import Names, loopback
from credwatch.transport.patience import retry_after

_NEVER = Retry(False, redirect=False)
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_PORTS = {"https": 443, "http": 80}
_POOLS = 256


@dataclass(frozen=True)
class Bounds:
    """What one answer may cost, and by which way it comes."""

    deadline: timedelta
    """From the first look at the name to the last byte."""
    max_body: int
    """Bytes, unpacked too."""
    direct: bool = False
    """Past the proxy."""
    plain: bool = False
    """Without TLS too, to another machine: for what is no secret."""


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
        tls = _trusting(ca)
        self.clock = clock
        self.bounds = Bounds(deadline, max_body)
        self._names = names or Names()
        self._watchdog = Watchdog()
        self._authorities = _Authorities(tls)
        self._direct = PoolManager(_POOLS, maxsize=connections, block=True, ssl_context=tls)
        self._proxied = _through(proxy, tls, connections) if proxy else self._direct
        for manager in (self._direct, self._proxied):
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

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

    def close(self) -> None:
        """Close what is open."""
        self._direct.clear()
        self._proxied.clear()
        self._watchdog.close()

    def exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Reply:
        """One request and its answer, the host having been looked at. TransportError when there is none."""
        call = self._watchdog.begin(bounds.deadline.total_seconds())
        host = str(url.host)
        failure: TransportError | None = None
        try:
            reply = self._exchange(call, method, url, headers, body, bounds)
        except Exception as error:  # noqa: BLE001  whatever it is, it may quote the request and goes no further
            failure = explained(error, host)
        finally:
            call.finish()
        if call.expired:
            raise TransportError(
                Reason.TIMEOUT, f"{host}: no whole answer within {bounds.deadline.total_seconds():g} s"
            )
        if failure:
            raise failure
        return reply

    def _exchange(  # noqa: PLR0913, PLR0917  a request, and what bounds its answer
        self, call: Call, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds
    ) -> Reply:
        here.call, here.names = call, self._names
        manager = self._direct if bounds.direct or loopback(str(url.host)) else self._proxied
        if url.scheme == "https" or manager is not self._direct:
            self._authorities.load()
        pool = manager.connection_from_host(url.host, url.port, url.scheme)
        response: BaseHTTPResponse = pool.urlopen(
            method,
            url.request_uri,
            body=body or None,
            headers=headers,
            retries=_NEVER,
            redirect=False,
            timeout=Timeout(total=max(0.001, call.left())),
            pool_timeout=call.left(),  # type: ignore[arg-type]  # goes to queue.get, which takes a float
            preload_content=False,
            decode_content=False,
        )
        whole = False
        try:
            reply = read(response, bounds.max_body)
            whole = True
        finally:
            call.finish()  # before another call has the connection
            if not whole:
                response.close()
            response.release_conn()
        return reply


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
    """The URL, parsed by the parser that will send it. The error repeats none of it: a URL may carry a key."""
    try:
        target = parse_url(url) if _URL.fullmatch(url) else None
    except LocationParseError:
        target = None
    if target is None or not target.host or target.auth is not None:
        raise TransportError(Reason.MALFORMED, "the URL for this key cannot be sent")
    return target


def _clean(headers: Mapping[str, str]) -> dict[str, str]:
    """These headers and our own. The error repeats none of them: a header is where the key is."""
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()):
        raise TransportError(Reason.MALFORMED, "a header for this key cannot be sent")
    given = {name.title(): value for name, value in headers.items()}
    return {"User-Agent": "credwatch"} | given | {"Accept-Encoding": "identity"}


class _Authorities:
    """The system's: a fifth of a megabyte that is parsed when the first request needs them, once for all threads."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._loading = threading.Lock()
        self._loaded = False

    def load(self) -> None:
        """Have them trusted when this returns."""
        if self._loaded:
            return
        with self._loading:
            if not self._loaded:
                self._tls.load_default_certs()
                self._loaded = True


def _trusting(ca: Path | None) -> ssl.SSLContext:
    """Trusts the configured file's authorities, beside which come the system's. Never writes SSLKEYLOGFILE."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except OSError as error:
            raise ConfigError(f"[network] ca = {str(ca)!r}: {error.strerror or 'holds no certificate'}") from None
    return context


def _through(proxy: str, tls: ssl.SSLContext, connections: int) -> ProxyManager:
    """A tunnel (CONNECT) for every host but loopback. The error does not repeat the proxy: it may hold a password."""
    try:
        address = parse_url(proxy)
    except LocationParseError:
        address = Url()
    if address.scheme not in _PORTS or not address.host:
        raise ConfigError('[network] proxy: write it as "http://host:port"')
    login = make_headers(proxy_basic_auth=unquote(address.auth)) if address.auth else None
    plain = address._replace(auth=None).url
    return ProxyManager(
        plain, _POOLS, proxy_headers=login, maxsize=connections, block=True, ssl_context=tls, proxy_ssl_context=tls
    )
