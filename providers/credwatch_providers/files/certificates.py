"""Certificates: what is read off them. Nobody is asked, so nothing is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from credwatch.contract import NEVER, Facts, Kind, Role, Secret

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

_ENDLESS = 9999
"""The year in which a certificate ends that has no end (RFC 5280, 4.1.2.5)."""


def read(values: Mapping[str, Secret]) -> Facts:
    """Dates and name of a PEM certificate; of a chain, its leaf's. Nothing, when it cannot be parsed.

    Where an intermediate ends before the leaf, clients refuse the chain from then on: that date counts, and the name says
    so. A root counts by what the client has of it, and other certificates in the same text do not count.
    """
    if "certificate" not in values:
        return Facts()
    chain = _chain(_parsed(values["certificate"].reveal()))
    if not chain:
        return Facts()
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  no library is loaded before it is needed

    leaf, first = chain[0], min(chain, key=lambda one: one.not_valid_after_utc)
    name = _name(leaf)
    if first is not leaf:
        name = f"{name or 'certificate'} (its intermediate {_name(first) or 'certificate'} ends first)"
    ends = first.not_valid_after_utc
    return Facts(
        key_id=leaf.fingerprint(SHA256()).hex(),
        name=name,
        created=leaf.not_valid_before_utc,
        expires=NEVER if ends.year == _ENDLESS else ends,
    )


def _parsed(text: str) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415  as above

    if "\n" not in text:  # an environment variable often holds the two characters instead
        text = text.replace("\\n", "\n")
    try:
        return load_pem_x509_certificates(text.encode("utf-8", "replace"))
    except ValueError:
        return []


def _chain(found: Sequence[Certificate]) -> list[Certificate]:
    """The leaf, the one that signed nothing else here, and the intermediates above it."""
    if len(found) < 2:
        return list(found)
    above: dict[Name, list[Certificate]] = {}
    for one in reversed(dict.fromkeys(found)):
        if one.issuer != one.subject:
            above.setdefault(one.subject, []).append(one)
    issuers = {one.issuer for one in found if one.issuer != one.subject}
    leaf = next((one for one in found if one.subject not in issuers), found[0] if found else None)
    chain: list[Certificate] = []
    while leaf is not None:
        chain.append(leaf)
        waiting = above.get(leaf.issuer, [])  # each is taken once, so that no circle has no end
        leaf = waiting.pop() if waiting else None
    return chain


def _name(certificate: Certificate) -> str | None:
    """Its common name, else the first name that it is valid for."""
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName  # noqa: PLC0415  as above
    from cryptography.x509.oid import NameOID  # noqa: PLC0415  as above

    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if common and common[0].value:
        return str(common[0].value)
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, ValueError):
        return None
    hosts = names.get_values_for_type(DNSName)
    return hosts[0] if hosts else next((str(name.value) for name in names), None)


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
)
"""`certificate` is the secret half because a certificate is known by it; it holds no secret."""
