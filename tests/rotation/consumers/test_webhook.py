from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from datetime import timedelta

import pytest

from credwatch.contract import ProviderError, Reason, Reference
from credwatch.rotation.consumers.webhook import Webhook
from credwatch.transport import Transport
from tests.rotation.consumers.conftest import NOW, SIGNING, TOLD
from tests.servers.raw import Server

Serve = Callable[..., Server]


def head_and_body(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in pairs}, body


def test_it_is_told_which_key_lies_where_once_and_signed(serve: Serve, transport: Transport, secret: str) -> None:
    server = serve(204)

    Webhook(f"{server.url}/reload?now", Reference(secret), transport)(TOLD)

    (request,) = server.seen
    headers, body = head_and_body(request)
    stamp = str(int(NOW.timestamp()))
    expected = hmac.new(SIGNING.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert request.startswith(b"POST /reload?now HTTP/1.1\r\n")
    assert headers["x-credwatch-timestamp"] == stamp
    assert headers["x-credwatch-signature"] == f"sha256={expected}"
    assert headers["idempotency-key"] == "3f1c-key"
    assert json.loads(body) == {
        "rotation": "3f1c-key",
        "consumer": "voice-agent",
        "places": ["vault-prod:kv/voice/prod#DEEPGRAM_API_KEY"],
        "key_id": "b1946ac9",
    }
    assert SIGNING.encode() not in request


@pytest.mark.parametrize(
    ("status", "reason", "refused"),
    [
        (301, Reason.REDIRECTED, True),
        (307, Reason.REDIRECTED, True),
        (400, Reason.UNEXPECTED, True),
        (401, Reason.UNEXPECTED, True),
        (404, Reason.UNEXPECTED, True),
        (408, Reason.UNEXPECTED, False),
        (429, Reason.UNEXPECTED, False),
        (500, Reason.SERVER_ERROR, False),
        (503, Reason.SERVER_ERROR, False),
    ],
)
def test_any_other_answer_is_told_by_its_number_and_by_nothing_else(
    serve: Serve, transport: Transport, secret: str, status: int, reason: Reason, *, refused: bool
) -> None:
    server = serve(status, f"canary {SIGNING}", "location: http://127.0.0.1:1/")

    with pytest.raises(ProviderError) as raised:
        Webhook(server.url, Reference(secret), transport)(TOLD)

    assert (raised.value.reason, raised.value.permanent) == (reason, refused)
    assert str(raised.value) == f"its webhook answered HTTP {status}"
    assert len(server.seen) == 1


def test_one_that_answers_nothing_may_have_been_told(serve: Serve, secret: str) -> None:
    def silent(sock: socket.socket, _: bytes) -> None:
        sock.recv(1)

    server, transport = serve(silent), Transport(deadline=timedelta(seconds=0.3))

    with pytest.raises(ProviderError) as raised:
        Webhook(server.url, Reference(secret), transport)(TOLD)

    transport.close()
    assert (raised.value.reason, raised.value.permanent) == (Reason.TIMEOUT, False)


def test_without_its_secret_nothing_is_sent(serve: Serve, transport: Transport) -> None:
    server = serve(204)

    with pytest.raises(ProviderError) as raised:
        Webhook(server.url, Reference("file:/nowhere/signing"), transport)(TOLD)

    assert (raised.value.reason, raised.value.permanent) == (Reason.MISCONFIGURED, True)
    assert server.seen == []


def test_its_secret_is_read_each_time(
    serve: Serve, transport: Transport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server, file = serve(204), tmp_path_factory.mktemp("s") / "signing"
    hook = Webhook(server.url, Reference(f"file:{file}"), transport)
    for value in ("first-value", "second-value"):
        file.write_text(value)
        hook(TOLD)

    first, second = (head_and_body(request)[0]["x-credwatch-signature"] for request in server.seen)
    assert first != second
