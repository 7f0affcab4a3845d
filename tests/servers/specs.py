"""An `Http` that lets pass only what a vendor's own OpenAPI document allows, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.templating.paths.exceptions import PathNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.testing import MockRequest, MockResponse

from credwatch.contract import Http, Reply

_SPECS = Path(__file__).parents[1] / "specs"


@cache
def _document(name: str) -> tuple[str, OpenAPI]:
    """The document's own host, and the document."""
    content = json.loads((_SPECS / f"{name}.json").read_text())
    server = urlsplit(content["servers"][0]["url"])
    return f"{server.scheme}://{server.netloc}", OpenAPI.from_dict(content)


class Checked:
    """Hands everything on. Raises openapi-core's error where a request or a reply is not as documented."""

    def __init__(self, http: Http, *documents: str) -> None:
        self._http = http
        self._documents = documents
        self.checked: list[tuple[str, int]] = []
        """The documented paths that were asked, with the documented statuses that came back."""
        self.unknown: list[tuple[str, int]] = []
        """The same, where the document has no such path or no such status."""

    def now(self) -> datetime:
        return self._http.now()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        parts = urlsplit(url)
        reply = self._http.send(method, url, headers=headers, body=body)
        answer = MockResponse(reply.body, reply.status, {}, reply.headers.get("content-type", "").partition(";")[0])
        for name in self._documents:
            host, document = _document(name)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            kind = headers.get("content-type", "application/json")
            asked = MockRequest(
                host, method, parts.path, args=query, headers=dict(headers), data=body, content_type=kind
            )
            try:
                document.validate_request(asked)
                document.validate_response(asked, answer)
            except (PathNotFound, ResponseNotFound):
                continue
            self.checked.append((parts.path, reply.status))
            return reply
        self.unknown.append((parts.path, reply.status))
        return reply
