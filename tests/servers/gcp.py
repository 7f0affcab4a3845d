"""Google's Secret Manager: the official messages, served by grpcio on loopback, over TLS with a CA of its own."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.cloud import secretmanager_v1 as api

from tests.servers.gcp_writing import Writing

_SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"
_DAY = timedelta(days=1)


@dataclass
class SecretManager(Writing):
    """What the server holds, and every call that it saw. `refuse` answers the next calls of a method by a status."""

    endpoint: str = ""
    ca: Path = Path()
    secrets: dict[str, api.Secret] = field(default_factory=dict)
    versions: dict[str, list[api.SecretVersion]] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusals: dict[str, list[grpc.StatusCode]] = field(default_factory=dict)
    shut: set[str] = field(default_factory=set)
    """Projects that may not be listed."""
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    """What happens, once, before a method is answered."""
    lost: set[str] = field(default_factory=set)
    """Methods that are done and whose answer never comes."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _answering: threading.Lock = field(default_factory=threading.Lock)

    def put(self, project: str, name: str, *values: bytes, made: datetime | None = None, **more: Any) -> str:
        """A secret with these versions, the last of them the newest, each made a day after the one before."""
        path = f"projects/{project}/secrets/{name}"
        self.secrets[path] = api.Secret(name=path, etag=self.etag(), **more)
        first = (made or datetime.now(UTC)) - _DAY * (len(values) - 1)
        self.versions[path] = [
            api.SecretVersion(
                name=f"{path}/versions/{number}", state="ENABLED", create_time=first + _DAY * (number - 1)
            )
            for number in range(1, len(values) + 1)
        ]
        self.values |= {f"{path}/versions/{number}": value for number, value in enumerate(values, 1)}
        return path

    def switch(self, path: str, number: int, state: str) -> None:
        """Enable, disable or destroy one version."""
        self.versions[path][number - 1].state = state  # type: ignore[assignment]

    def refuse(self, method: str, *codes: grpc.StatusCode) -> None:
        """The next calls of this method end so, one after the other."""
        self.refusals.setdefault(method, []).extend(codes)

    def list_secrets(self, request: Any, context: grpc.ServicerContext) -> api.ListSecretsResponse:
        project = request.parent.removeprefix("projects/")
        if project in self.shut:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "Permission 'secretmanager.secrets.list' denied")
        held = [secret for path, secret in sorted(self.secrets.items()) if path.startswith(f"projects/{project}/")]
        page, token = _page(held, request)
        return api.ListSecretsResponse(secrets=page, next_page_token=token)

    def list_versions(self, request: Any, context: grpc.ServicerContext) -> api.ListSecretVersionsResponse:
        if request.parent not in self.versions:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{request.parent}] not found.")
        newest_first = self.versions[request.parent][::-1]
        if request.filter == "state:ENABLED":
            newest_first = [version for version in newest_first if version.state.name == "ENABLED"]
        page, token = _page(newest_first, request)
        return api.ListSecretVersionsResponse(versions=page, next_page_token=token)

    def access(self, request: Any, context: grpc.ServicerContext) -> api.AccessSecretVersionResponse:
        path, _, number = request.name.partition("/versions/")
        held = self.versions.get(path, [])
        found = [v for v in held if number == "latest" or v.name == request.name][-1:]
        if not found:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret Version [{request.name}] not found.")
        if found[0].state.name != "ENABLED":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Secret Version [{request.name}] is not enabled.")
        payload = api.SecretPayload(data=self.values[found[0].name])
        return api.AccessSecretVersionResponse(name=found[0].name, payload=payload)

    def handler(self, method: str, answer: Callable[..., Any], request: Any, response: Any) -> grpc.RpcMethodHandler:
        """One method: its call is kept, then refused if that was ordered, else answered."""

        def behave(asked: Any, context: grpc.ServicerContext) -> Any:
            with self._lock:
                self.calls.append((method, dict(context.invocation_metadata())))
                refused = self.refusals.get(method)
                code = refused.pop(0) if refused else None
                meanwhile = self.before.pop(method, None)
            if code:
                context.abort(code, f"{method} is refused")
            if meanwhile:
                meanwhile()
            with self._answering:
                answered = answer(asked, context)
            if method in self.lost:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the connection is gone")
            return answered

        return grpc.unary_unary_rpc_method_handler(
            behave, request_deserializer=request.deserialize, response_serializer=response.serialize
        )


def _page(held: list[Any], request: Any) -> tuple[list[Any], str]:
    start, size = int(request.page_token or 0), request.page_size or 25000
    end = start + size
    return held[start:end], str(end) if end < len(held) else ""


@contextmanager
def secret_manager(directory: Path) -> Iterator[SecretManager]:
    """A server that answers; its CA lies in the directory. It ends with the block."""
    held = SecretManager(ca=directory / "ca.pem")
    with serving(held):
        yield held


@contextmanager
def serving(held: SecretManager) -> Iterator[None]:
    """Within the block this one answers; its CA lies where it says."""
    certificate, key = _certificate()
    held.ca.write_bytes(certificate)
    methods = {
        "ListSecrets": (held.list_secrets, api.ListSecretsRequest, api.ListSecretsResponse),
        "ListSecretVersions": (held.list_versions, api.ListSecretVersionsRequest, api.ListSecretVersionsResponse),
        "AccessSecretVersion": (held.access, api.AccessSecretVersionRequest, api.AccessSecretVersionResponse),
        **held.writing(),
    }
    handlers = {name: held.handler(name, *parts) for name, parts in methods.items()}
    with ThreadPoolExecutor(8) as workers:
        server = grpc.server(workers)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
        held.endpoint = f"localhost:{port}"
        server.start()
        try:
            yield
        finally:
            server.stop(None).wait()


def service_account(email: str = "watch@voice-prod-1.iam.gserviceaccount.com", bits: int = 2048) -> dict[str, str]:
    """The JSON of a service-account key; its token_uri is a trap. One of fewer bits is made, and read, sooner."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return {
        "type": "service_account",
        "project_id": "voice-prod-1",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": _pem(key).decode(),
        "client_email": email,
        "client_id": "1",
        "token_uri": "http://127.0.0.1:9/trap",
    }


def written(directory: Path, account: dict[str, str]) -> str:
    """The reference to a file that holds the JSON of a key."""
    path = directory / "service-account.json"
    path.write_text(json.dumps(account))
    return f"file:{path}"


def _certificate() -> tuple[bytes, bytes]:
    """A certificate for loopback that is its own CA, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    loopback = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 400 * _DAY)  # a test may move the clock of its children
        .add_extension(x509.SubjectAlternativeName(loopback), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _pem(key)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
