"""One fault, played: where every vendor seems to be, and who came by."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext

from tests.conformance.trap import Trap
from tests.faults.scripts import Stage
from tests.faults.table import Fault
from tests.servers.authority import Authority
from tests.servers.raw import Server

NOWHERE = "https://vendor.invalid"
"""A name that the standards promise never to give to anybody."""


@dataclass(frozen=True)
class Played:
    """A fault while it lasts."""

    fault: Fault
    url: str
    """What every `base_url` is."""
    trap: Trap
    server: Server | None = None

    def check(self, tried: int) -> None:
        """Nobody came to another host, and no impostor heard anything; whom we trust heard what it should, once."""
        assert self.trap.seen == []
        if self.server is None:
            return
        if self.fault.reason is self.fault.reason.TLS or self.fault.identity != "good":
            heard = [request for request in self.server.seen if not request.startswith(b"\x16")]
            assert heard == []
        elif not self.fault.hangs:
            assert len(self.server.seen) == tried * self.fault.tries
            assert self.server.callers <= len(self.server.seen)


class Stages:
    """Plays faults, with certificates of one authority."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority.new(folder)
        stranger = folder / "stranger"
        stranger.mkdir()
        self._contexts: dict[str, Callable[[], SSLContext | None]] = {
            "good": lambda: self.authority.server(days=30),
            "expired": lambda: self.authority.server(days=-1),
            "wrong name": lambda: self.authority.server("vendor.test", days=30),
            "self-signed": lambda: self.authority.server(days=30, self_signed=True),
            "unknown authority": lambda: Authority.new(stranger).server(days=30),
            "plain": lambda: None,
        }

    @contextmanager
    def play(self, fault: Fault, *, pace: float) -> Iterator[Played]:
        """Within the block it is so; a trap is there too."""
        with Trap() as trap, self.play_beside(trap, fault, pace=pace) as played:
            yield played

    @contextmanager
    def play_beside(self, trap: Trap, fault: Fault, *, pace: float) -> Iterator[Played]:
        """Within the block it is so, and leads into this trap."""
        if not fault.resolves:
            yield Played(fault, NOWHERE, trap)
        elif fault.play is None:
            yield Played(fault, f"https://{_closed()}", trap)
        else:
            script = fault.play(Stage(trap.url, pace))
            with Server(script, self._contexts[fault.identity]()) as server:
                yield Played(fault, f"https://{server.host}", trap, server)


def _closed() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"127.0.0.1:{closed.getsockname()[1]}"
