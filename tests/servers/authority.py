"""A private certificate authority, and certificates of every quality for servers on loopback."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NAME = "ca.test"


@dataclass(frozen=True)
class Authority:
    """Certificates that it signs, as contexts for servers."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, folder: Path) -> Authority:
        """One more; what is to trust it is given `ca`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(_name(_NAME), _name(_NAME), key, key, days=400, alternative=_NAME)
        made = cls(folder, key, certificate)
        made.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return made

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def server(self, name: str = "127.0.0.1", *, days: int = 1, self_signed: bool = False) -> ssl.SSLContext:
        """A server of this name whose certificate ends in so many days."""
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
        .add_extension(x509.BasicConstraints(ca=alternative == _NAME, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
