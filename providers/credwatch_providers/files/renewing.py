"""A certificate in the place of another: for the same names, of the same private key, and it ends later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from credwatch.contract import Facts, ProbeResult, ProviderError, Reason, Secret
from credwatch_providers.files.chains import chain_of, in_lines, name_of, parsed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate

_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----.+?-----END (?P=label)-----", re.DOTALL)
_MOST = 3
"""Names in one sentence."""


class CertificateRenewing:
    """What makes a certificate one that can be renewed; `read` reads its dates."""

    def __init__(self, read: Callable[[Mapping[str, Secret]], Facts]) -> None:
        self._read = read

    def stands(self, values: Mapping[str, Secret], now: datetime) -> ProbeResult:
        """It can be read, has begun and has not ended, and a private key beside it is its own."""
        chain = _chain(values)
        facts = self._read(values)
        if not chain or facts.expires is None:
            return ProbeResult.invalid(Reason.MALFORMED, "it cannot be read")
        if facts.expires <= now:
            return ProbeResult.invalid(Reason.EXPIRED, f"it ended on {_day(facts.expires)}")
        if chain[0].not_valid_before_utc > now:
            return ProbeResult.unknown(Reason.CLOCK_SKEW, f"it begins at {chain[0].not_valid_before_utc:%H:%M} UTC")
        key = _private(values)
        if key is not None and key != chain[0].public_key():
            return ProbeResult.invalid(Reason.MALFORMED, "the private key beside it is that of another")
        return ProbeResult.valid(facts)

    def shown(self, values: Mapping[str, Secret]) -> bytes:
        """Its chain, without a private key that lies in the same text."""
        return "".join(f"{block}\n" for block in _certificates(values["certificate"].reveal())).encode()

    def renewed(self, before: Mapping[str, Secret], printed: Secret, now: datetime) -> Mapping[str, Secret]:
        """The new chain, its own certificate first, and its private key where it brings one and there is room for it."""
        old, text = _chain(before), _plain(printed.reveal())
        if not old:
            raise _refused("the certificate that is there cannot be read")
        blocks = _certificates(text)
        found = [one for block in blocks for one in parsed(block)]
        if not blocks or len(found) != len(blocks):
            raise _refused("no certificate that can be read was printed" if not found else "one of them cannot be read")
        new = chain_of(found)
        values = {"certificate": Secret("\n".join(_leaf_first(blocks, found, new[0])))}
        self._ends(before, values, new, now)
        _covers(old[0], new[0])
        _is_signed(old, new)
        return _laid(before, values["certificate"], _key(before, text, old[0], new[0]))

    def _ends(
        self, before: Mapping[str, Secret], values: Mapping[str, Secret], new: Sequence[Certificate], now: datetime
    ) -> None:
        ends, former = self._read(values).expires, self._read(before).expires
        if ends is None or former is None or ends <= former:
            said = f"it ends on {_day(ends)}" if ends is not None else "nobody can say when it ends"
            raise _refused(f"{said}, no later than the one that is there")
        if ends <= now:
            raise _refused(f"it ended on {_day(ends)}")
        if new[0].not_valid_before_utc > now:
            raise _refused(f"it does not begin before {_day(new[0].not_valid_before_utc)}")


def _covers(old: Certificate, new: Certificate) -> None:
    """Every name that clients may know it by."""
    covered = _names(new)
    missing = sorted(name for name in _names(old) if not _covered(name, covered))
    if missing:
        more = f" and {len(missing) - _MOST} more" if len(missing) > _MOST else ""
        raise _refused(f"it is not for {', '.join(missing[:_MOST])}{more}")


def _names(certificate: Certificate) -> frozenset[str]:
    """Those that it is valid for; where there are none, its common name."""
    from cryptography.x509 import (  # noqa: PLC0415  no library is loaded before it is needed
        DNSName,
        ExtensionNotFound,
        SubjectAlternativeName,
    )

    try:
        told = list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    except (ExtensionNotFound, ValueError):
        told = []
    if not told:
        common = name_of(certificate)
        return frozenset({common.lower()} if common else ())
    return frozenset(str(one.value).lower() if isinstance(one, DNSName) else str(one.value) for one in told)


def _covered(name: str, by: Iterable[str]) -> bool:
    """A `*` stands for one whole label."""
    label, dot, domain = name.partition(".")
    return name in by or bool(dot and label != "*" and f"*.{domain}" in by)


def _is_signed(old: Sequence[Certificate], new: Sequence[Certificate]) -> None:
    """Whoever trusts the chain that is there can trust this one, as far as can be told from both."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  no library is loaded before it is needed

    if new[0].issuer == new[0].subject and old[0].issuer != old[0].subject:
        raise _refused("it is signed by itself, and the one that is there is not")
    if len(new) < 2 <= len(old):
        raise _refused("it comes without its intermediate, which the one that is there has")
    for below, above in pairwise(new):
        try:
            below.verify_directly_issued_by(above)
        except (InvalidSignature, TypeError, ValueError):
            who, whom = name_of(above) or "its intermediate", name_of(below) or "it"
            raise _refused(f"its chain does not hold: {who} did not sign {whom}") from None


