"""Certificates as files: `python -m bench.making FOLDER COUNT`. Each is of its own key and ends on a day of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def pem(number: int, now: datetime) -> bytes:
    """One, for a host of this number."""
    key = ec.generate_private_key(ec.SECP256R1())
    host = f"host-{number}.example.com"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(number + 1).not_valid_before(now - timedelta(days=30))
    builder = builder.not_valid_after(now + timedelta(days=40 + number % 300))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def write(folder: Path, count: int) -> None:
    """So many files."""
    now = datetime.now(UTC)
    for number in range(count):
        (folder / f"{number:05}.crt").write_bytes(pem(number, now))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
