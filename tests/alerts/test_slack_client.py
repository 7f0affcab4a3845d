"""Which way Slack is reached: through the configured proxy, or straight."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, TCPServer

import pytest

from credwatch.alerts.channel import NO_ANSWER
from credwatch.alerts.slack import SlackChannel
from credwatch.alerts.words import Words
from credwatch.errors import DeliveryError
from credwatch.sandbox.server import Request, Response, Route, Server
from credwatch.sandbox.slack import TOKEN
from credwatch.secrets import Secret
from tests.alerts.world import World

WORDS = Words(("Page: something",), (), "cw-1")
NOWHERE = "http://127.0.0.1:9"


def channel(url: str, proxy: str | None = None) -> SlackChannel:
    return SlackChannel(Secret(TOKEN), base_url=f"{url}/api/", proxy=proxy)


@contextmanager
def refusing_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that lets nothing through, and the first lines of what it was asked."""
    asked: list[str] = []

    class Refusal(StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline().decode().strip())
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with TCPServer(("127.0.0.1", 0), Refusal) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_does_not_count(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, NOWHERE)

    channel(world.url).post("#credentials", WORDS, "m-1")

    assert world.texts("credentials") == ["Page: something"]


def test_the_configured_proxy_is_used_whatever_the_environment_excepts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")

    with refusing_proxy() as (proxy, asked), pytest.raises(DeliveryError) as caught:
        channel("https://slack.example", proxy).post("C000000001", WORDS, "m-1")

    assert caught.value.reason == NO_ANSWER
    assert [line.partition(" HTTP/")[0] for line in asked] == ["CONNECT slack.example:443"]


def test_what_is_on_this_machine_is_reached_without_the_proxy(world: World) -> None:
    channel(world.url, NOWHERE).post("#credentials", WORDS, "m-1")

    assert world.texts("credentials") == ["Page: something"]


class Moved:
    """Sends everybody elsewhere."""

    def routes(self) -> Iterable[Route]:
        yield Route("POST", "/api/.*", self._elsewhere)

    @staticmethod
    def _elsewhere(_: Request) -> Response:
        return Response(302, headers={"Location": "/elsewhere"})


def test_the_token_follows_no_redirect() -> None:
    with Server(Moved()) as server, pytest.raises(DeliveryError) as caught:
        channel(server.url).post("C000000001", WORDS, "m-1")

    assert caught.value.reason == NO_ANSWER
    assert [line.path for line in server.requests] == ["/api/chat.postMessage"]