def _key(before: Mapping[str, Secret], text: str, old: Certificate, new: Certificate) -> str | None:
    """The private key that came with it; None: it is of the one that is there already."""
    brought = [block for label, block in _blocks(text) if label.endswith("PRIVATE KEY")]
    if not brought:
        if new.public_key() != old.public_key():
            raise _refused("it is for another private key, which did not come with it")
        return None
    if len(brought) > 1:
        raise _refused("more than one private key came with it")
    if "private_key" not in before and not _bundles(before):
        raise _refused("a private key came with it, and none lies beside the one that is there")
    if _public(brought[0]) != new.public_key():
        raise _refused("the private key that came with it is that of another, or cannot be read")
    return brought[0]


def _laid(before: Mapping[str, Secret], chain: Secret, key: str | None) -> Mapping[str, Secret]:
    """As the one that is there is laid out: in one text with its private key, or beside it; in lines, or in one."""
    text = chain.reveal()
    if _bundles(before):
        text = "\n".join(_in_order(_plain(before["certificate"].reveal()), text, key))
    values = {"certificate": _like(before["certificate"], text)}
    if key is not None and "private_key" in before:
        values["private_key"] = _like(before["private_key"], key)
    return values


def _in_order(before: str, chain: str, key: str | None) -> Iterable[str]:
    """Its blocks: the chain where the former one began, and all others as they were, but for a key that is new."""
    laid = False
    for label, block in _blocks(before):
        if not label.endswith("CERTIFICATE"):
            yield key if key is not None and label.endswith("PRIVATE KEY") else block
        elif not laid:
            laid = True
            yield chain


def _like(before: Secret, text: str) -> Secret:
    former = before.reveal()
    return Secret(text.replace("\n", "\\n") if in_lines(former) != former else text)


def _leaf_first(blocks: Sequence[str], found: Sequence[Certificate], leaf: Certificate) -> list[str]:
    first = blocks[found.index(leaf)]
    return [first, *(block for block in blocks if block != first)]


def _bundles(values: Mapping[str, Secret]) -> bool:
    """Whether the private key lies in the same text."""
    return any(label.endswith("PRIVATE KEY") for label, _ in _blocks(_plain(values["certificate"].reveal())))


def _private(values: Mapping[str, Secret]) -> PublicKeyTypes | None:
    """The public half of the private key that lies beside it; None: there is none, or it is encrypted."""
    texts = [values[role].reveal() for role in ("private_key", "certificate") if role in values]
    keys = [block for text in texts for label, block in _blocks(_plain(text)) if label.endswith("PRIVATE KEY")]
    return _public(keys[0]) if keys else None


def _public(pem: str) -> PublicKeyTypes | CertificatePublicKeyTypes | None:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  no library is loaded before it is needed
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  as above

    try:
        return load_pem_private_key(pem.encode("utf-8", "replace"), None).public_key()
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return None


def _chain(values: Mapping[str, Secret]) -> list[Certificate]:
    return chain_of(parsed(values["certificate"].reveal())) if "certificate" in values else []


def _certificates(text: str) -> list[str]:
    return [block for label, block in _blocks(_plain(text)) if label.endswith("CERTIFICATE")]


def _blocks(text: str) -> list[tuple[str, str]]:
    return [(found["label"], found[0]) for found in _BLOCK.finditer(text)]


def _plain(text: str) -> str:
    return in_lines(text).replace("\r\n", "\n")


def _refused(why: str) -> ProviderError:
    return ProviderError(Reason.MALFORMED, why, permanent=True)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"
