"""Whom we believe to be the vendor."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import ConfigError, Reason, TransportError
from credwatch.transport import Transport

Serve = Callable[..., Any]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def failure(transport: Transport, host: str) -> TransportError:
    with pytest.raises(TransportError) as caught:
        transport.to([host], deadline=timedelta(seconds=1)).send("GET", f"https://{host}/", headers={"X-Key": "canary"})
    transport.close()
    return caught.value


def test_a_certificate_of_the_configured_authority_is_believed(serve: Serve, authority: Any) -> None:
    server, transport = serve(OK, authority.server()), Transport(ca=authority.ca)

    replies = [transport.to([server.host]).send("GET", server.url, headers={}) for _ in range(2)]

    assert [reply.body for reply in replies] == [b"hi", b"hi"]
    transport.close()


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        ({"days": -1}, "expired"),
        ({"name": "other.test"}, "mismatch"),
        ({"self_signed": True}, "self-signed"),
    ],
)
def test_a_server_that_is_not_who_it_should_be_is_never_told_the_key(
    serve: Serve, authority: Any, certificate: dict[str, Any], said: str
) -> None:
    server = serve(OK, authority.server(**certificate))

    error = failure(Transport(ca=authority.ca), server.host)

    assert (error.reason, server.seen) == (Reason.TLS, [])
    assert said in str(error)


def test_an_authority_that_is_not_configured_is_not_believed(serve: Serve, authority: Any) -> None:
    server = serve(OK, authority.server())

    assert failure(Transport(), server.host).reason is Reason.TLS


def test_the_systems_authorities_are_read_when_the_first_request_needs_them_and_once_for_all_threads(
    serve: Serve, authority: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain, server, transport = serve(OK), serve(OK, authority.server()), Transport()
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    transport.to([plain.host]).send("GET", plain.url, headers={})  # it needs none of them

    def ask(_: int) -> bytes:
        body: bytes = transport.to([server.host]).send("GET", server.url, headers={}).body
        return body

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(ask, range(8)))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    bodies.append(ask(0))

    assert bodies == [b"hi"] * 9
    transport.close()


def test_a_server_without_tls_is_never_told_the_key(serve: Serve) -> None:
    server = serve(OK)

    error = failure(Transport(), server.host)

    assert error.reason is Reason.TLS
    assert not any(b"canary" in request for request in server.seen)


def test_a_handshake_that_never_ends_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(Transport(), f"127.0.0.1:{silent.getsockname()[1]}")

    assert error.reason is Reason.TIMEOUT


def test_session_keys_are_not_written_down(
    serve: Serve, authority: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    server, transport = serve(OK, authority.server()), Transport(ca=authority.ca)

    transport.to([server.host]).send("GET", server.url, headers={})

    assert list(tmp_path.iterdir()) == []
    transport.close()


def test_an_authority_file_that_cannot_be_read_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")

    for file in "missing.pem", "empty.pem":
        with pytest.raises(ConfigError, match=file):
            Transport(ca=tmp_path / file)
