"""Servers whose every request is seen, and what is asked of them in one play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from credwatch.sandbox.server import App, Handler, Request, Response, Route


@dataclass(frozen=True)
class Case:
    """One key, in its places."""

    name: str
    vendor: str
    shelves: tuple[str, ...]
    grace: str = "5m"
    """Within ten minutes it is waited for by the same process."""
    dead: bool = False


@dataclass
class Hook(App):
    """A reader of keys that is told to load the new one."""

    told: list[str] = field(default_factory=list)

    def routes(self) -> Iterator[Route]:
        yield Route("POST", "/reload", self._reload)

    def _reload(self, request: Request) -> Response:
        self.told.append(request.body.decode())
        return Response(204)


def reads(request: Request) -> bool:
    """Whether it changes nothing."""
    return request.method in {"GET", "LIST"}


@dataclass(frozen=True)
class Gate:
    """Before a server: each request is seen before it is taken, and after that."""

    app: App
    seen: Callable[[str, bool, bool], None]
    """What is asked, whether it was taken, and whether it may change something."""
    reads: Callable[[Request], bool] = reads

    def routes(self) -> Iterator[Route]:
        """Those of the server."""
        for route in self.app.routes():
            yield replace(route, handler=partial(self._answer, route.handler))

    def _answer(self, handler: Handler, request: Request) -> Response:
        asked, changes = f"{request.method} {request.path}", not self.reads(request)
        self.seen(asked, False, changes)
        answer = handler(request)
        self.seen(asked, True, changes)
        return answer
