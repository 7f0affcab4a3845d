"""A small HTTP server for local vendors: loopback, routes, keep-alive, and a log that holds no secret."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from credwatch.clock import SYSTEM, Clock


@dataclass(frozen=True)
class Request:
    """One request. Header names are lower case; what may hold a secret stays out of its repr."""

    method: str
    path: str
    groups: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The named groups of the route's pattern, percent-decoded."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)
    """The server's own address, for links to the next page."""

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def authorization(self, scheme: str) -> str:
        """What the Authorization header carries under this scheme; empty when there is nothing."""
        name, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if name.lower() == scheme.lower() else ""

    def basic(self) -> tuple[str, str]:
        """User and password of HTTP Basic; empty when there are none."""
        try:
            pair = base64.b64decode(self.authorization("Basic"), validate=True).decode()
        except ValueError:
            return "", ""
        user, _, password = pair.partition(":")
        return user, password


@dataclass(frozen=True)
class Response:
    """One answer, and how long to wait before it is sent."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    delay: float = 0.0
    """Seconds; the end of the server ends the wait."""
    lost: bool = False
    """The connection is closed in its place."""

    @classmethod
    def json(cls, content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """JSON."""
        return cls(status, json.dumps(content).encode(), {"content-type": "application/json"} | dict(headers or {}))

    @classmethod
    def text(cls, content: str, status: int = 200, kind: str = "text/plain") -> Response:
        """Text; `kind` is its content type."""
        return cls(status, content.encode(), {"content-type": f"{kind}; charset=utf-8"})


Handler = Callable[[Request], Response]
Aside = Callable[[Request], Response | None]
"""What happens before a request is answered: None lets it through, a response is sent in its place."""


@dataclass(frozen=True)
class Route:
    """Which handler answers which method on which path; the pattern matches the whole path, still percent-encoded."""

    method: str
    pattern: str
    handler: Handler


class App(Protocol):
    """What a server serves."""

    def routes(self) -> Iterable[Route]:
        """The first that matches answers; read once, when the server is made."""


@dataclass(frozen=True)
class Logged:
    """A line of the log: no query, no header but Host, no body."""

    method: str
    path: str
    status: int
    host: str


class _Connection(BaseHTTPRequestHandler):
    """One client's connection, in a thread of its own."""

    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        response = self.server.respond(
            Request(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                url=self.server.url,
            )
        )
        self.server.stopping.wait(response.delay)
        if response.lost:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status not in {204, 304}:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and response.status not in {204, 304}:
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_LIST = do_SCAN = _answer  # noqa: N815  http.server looks for these names

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: by the clock of the server, which need not be the machine's."""
        return super().date_time_string(self.server.clock.now().timestamp() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's own name
        """Nothing is written: the line would hold the query."""


class _Listener(ThreadingHTTPServer):
    """The listening socket and the threads behind it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: App, tls: ssl.SSLContext | None, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_address[1]}"
        self.clock = clock
        self.stopping = threading.Event()
        self.log: list[Logged] = []
        self.aside: Aside = lambda _: None
        self._tls = tls
        self._routes = [(route.method, re.compile(route.pattern), route.handler) for route in app.routes()]
        self._open: set[socket.socket] = set()

    def respond(self, request: Request) -> Response:
        """The answer of the first route that matches: 404 where none does, 405 where only the method is wrong."""
        response = self.aside(request) or self._route(request)
        self.log.append(Logged(request.method, request.path, response.status, request.headers.get("host", "")))
        return response

    def _route(self, request: Request) -> Response:
        known = False
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            known = known or found is not None
            if found is not None and method == request.method:
                groups = {name: unquote(value) for name, value in found.groupdict(default="").items()}
                return handler(replace(request, groups=groups))
        return Response.text("method not allowed", 405) if known else Response.text("not found", 404)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection; the TLS handshake is done here, in the connection's thread."""
        connection = self._tls.wrap_socket(request, server_side=True) if self._tls else request
        self._open.add(connection)
        try:
            if not self.stopping.is_set():
                _Connection(connection, client_address, self)
        finally:
            self._open.discard(connection)
            if self._tls:
                connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or refuses our certificate is no fault of ours; anything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Close what clients keep alive."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is already gone
                continue


class Server:
    """Serves an app on a loopback port that the system chooses, from `with` to its end."""

    def __init__(self, app: App, *, tls: ssl.SSLContext | None = None, clock: Clock = SYSTEM) -> None:
        self._listener = _Listener(app, tls, clock)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, or https where a TLS context was given."""
        return self._listener.url

    @property
    def requests(self) -> tuple[Logged, ...]:
        """What was asked so far, in the order in which it was answered."""
        return tuple(self._listener.log)

    def before_each(self, aside: Aside) -> None:
        """From now on this happens before a request is answered, in the thread that answers it."""
        self._listener.aside = aside

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.stopping.set()
        self._listener.shutdown()
        self._listener.hang_up()
        self._listener.server_close()
        self._thread.join()
