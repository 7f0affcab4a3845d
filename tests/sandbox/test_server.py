"""The server under the local vendors: routes, keep-alive, the log, TLS, its end."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from credwatch.sandbox.server import Logged, Request, Response, Route, Server


class Echo:
    def routes(self) -> Iterable[Route]:
        yield Route("GET", r"/v1/things/(?P<name>[^/]+)", self.thing)
        yield Route("POST", r"/form", lambda request: Response.json(request.form()))
        yield Route("POST", r"/json", lambda request: Response.json({"said": request.json()}))
        yield Route("LIST", r"/v1/folder", lambda _: Response.json({"keys": ["a"]}))
        yield Route("GET", r"/who", lambda request: Response.json(request.basic()))
        yield Route("GET", r"/bearer", lambda request: Response.text(request.authorization("Bearer")))
        yield Route("DELETE", r"/v1/things/(?P<name>[^/]+)", lambda _: Response(204))
        yield Route("GET", r"/slow", lambda _: Response(delay=30.0))

    def thing(self, request: Request) -> Response:
        return Response.json({"name": request.groups["name"], "page": request.query.get("page")})


@pytest.fixture
def http() -> Iterable[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=5.0) as pool:
        yield pool


def test_a_route_sees_the_decoded_groups_and_the_query(http: urllib3.PoolManager) -> None:
    with Server(Echo()) as server:
        answer = http.request("GET", f"{server.url}/v1/things/a%2Fb?page=2")

    assert answer.json() == {"name": "a/b", "page": "2"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("PUT", "/v1/folder", 405),
        ("LIST", "/v1/folder", 200),
        ("DELETE", "/v1/things/x", 204),
    ],
)
def test_what_no_route_names_is_404_and_a_wrong_method_is_405(
    http: urllib3.PoolManager, method: str, path: str, status: int
) -> None:
    with Server(Echo()) as server:
        answer = http.request(method, server.url + path)

    assert answer.status == status


def test_bodies_are_read_as_forms_and_as_json(http: urllib3.PoolManager) -> None:
    with Server(Echo()) as server:
        form = http.request("POST", f"{server.url}/form", fields={"a": "1 2"}, encode_multipart=False)
        document = http.request("POST", f"{server.url}/json", json=[1])
        broken = http.request("POST", f"{server.url}/json", body=b"{")

    assert (form.json(), document.json(), broken.json()) == ({"a": "1 2"}, {"said": [1]}, {"said": None})


def test_the_authorization_header_is_read_by_its_scheme(http: urllib3.PoolManager) -> None:
    with Server(Echo()) as server:
        pair = http.request("GET", f"{server.url}/who", headers=urllib3.make_headers(basic_auth="user:pass:word"))
        none = http.request("GET", f"{server.url}/who", headers={"authorization": "Basic !"})
        bearer = http.request("GET", f"{server.url}/bearer", headers={"authorization": "Bearer abc"})

    assert (pair.json(), none.json(), bearer.data) == (["user", "pass:word"], ["", ""], b"abc")


def test_one_connection_serves_many_requests() -> None:
    with Server(Echo()) as server, urllib3.HTTPConnectionPool("127.0.0.1", int(server.url.rpartition(":")[2])) as pool:
        for _ in range(5):
            pool.request("GET", "/v1/things/x")

        assert (pool.num_connections, pool.num_requests) == (1, 5)


def test_the_log_holds_the_host_and_no_query_header_or_body(http: urllib3.PoolManager) -> None:
    with Server(Echo()) as server:
        http.request("POST", f"{server.url}/form?key=canary", body=b"canary", headers={"x-key": "canary"})

        assert server.requests == (Logged("POST", "/form", 200, server.url.removeprefix("http://")),)


def test_a_request_and_a_response_show_no_header_query_or_body() -> None:
    request = Request("GET", "/", {"a": "canary"}, {"b": "canary"}, {"c": "canary"}, b"canary")

    assert "canary" not in repr(request) + repr(Response.text("canary"))


def _connected(server: Server, path: str) -> socket.socket:
    """A connection on which this was asked and logged."""
    client = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=3)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    while not server.requests:
        time.sleep(0.001)
    return client


def test_the_end_of_the_server_ends_a_slow_answer() -> None:
    started = time.monotonic()
    with Server(Echo()) as server:
        client = _connected(server, "/slow")
    with client:
        client.recv(1 << 16)

    assert time.monotonic() - started < 3


def test_the_end_of_the_server_ends_a_connection_that_a_client_keeps() -> None:
    with Server(Echo()) as server:
        client = _connected(server, "/v1/things/x")
        answer = client.recv(1 << 16)
    with client:
        rest = client.recv(1 << 16)

    assert (answer[:15], rest) == (b"HTTP/1.1 200 OK", b"")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local vendor")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path


def test_with_a_tls_context_it_serves_https(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server(Echo(), tls=context) as server, urllib3.PoolManager(ca_certs=str(certificate), retries=False) as pool:
        answer = pool.request("GET", f"{server.url}/v1/things/x")

    assert (server.url.startswith("https://127.0.0.1:"), answer.status) == (True, 200)


def test_a_client_that_distrusts_the_certificate_leaves_no_trace(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with (
        Server(Echo(), tls=context) as server,
        urllib3.PoolManager(retries=False) as pool,
        pytest.raises(urllib3.exceptions.SSLError),
    ):
        pool.request("GET", f"{server.url}/v1/things/x")

    assert (server.requests, capsys.readouterr().err) == ((), "")
