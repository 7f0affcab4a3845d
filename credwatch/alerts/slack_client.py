"""slack_sdk's client with a way out of its own: the configured proxy or none, and no redirect."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from slack_sdk import WebClient

from credwatch.config.addresses import is_loopback


class Client(WebClient):
    """Sends through `proxy` whatever does not stay on this machine.

    The SDK, and urllib beneath it, would take HTTPS_PROXY, HTTP_PROXY and NO_PROXY from the environment.
    """

    def __init__(self, token: str, *, proxy: str | None, **settings: Any) -> None:
        super().__init__(token, **settings)
        self.proxy = proxy

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        if self.proxy and not is_loopback(urlsplit(url).hostname or ""):
            req.set_proxy(urlsplit(self.proxy).netloc, urlsplit(self.proxy).scheme)
        opener = OpenerDirector()
        for handler in (HTTPHandler(), HTTPSHandler(context=self.ssl), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
            opener.add_handler(handler)
        with opener.open(req, timeout=self.timeout) as answer:
            return {"status": answer.status, "headers": answer.headers, "body": answer.read().decode()}
