"""A way to AWS on which things happen: somebody else writes, or an answer is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from credwatch.contract import Http, Reason, Reply, TransportError


def operation(headers: Mapping[str, str], body: bytes) -> str:
    """The name of what is asked: in a header for JSON, in the form for IAM."""
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    form = dict(pair.partition("=")[::2] for pair in body.decode("utf-8", "replace").split("&")) if not target else {}
    return target.rpartition(".")[2] or form.get("Action", "")


@dataclass
class Meddling:
    """`before` happens once before the first request of an operation; the answers of `lost` never come."""

    http: Http
    at: str = ""
    before: Callable[[], object] = lambda: None
    lost: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        name = operation(headers, body)
        if name == self.at and name not in self.asked:
            self.before()
        self.asked.append(name)
        reply = self.http.send(method, url, headers=headers, body=body)
        if name in self.lost:
            raise TransportError(Reason.TIMEOUT, "no answer")
        return reply

    def now(self) -> datetime:
        return self.http.now()
