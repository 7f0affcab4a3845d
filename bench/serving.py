"""A vendor on loopback, over TLS, fast: every key is alive. `python -m bench.serving FOLDER` writes its authority there.

It speaks HTTP/1.1 as far as the clients here do: GET, no body, connections kept. Each line on standard input is answered
with what was asked since the last one, and the end of standard input ends it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_BODY = b'{"scopes": ["usage:write"]}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + str(len(_BODY)).encode() + b"\r\n\r\n"
) + _BODY
_END = b"\r\n\r\n"
_KEY = b"\r\nauthorization: "


class Connection(asyncio.Protocol):
    """One client's."""

    def __init__(self, asked: Counter[bytes]) -> None:
        self._asked = asked
        self._kept = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  what asyncio makes for a stream
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        *heads, self._kept = (self._kept + data).split(_END)
        for head in heads:
            self._asked[head.lower().partition(_KEY)[2].partition(b"\r\n")[0]] += 1
        if self._transport is not None:
            self._transport.write(_ANSWER * len(heads))


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that is its own authority; the public half is written to `ca.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(public)
    both = folder / "server.pem"
    both.touch(mode=0o600)
    both.write_bytes(secret + public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


async def serve(folder: Path) -> None:
    """Until standard input ends."""
    loop, asked = asyncio.get_running_loop(), Counter[bytes]()
    server = await loop.create_server(lambda: Connection(asked), "127.0.0.1", 0, ssl=certificate(folder), backlog=256)
    port = server.sockets[0].getsockname()[1]
    _print({"url": f"https://127.0.0.1:{port}", "ca": str(folder / "ca.pem")})
    while await loop.run_in_executor(None, sys.stdin.readline):
        _print({"requests": asked.total(), "keys": len(asked), "once": sum(times == 1 for times in asked.values())})
        asked.clear()
    server.close()


def _print(said: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
