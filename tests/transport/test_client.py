"""One request, one answer, from real sockets."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from credwatch.contract import Http, Reason, TransportError
from credwatch.transport import Transport

Serve = Callable[..., Any]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Who: me\r\n\r\nhi"


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def reason_of(http: Http, url: str, **headers: str) -> Reason:
    with pytest.raises(TransportError) as caught:
        http.send("GET", url, headers=headers)
    assert caught.value.__context__ is None
    return caught.value.reason


def test_a_reply_has_its_status_its_headers_in_lower_case_and_its_body(serve: Serve, transport: Transport) -> None:
    server = serve(OK)

    reply = transport.to([server.host]).send("GET", f"{server.url}/v1", headers={})

    assert (reply.status, reply.headers["x-who"], reply.body) == (200, "me", b"hi")


def test_what_is_sent_is_the_request_and_nothing_of_the_environment(
    serve: Serve, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, trap = serve(OK), serve(OK)
    for name in "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_BASE_URL":
        monkeypatch.setenv(name, trap.url)
        monkeypatch.setenv(name.lower(), trap.url)

    transport.to([server.host]).send("POST", f"{server.url}/v1?a=b", headers={"Authorization": "Token k"}, body=b"x=1")

    head, body = server.seen[0].split(b"\r\n\r\n")
    assert sorted(head.split(b"\r\n")) == sorted(
        [
            b"POST /v1?a=b HTTP/1.1",
            b"Host: " + server.host.encode(),
            b"Content-Length: 3",
            b"User-Agent: credwatch",
            b"Authorization: Token k",
            b"Accept-Encoding: identity",
        ]
    )
    assert (body, trap.seen) == (b"x=1", [])


def test_a_redirect_is_a_reply_and_is_not_followed(serve: Serve, transport: Transport) -> None:
    elsewhere = serve(OK)
    server = serve(answer(b"", b"Location: " + elsewhere.url.encode(), status=b"302 Found"))

    reply = transport.to([server.host, elsewhere.host]).send("GET", server.url, headers={"Authorization": "k"})

    assert (reply.status, elsewhere.seen) == (302, [])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://other.example.com/", Reason.WRONG_HOST),
        ("https://api.example.com:8443/", Reason.WRONG_HOST),
        ("https://api.example.com.evil.test/", Reason.WRONG_HOST),
        ("https://evil.test/?api.example.com", Reason.WRONG_HOST),
        ("http://api.example.com/", Reason.WRONG_HOST),
        ("http://api.example.com:443/", Reason.WRONG_HOST),
        ("http://127.0.0.1.evil.test/", Reason.WRONG_HOST),
        ("https://api.example.com@evil.test/", Reason.MALFORMED),
        ("https://key@api.example.com/", Reason.MALFORMED),
        ("https://evil.test\\@api.example.com/", Reason.MALFORMED),
        ("https://api.example.com/a b", Reason.MALFORMED),
        ("https://api.example.com/a\r\nX: y", Reason.MALFORMED),
        ("https://api.example.com/é", Reason.MALFORMED),
        ("ftp://api.example.com/", Reason.MALFORMED),
        ("https:///x", Reason.MALFORMED),
        ("https://api.example.com:99999/", Reason.MALFORMED),
    ],
)
def test_a_request_that_may_not_go_there_is_not_sent(transport: Transport, url: str, reason: Reason) -> None:
    http = transport.to(["api.example.com", "127.0.0.1.evil.test:80"])

    assert reason_of(http, url) is reason


@pytest.mark.parametrize("value", ["sk-canary\n", "sk-canary\r\nX: y", "sk-canary\x00", "sk-canary\u2026", "sk\udcff"])
def test_a_key_that_no_header_can_hold_is_malformed_and_is_not_repeated(
    serve: Serve, transport: Transport, value: str
) -> None:
    server = serve(OK)

    with pytest.raises(TransportError) as caught:
        transport.to([server.host]).send("GET", server.url, headers={"Authorization": f"Token {value}"})

    assert caught.value.reason is Reason.MALFORMED
    assert (server.seen, "canary" in repr(caught.value), caught.value.__context__) == ([], False, None)


def drip(sock: socket.socket, _: bytes) -> None:
    for byte in OK * 100:
        sock.sendall(bytes([byte]))
        time.sleep(0.05)


def drip_a_body_without_end(sock: socket.socket, _: bytes) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    drip(sock, _)


def say_nothing(sock: socket.socket, _: bytes) -> None:
    sock.recv(1)


@pytest.mark.parametrize("script", [drip, drip_a_body_without_end, say_nothing])
def test_a_server_that_drips_meets_the_deadline(serve: Serve, transport: Transport, script: Any) -> None:
    server = serve(script)
    began = time.monotonic()

    reason = reason_of(transport.to([server.host], deadline=timedelta(seconds=0.2)), server.url)

    assert reason is Reason.TIMEOUT
    assert 0.15 < time.monotonic() - began < 1.5


def test_a_kept_connection_that_drips_meets_the_deadline_too(serve: Serve, transport: Transport) -> None:
    def script(sock: socket.socket, request: bytes) -> None:
        if len(server.seen) == 1:
            sock.sendall(OK)
        else:
            drip(sock, request)

    server = serve(script)
    http = transport.to([server.host], deadline=timedelta(seconds=0.2))
    http.send("GET", server.url, headers={})
    began = time.monotonic()

    assert reason_of(http, server.url) is Reason.TIMEOUT
    assert time.monotonic() - began < 1


def test_a_body_that_was_left_unread_is_not_taken_for_the_next_reply(serve: Serve, transport: Transport) -> None:
    connections: list[socket.socket] = []

    def script(sock: socket.socket, _: bytes) -> None:
        if sock in connections:
            sock.sendall(answer(b"the rest of the first body"))
        else:
            sock.sendall(OK if connections else b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            connections.append(sock)

    server = serve(script)
    http = transport.to([server.host])

    assert reason_of(http, server.url) is Reason.TOO_LARGE
    assert http.send("GET", server.url, headers={}).body == b"hi"


def reset(sock: socket.socket, _: bytes) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def hang_up(sock: socket.socket, _: bytes) -> None:
    sock.close()


BOMB = gzip.compress(bytes(1 << 20))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (answer(b"x" * 5000), Reason.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", Reason.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5000, Reason.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + b"x" * 5000, Reason.TOO_LARGE),
        (answer(b"", b"X-Long: " + b"x" * (1 << 20)), Reason.TOO_LARGE),
        (answer(b"", *(b"X-%d: %s" % (n, b"x" * 9000) for n in range(9))), Reason.TOO_LARGE),
        (answer(b"", *(b"X-%d: x" % n for n in range(200))), Reason.TOO_LARGE),
        (answer(BOMB, b"Content-Encoding: gzip"), Reason.TOO_LARGE),
        (answer(b"not gzip", b"Content-Encoding: gzip"), Reason.UNREADABLE),
        (answer(gzip.compress(b"hello")[:-9], b"Content-Encoding: gzip"), Reason.UNREADABLE),
        (answer(b"hello", b"Content-Encoding: br"), Reason.UNREADABLE),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", Reason.UNREADABLE),
        (answer(b"x" * 100)[:-50], Reason.TIMEOUT),
        (reset, Reason.UNREACHABLE),
        (hang_up, Reason.UNREACHABLE),
    ],
    ids=[
        "large body",
        "huge length",
        "endless body",
        "large chunk",
        "header of a MiB",
        "large headers",
        "many headers",
        "gzip bomb",
        "not gzip",
        "half a gzip",
        "brotli",
        "not HTTP",
        "half a body",
        "reset",
        "hang up",
    ],
)
def test_what_cannot_be_read_has_its_reason(serve: Serve, transport: Transport, script: Any, reason: Reason) -> None:
    server = serve(script)

    assert reason_of(transport.to([server.host], deadline=timedelta(seconds=0.4)), server.url) is reason


def test_a_body_that_breaks_off_is_not_a_reply(serve: Serve, transport: Transport) -> None:
    def cut(sock: socket.socket, _: bytes) -> None:
        sock.sendall(answer(b'{"ok": false}')[:-1])
        sock.close()

    server = serve(cut)

    assert reason_of(transport.to([server.host]), server.url) is Reason.UNREACHABLE


def test_gzip_that_nobody_asked_for_is_read(serve: Serve, transport: Transport) -> None:
    server = serve(answer(gzip.compress(b'{"a": 1}'), b"Content-Encoding: gzip"))

    assert transport.to([server.host]).send("GET", server.url, headers={}).json() == {"a": 1}


def test_a_port_where_nobody_listens_is_unreachable(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        host = f"127.0.0.1:{closed.getsockname()[1]}"

    assert reason_of(transport.to([host]), f"http://{host}/") is Reason.UNREACHABLE


def test_a_pool_that_is_empty_for_too_long_is_a_timeout_and_recovers(serve: Serve) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def wait(sock: socket.socket, _: bytes) -> None:
        asked.set()
        go_on.wait(5)
        sock.sendall(OK)

    server, transport = serve(wait), Transport(connections=1)
    slow = threading.Thread(target=lambda: transport.to([server.host]).send("GET", server.url, headers={}))
    slow.start()
    asked.wait(5)

    assert reason_of(transport.to([server.host], deadline=timedelta(seconds=0.1)), server.url) is Reason.TIMEOUT
    go_on.set()
    slow.join(5)
    assert transport.to([server.host]).send("GET", server.url, headers={}).status == 200
    transport.close()


def test_a_failed_request_gives_its_place_in_the_pool_back(serve: Serve) -> None:
    answers = iter([answer(b"x" * 5000), b"nonsense\r\n\r\n", answer(b"x", b"Content-Encoding: gzip"), OK])
    server = serve(lambda sock, _: sock.sendall(next(answers)))
    transport = Transport(connections=1, max_body=100, deadline=timedelta(seconds=1))
    http = transport.to([server.host])

    reasons = [reason_of(http, server.url) for _ in range(3)]

    assert reasons == [Reason.TOO_LARGE, Reason.UNREADABLE, Reason.UNREADABLE]
    assert http.send("GET", server.url, headers={}).body == b"hi"
    transport.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(b"Retry-After: 7", 7.0), (b"retry-after-ms: 250", 0.25), (b"Retry-After: soon", None), (b"X: y", None)],
)
def test_the_wait_that_the_last_reply_asked_for_is_remembered(
    serve: Serve, transport: Transport, header: bytes, seconds: float | None
) -> None:
    server = serve(answer(b"", header, status=b"429 Too Many Requests"))
    http = transport.to([server.host])
    http.send("GET", server.url, headers={})

    assert http.retry_after == seconds
