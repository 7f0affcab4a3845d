"""The configured proxy is the way to the vendors, and to the stores whose tables say so; the environment's is nobody's."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from credwatch.config.loading import parse
from credwatch.registry import Registry
from credwatch.transport import Transport
from tests.conformance.grounds.ground import NAME
from tests.conformance.trap import Trap
from tests.faults.listings.company import NAMES, Company
from tests.faults.listings.looks import Looker
from tests.servers.raw import Server


class Egress:
    """A proxy that leads every CONNECT to this machine."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.server = Server(self._connect)
        self.url = f"http://{self.server.host}"

    def _connect(self, sock: socket.socket, request: bytes) -> None:
        named = re.match(rb"CONNECT ([^ ]+):(\d+) HTTP/1.", request)
        assert named, "nothing but tunnels goes through here"
        self.asked.append(named[1].decode())
        try:
            behind = socket.create_connection(("127.0.0.1", int(named[2])))
        except OSError:
            sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=_pour, args=(behind, sock), daemon=True).start()
        _pour(sock, behind)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError), source, sink:
        while part := source.recv(65536):
            sink.sendall(part)


@pytest.fixture
def egress() -> Iterator[Egress]:
    made = Egress()
    with made.server:
        yield made


def test_a_vendor_s_list_is_seen_through_the_configured_proxy_and_a_store_directly(
    egress: Egress, looker: Looker, tmp_path: Path
) -> None:
    look = looker.look(looker.begin(tmp_path), proxy=egress.url)

    assert (look.well, look.held, look.gone) == (True, looker.held, [])
    assert set(egress.asked) == {f"{name}.test" for name in ("deepgram", "elevenlabs", "openai", "twilio")}


def test_a_store_is_seen_through_it_where_its_table_says_so(egress: Egress, looker: Looker, tmp_path: Path) -> None:
    look = looker.look(looker.begin(tmp_path), proxy=egress.url, stores=True)

    assert (look.well, look.held, look.gone) == (True, looker.held, [])
    assert set(egress.asked) == {f"{name}.test" for name in NAMES}


def test_secret_manager_is_reached_through_it_too(egress: Egress, company: Company) -> None:
    refused = reason(company, f'proxy = "{egress.url}"')

    assert (refused, set(egress.asked)) == ("unreachable", {"secrets.test"})


def test_a_proxy_that_grpc_cannot_take_is_a_mistake_in_the_configuration(company: Company) -> None:
    assert reason(company, 'proxy = "https://egress.test:3128"') == "misconfigured"


def test_the_environment_s_proxy_is_asked_by_nobody(
    looker: Looker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Trap() as trap:
        for name, value in environment(trap).items():
            monkeypatch.setenv(name, value)
        look = looker.look(looker.begin(tmp_path))

    assert (look.well, trap.seen) == (True, [])


def environment(trap: Trap) -> Mapping[str, str]:
    """Every proxy that somebody obeys, gRPC too."""
    return {**trap.proxies(), "grpc_proxy": trap.url.rstrip("/")}


def reason(company: Company, network: str) -> str:
    """Why Google is not seen, where Secret Manager has another name and this is the way."""
    text = company.grounds["gcp"].tables().replace(company.manager.endpoint, "secrets.test:1")
    config = parse(
        text.replace("[network]\n", f"[network]\n{network}\n").replace("\nuse = ", "\nproxy = true\nuse = "),
        {},
        "credwatch.toml",
    )
    transport = Transport()
    provider = Registry.load().open(config, NAME, transport)
    said = provider.check().reason
    transport.close()
    return said.value
