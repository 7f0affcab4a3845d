"""Certificates: what is read off them. Nobody is asked, so nothing is tried."""

from __future__ import annotations

from collections.abc import Mapping

from credwatch.contract import NEVER, Facts, Kind, Role, Secret
from credwatch_providers.files.chains import chain_of, name_of, parsed
from credwatch_providers.files.renewing import CertificateRenewing

_ENDLESS = 9999
"""The year in which a certificate ends that has no end (RFC 5280, 4.1.2.5)."""


def read(values: Mapping[str, Secret]) -> Facts:
    """Dates and name of a PEM certificate; of a chain, its leaf's. Nothing, when it cannot be parsed.

    Where an intermediate ends before the leaf, clients refuse the chain from then on: that date counts, and the name says
    so. A root counts by what the client has of it, and other certificates in the same text do not count.
    """
    if "certificate" not in values:
        return Facts()
    chain = chain_of(parsed(values["certificate"].reveal()))
    if not chain:
        return Facts()
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  no library is loaded before it is needed

    leaf, first = chain[0], min(chain, key=lambda one: one.not_valid_after_utc)
    name = name_of(leaf)
    if first is not leaf:
        name = f"{name or 'certificate'} (its intermediate {name_of(first) or 'certificate'} ends first)"
    ends = first.not_valid_after_utc
    return Facts(
        key_id=leaf.fingerprint(SHA256()).hex(),
        name=name,
        created=leaf.not_valid_before_utc,
        expires=NEVER if ends.year == _ENDLESS else ends,
    )


CERTIFICATE = Kind(
    name="certificate",
    vendor="x509",
    vendor_name="Certificate",
    title="certificate",
    roles=(
        Role("certificate", r"(?s).*-----BEGIN (?:X509 )?CERTIFICATE-----.+", secret=True, proof=True),
        Role("private_key", r"(?s).*-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.+", secret=True, optional=True),
    ),
    read=read,
    probed=False,
    renewing=CertificateRenewing(read),
)
"""`certificate` is the secret half because a certificate is known by it; it holds no secret."""
