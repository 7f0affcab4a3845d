"""Certificates for the story, signed by themselves."""

from __future__ import annotations

from datetime import datetime


def certificate(name: str, starts: datetime, ends: datetime) -> str:
    """A certificate for this name, as PEM."""
    from cryptography import x509  # noqa: PLC0415  only a story needs to sign
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  the same
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  the same
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415  the same

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=starts,
        not_valid_after=ends,
    ).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()
