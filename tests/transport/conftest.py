"""Servers of our own on loopback that say exactly what a test wants, and certificates for them."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from credwatch.transport import Transport

TLS_HANDSHAKE = b"\x16"
Script = Callable[[socket.socket, bytes], None]


@dataclass
class Server:
    """One port, one script for every request; `seen` is every request's head and body as it came."""

    script: Script
    tls: ssl.SSLContext | None = None
    seen: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.url = f"{'https' if self.tls else 'http'}://{self.host}"
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError), sock:
            wrapped = self.tls.wrap_socket(sock, server_side=True) if self.tls else sock
            with wrapped:
                while request := _request(wrapped):
                    self.seen.append(request)
                    self.script(wrapped, request)


def _request(sock: socket.socket) -> bytes:
    """The head and the body, whole."""
    request = b""
    while b"\r\n\r\n" not in request and not request.startswith(TLS_HANDSHAKE) and (part := sock.recv(65536)):
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]) and (part := sock.recv(65536)):
        body += part
    return request and head + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Authority:
    """A private authority, and certificates that it signs."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def server(self, name: str = "127.0.0.1", *, days: int = 1, self_signed: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = _name(name) if self_signed else self.certificate.subject
        certificate = _certificate(
            _name(name), issuer, key, key if self_signed else self.key, days=days, alternative=name
        )
        file = self.folder / f"{name}-{days}-{self_signed}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    days: int,
    alternative: str,
) -> x509.Certificate:
    now = datetime.now(UTC)
    try:
        general: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(alternative))
    except ValueError:
        general = x509.DNSName(alternative)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([general]), critical=False)
        .add_extension(x509.BasicConstraints(ca=alternative == "ca.test", path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(_name("ca.test"), _name("ca.test"), key, key, days=9, alternative="ca.test")
    made = Authority(tmp_path_factory.mktemp("ca"), key, certificate)
    made.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server that answers every request with these bytes, or does what a script says."""
    servers: list[Server] = []

    def start(answer: bytes | Script, tls: ssl.SSLContext | None = None) -> Server:
        script: Script = (lambda sock, _: sock.sendall(answer)) if isinstance(answer, bytes) else answer
        servers.append(Server(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        with suppress(OSError):
            server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5), max_body=4096)
    yield made
    made.close()
