"""What stands before every page: who asks by which name, that nothing is sent to us, and how browsers must treat it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credwatch.config.addresses import is_loopback

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """An application behind the guard.

    With `local`, only requests that name this machine are answered: a page of somebody else's whose name was made to
    lead here (DNS rebinding) is not.
    """

    def __init__(self, app: ASGIApp, *, local: bool) -> None:
        self._app = app
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    given.setdefault(name, value)
            await send(message)

        app = self._app
        if self._local and not _names_this_machine(headers.get("host", "")):
            app = _refused(421, "This page answers to localhost only. A proxy sends it `Host: localhost`.\n")
        elif headers.get("transfer-encoding") or headers.get("content-length", "0") != "0":
            app = _refused(413, "Nothing can be sent here.\n")
        await app(scope, receive, guarded)


def _names_this_machine(host: str) -> bool:
    name, _, port = host.rpartition(":")
    if not name or not port.isdigit():
        name = host
    return is_loopback(name.removeprefix("[").removesuffix("]"))


def _refused(status: int, said: str) -> ASGIApp:
    return PlainTextResponse(said, status, {"connection": "close"})
