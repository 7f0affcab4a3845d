"""PEM text -> certificates, and the chain among them. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name


def parsed(text: str) -> list[Certificate]:
    """The certificates of a text, in its order; none, when one of them cannot be parsed."""
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415  no library is loaded before it is needed

    text = in_lines(text)
    try:
        return load_pem_x509_certificates(text.encode("utf-8", "replace"))
    except ValueError:
        return []


def in_lines(text: str) -> str:
    """An environment variable often holds the two characters instead of the end of a line."""
    return text if "\n" in text else text.replace("\\n", "\n")


def chain_of(found: Sequence[Certificate]) -> list[Certificate]:
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


def name_of(certificate: Certificate) -> str | None:
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
