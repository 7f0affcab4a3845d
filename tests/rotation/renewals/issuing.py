"""An authority of our own, and what it issues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS, OTHERS, ABOVE = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
"""The private key of the service, another one, and that of the authority."""


def day(count: float, noon: datetime = NOON) -> datetime:
    """So many days after noon."""
    return noon + timedelta(days=count)


def issued(
    ends: datetime,
    *names: str,
    key: Ed25519PrivateKey = OURS,
    begins: datetime | None = None,
    subject: str = "sip.example.com",
    issuer: str = "Intermediate",
    by: Ed25519PrivateKey = ABOVE,
) -> str:
    """A certificate as PEM."""
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or day(-40, ends))
        .not_valid_after(ends)
    )
    if names:
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    return built.sign(by, None).public_bytes(Encoding.PEM).decode()


def intermediate(ends: datetime) -> str:
    """The authority's own certificate, which another one signed."""
    return issued(ends, key=ABOVE, begins=day(-400, ends), subject="Intermediate", issuer="Root", by=OTHERS)


def pem(key: Ed25519PrivateKey) -> str:
    """A private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
