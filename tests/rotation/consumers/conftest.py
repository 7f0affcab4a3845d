"""What a consumer is told in these tests, and the way it is told by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credwatch.clock import SystemClock
from credwatch.rotation.consumers.told import Told
from credwatch.transport import Transport
from tests.servers.raw import Script, Server

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOLD = Told("3f1c-key", "voice-agent", ("vault-prod:kv/voice/prod#DEEPGRAM_API_KEY",), "b1946ac9")
SIGNING = "canary-signing-4711"


class Standing(SystemClock):
    """The wall clock stands; waiting takes no time, and the other clock shows that it did."""

    def __init__(self) -> None:
        self.waited = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.waited

    def wait(self, seconds: float, stop: object) -> bool:
        del stop
        self.waited += seconds
        return True


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def transport(clock: Standing) -> Iterator[Transport]:
    made = Transport(clock=clock, deadline=timedelta(seconds=20))
    yield made
    made.close()


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A reference to what is signed with."""
    (tmp_path / "signing").write_text(f"{SIGNING}\n")
    return f"file:{tmp_path / 'signing'}"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server that answers everything with a status and a body, or does what a script says."""
    with ExitStack() as running:

        def start(status: int | Script = 200, body: str = "", *headers: str) -> Server:
            head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} said", *headers))
            answer = f"{head}content-length: {len(body.encode())}\r\n\r\n{body}".encode()
            script: Script = (lambda sock, _: sock.sendall(answer)) if isinstance(status, int) else status
            return running.enter_context(Server(script))

        yield start
