"""What stands before a vendor and repeats all that it was told, and a Slack that keeps what it received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

from credwatch.sandbox.server import Handler, Request, Response, Route

_METHODS = ("GET", "POST", "HEAD", "LIST", "PUT", "DELETE")


class Gateway:
    """Answers everything by repeating all that it was told, in every way that there is."""

    statuses = (200, 302, 400, 401, 403, 404, 409, 429, 503)
    """Each key gets its own, and always the same."""

    def routes(self) -> Iterable[Route]:
        """Everything."""
        return [Route(method, ".*", self._answer) for method in _METHODS]

    def _answer(self, request: Request) -> Response:
        headers = dict(request.headers)
        told = f"{headers} {request.body!r} {dict(request.query)}"
        key = headers.get("x-api-key") or headers.get("authorization") or headers.get("x-vault-token", "")
        number = crc32(key.encode())
        status = self.statuses[number % len(self.statuses)]
        body: dict[str, Any] = {"ok": False, "error": told, "message": told, "errors": [told], "data": {"id": told}}
        body |= {"error_description": told, "detail": {"status": told, "message": told}, "projects": [{"name": told}]}
        word = next(iter(key.split()[-1:]), "")
        shown = {
            "www-authenticate": f'Bearer realm="{word}"',
            "location": f"/?key={word}",
            "set-cookie": f"s={word}",
            "x-amzn-errortype": word,
            "retry-after": "0",
            "warning": f"299 - {word!r}",
        }
        shown = {name: value for name, value in shown.items() if value.isascii() and value.isprintable()}
        if number // len(self.statuses) % 3 == 0:
            return Response(status, f'{{"error": "{told}", '.encode(), {"content-type": "application/json"} | shown)
        if "x-amz-date" in headers:
            xml = f"<ErrorResponse><Error><Code>{told}</Code><Message>{told}</Message></Error></ErrorResponse>"
            return Response(status, xml.encode(), {"content-type": "text/xml"} | shown)
        return Response.json(body, status, shown)


@dataclass
class Received:
    """An app, and every request that it got, but for the header that is to carry a secret."""

    app: Any
    requests: list[bytes] = field(default_factory=list)

    def routes(self) -> Iterator[Route]:
        """Those of the app."""
        for route in self.app.routes():
            yield replace(route, handler=self._keeping(route.handler))

    def _keeping(self, handler: Handler) -> Handler:
        def kept(request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            head = f"{request.method} {request.path} {dict(request.query)} {headers}\n"
            self.requests.append(head.encode() + request.body)
            return handler(request)

        return kept
