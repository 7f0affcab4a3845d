"""Listeners: every face on its own address, all of them in one thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from credwatch.config.addresses import Address
from credwatch.errors import ConfigError

LARGEST_HEAD = 8 << 10
"""Bytes of a request's line and headers."""


@dataclass(frozen=True)
class Face:
    """What is served where."""

    name: str
    """How a complaint calls its address: "[web] probes"."""
    address: Address
    app: ASGIApp
    connections: int
    """More at once are answered with 503."""


class Web:
    """Serves from `with`, or `start`, until its end. ConfigError when an address cannot be listened on."""

    def __init__(self, faces: Sequence[Face] = (), protocol: type[Impatient] | None = None) -> None:
        self._faces = tuple(faces)
        self._protocol = protocol or Impatient
        self._servers: list[uvicorn.Server] = []
        self._loop = asyncio.new_event_loop()
        self._coming: asyncio.Queue[tuple[uvicorn.Server, socket.socket] | None] = asyncio.Queue()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self.addresses: tuple[Address, ...] = ()
        """Where it listens, in the order of the faces, once it has started."""

    def start(self) -> None:
        """Listen. A request that comes now is answered as soon as the thread runs."""
        self._thread.start()
        try:
            for face in self._faces:
                self.show(face)
        except ConfigError:
            self.stop()
            raise

    def show(self, face: Face) -> None:
        """One face more, from now on."""
        one = _listening(face)
        server = _server(face, self._protocol)
        self.addresses += (Address(face.address.host, one.getsockname()[1]),)
        self._servers.append(server)
        self._loop.call_soon_threadsafe(self._coming.put_nowait, (server, one))

    def stop(self) -> None:
        """Answer what was asked, and close."""
        for server in self._servers:
            server.should_exit = True
        self._loop.call_soon_threadsafe(self._coming.put_nowait, None)
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _serve(self) -> None:
        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as serving:
                while (coming := await self._coming.get()) is not None:
                    server, one = coming
                    serving.create_task(server.serve([one]))

        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(all_of_them())


class Impatient(H11Protocol):
    """Closes a connection on which a request takes too long to arrive, however slowly its bytes drip."""

    patience = 10.0
    """Seconds for a whole request to arrive."""
    _awaited: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody is there."""
        super().connection_made(transport)
        self._await(self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        if self._awaited is not None:
            self._awaited.cancel()
        super().connection_lost(exc)

    def _await(self, last: object) -> None:
        self._awaited = self.loop.call_later(self.patience, self._late, last)

    def _late(self, last: object) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is last:
            self.transport.abort()
        else:
            self._await(self.cycle)


def _listening(face: Face) -> socket.socket:
    family = socket.AF_INET6 if ":" in face.address.host else socket.AF_INET
    try:
        return socket.create_server((face.address.host, face.address.port), family=family, backlog=128)
    except OSError as error:
        raise ConfigError(
            f"{face.name} {face.address}: cannot be listened on, {error.strerror or error}. Name another address"
        ) from None


def _server(face: Face, protocol: type[Impatient]) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            face.app,
            loop="asyncio",
            http=protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=face.connections,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_graceful_shutdown=2,
        )
    )
