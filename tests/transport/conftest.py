from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from credwatch.transport import Transport
from tests.servers.authority import Authority
from tests.servers.raw import Script, Server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server that answers every request with these bytes, or does what a script says."""
    with ExitStack() as running:

        def start(answer: bytes | Script, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> Server:
            script: Script = (lambda sock, _: sock.sendall(answer)) if isinstance(answer, bytes) else answer
            return running.enter_context(Server(script, tls, address=address))

        yield start


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5), max_body=4096)
    yield made
    made.close()
