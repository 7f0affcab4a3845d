from __future__ import annotations

import ipaddress
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from credwatch.contract import Item, Reason
from credwatch.sandbox.server import Server
from credwatch.sandbox.vault import Vault
from credwatch.transport import Transport
from credwatch_providers.vault.provider import connect
from credwatch_providers.vault.settings import VaultSettings
from tests.servers.vault import MovableClock, Served, setup


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and its own certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vault.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    file = tmp_path / "vault.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(("trusted", "reason"), [(True, Reason.OK), (False, Reason.TLS)])
def test_only_a_configured_authority_makes_a_private_certificate_good(
    certificate: Path, tmp_path: Path, reason: Reason, *, trusted: bool
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    vault = Vault()
    (tmp_path / "token").write_text(vault.root)
    with Server(vault, tls=tls) as server:
        table = {"address": server.url, "auth": {"token": f"file:{tmp_path}/token"}}
        transport = Transport(ca=certificate if trusted else None)
        store = connect(setup(VaultSettings.model_validate(table), MovableClock(), transport))
        checked = store.check()
        store.close()
        transport.close()

    assert checked.reason is reason


def test_several_threads_may_read(sandbox: Served, opened: Any) -> None:
    for number in range(20):
        sandbox.put(f"item-{number}", KEY=str(number))
    store = opened(sandbox)
    with ThreadPoolExecutor(8) as pool:
        read = pool.map(store.read, [Item("vault-prod", f"kv/item-{number}") for number in range(20)])

    assert [payload.parts["KEY"].reveal() for payload in read] == [str(number) for number in range(20)]


def test_the_plug_in_loads_without_its_sdk() -> None:
    program = "import sys, credwatch_providers.vault; print({'hvac', 'requests'} & sys.modules.keys())"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed == "set()\n"


def test_a_connection_asks_nothing_before_it_is_needed(opened: Any) -> None:
    nobody = Served("http://127.0.0.1:1", "s.x", MovableClock(), "")

    assert opened(nobody).name == "vault-prod"
