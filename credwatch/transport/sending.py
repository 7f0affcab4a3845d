"""What sends: urllib3's pools, their trust, their proxy, and a watchdog over all of them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from urllib3 import PoolManager, ProxyManager, Retry, Timeout, make_headers
from urllib3.exceptions import LocationParseError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Url, parse_url

from credwatch.contract import Reply
from credwatch.errors import ConfigError, TransportError
from credwatch.model import Reason
from credwatch.transport.answers import explained, read
from credwatch.transport.connections import PlainPool, TlsPool, here
from credwatch.transport.deadline import Call, Watchdog
from credwatch.transport.names import loopback
from credwatch.transport.way import Bounds, Way

_NEVER = Retry(False, redirect=False)
_SCHEMES = ("https", "http")
_POOLS = 256


class Sender:
    """One pool, one TLS context, one proxy or none. ConfigError where the proxy or the authorities cannot be used."""

    def __init__(self, way: Way) -> None:
        tls = _trusting(way.ca)
        self._names = way.names
        self._watchdog = Watchdog()
        self._authorities = _Authorities(tls)
        self._direct = PoolManager(_POOLS, maxsize=way.connections, block=True, ssl_context=tls)
        self._proxied = _through(way.proxy, tls, way.connections) if way.proxy else self._direct
        for manager in (self._direct, self._proxied):
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
            manager.key_fn_by_scheme = dict.fromkeys(_SCHEMES, _whose)  # type: ignore[arg-type]  # any function will do

    def close(self) -> None:
        """Close what is open."""
        self._direct.clear()
        self._proxied.clear()
        self._watchdog.close()

    def exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Reply:
        """One request and its answer. TransportError when there is none."""
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


def _whose(context: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells two pools of one manager apart: all else is the same for all of them."""
    return context["scheme"], context["host"], context["port"]


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
    if address.scheme not in _SCHEMES or not address.host:
        raise ConfigError('[network] proxy: write it as "http://host:port"')
    login = make_headers(proxy_basic_auth=unquote(address.auth)) if address.auth else None
    plain = address._replace(auth=None).url
    return ProxyManager(
        plain, _POOLS, proxy_headers=login, maxsize=connections, block=True, ssl_context=tls, proxy_ssl_context=tls
    )
