"""A connection that was opened to read sends nothing that may change something, whichever plug-in it is of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from credwatch.contract import Http, ProviderError, Reason, Setup
from credwatch.registry import Registry
from credwatch.transport import Transport
from tests.conformance.grounds.ground import NAME, Ground
from tests.conformance.installed import PLUGINS
from tests.conformance.systems import on
from tests.servers.raw import Server

CHANGING = ("PUT", "PATCH", "DELETE", "POST")
HEADERS = {"content-type": "application/json", "x-http-method-override": "GET"}
TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Bare:
    """A connection that is nothing but what it was made from."""

    def __init__(self, setup: Setup[Any, Any]) -> None:
        self.name = setup.name
        self.setup = setup

    def check(self) -> Any:
        raise AssertionError


@pytest.fixture
def store() -> Iterator[Server]:
    """A host that our own table may name; it takes everything."""
    with Server(lambda sock, _: sock.sendall(TAKEN)) as running:
        yield running


@pytest.fixture
def setup(ground: Ground, transport: Transport) -> Setup[Any, Any]:
    """What a connection of this plug-in is made from, as the watch opens it."""
    bare = {name: replace(made, provider=Bare if made.provider else None) for name, made in PLUGINS.items()}
    opened: Any = Registry(bare).open(ground.config(), NAME, transport)
    made: Setup[Any, Any] = opened.setup
    return made


def refused(http: Http, method: str, url: str) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        http.send(method, url, headers=HEADERS, body=b'{"delete": true}')
    return raised.value


@on()
@pytest.mark.parametrize("method", CHANGING)
@pytest.mark.usefixtures("ground")
def test_a_change_never_reaches_a_host_of_our_table(setup: Setup[Any, Any], store: Server, method: str) -> None:
    error = refused(setup.reach(store.host), method, f"{store.url}/v1/kv/data/x")

    assert (error.reason, error.permanent, setup.writes) == (Reason.MISCONFIGURED, True, False)
    assert store.seen == []


@on(lambda made: made.speaks_http)
@pytest.mark.parametrize("method", CHANGING)
def test_a_change_never_reaches_the_vendor(setup: Setup[Any, Any], ground: Any, method: str) -> None:
    seen: list[object] = []
    ground.gate.answer = seen.append
    host = ground.server.url.removeprefix("http://")

    for http in (setup.http, setup.reach(host)):
        assert refused(http, method, f"{ground.server.url}/v1/keys/1").reason is Reason.MISCONFIGURED

    assert seen == []


@on(lambda made: made.speaks_http)
@pytest.mark.parametrize("method", ["GET", "LIST"])
def test_a_question_does_reach_it(setup: Setup[Any, Any], store: Server, method: str) -> None:
    """Or the two above would hold for a way that leads nowhere."""
    setup.reach(store.host).send(method, f"{store.url}/v1/kv/metadata/x", headers={})

    assert len(store.seen) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("name", [name for name, made in PLUGINS.items() if made.harmless])
def test_no_plug_in_calls_anything_but_a_post_harmless(name: str, method: str) -> None:
    """Each of these is harmless as a POST."""
    harmless: Callable[..., bool] | None = PLUGINS[name].harmless
    assert harmless is not None
    known = [
        ("/v1/auth/token/renew-self", {}, b"{}"),
        ("/v1/projects/p:testIamPermissions", {}, b"{}"),
        ("/", {"X-Amz-Target": "secretsmanager.ListSecrets"}, b"{}"),
    ]

    assert any(harmless("POST", f"https://a.example{path}", headers, body) for path, headers, body in known)
    assert not any(harmless(method, f"https://a.example{path}", headers, body) for path, headers, body in known)
