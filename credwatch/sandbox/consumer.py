"""A local consumer of keys: it is told by a signed webhook, loads what its place holds, and shows which key it uses."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable

from credwatch.sandbox.server import Request, Response, Route


class Consumer:
    """An app for the sandbox's server. `load` gives the id of the key that its place holds now."""

    def __init__(self, field: str, secret: str, load: Callable[[], str]) -> None:
        self._field, self._secret, self._load = field, secret.encode(), load
        self.uses = load()
        self.told: list[str] = []
        """The ids of the keys that it was told of, each by a signature that was right."""

    def routes(self) -> Iterable[Route]:
        """Where it is told, and where it shows what it uses."""
        yield Route("POST", "/reload", self._reload)
        yield Route("GET", "/credentials", self._credentials)

    def _reload(self, request: Request) -> Response:
        at = request.headers.get("x-credwatch-timestamp", "")
        signed = hmac.new(self._secret, at.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("x-credwatch-signature", ""), f"sha256={signed}"):
            return Response.text("the signature is wrong", 401)
        self.told.append(request.json()["key_id"])
        self.uses = self._load()
        return Response(204)

    def _credentials(self, _: Request) -> Response:
        return Response.json({self._field: f"…{self.uses[-6:]}"})
