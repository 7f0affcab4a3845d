"""What identify takes and gives. No rules."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from credwatch.model import Kind, Match, Role
from credwatch.secrets import Secret

UNRECOGNISED = Kind(
    name="unrecognised",
    vendor="unknown",
    vendor_name="Unknown vendor",
    title="unrecognised credential",
    roles=(Role("secret", r"(?s).*", secret=True),),
    joins="never",
    probed=False,
)
"""What looks like a credential and is claimed by no kind, or by two. It is kept by age and sent nowhere."""


class Leaf(Protocol):
    """One string of an item."""

    @property
    def name(self) -> str:
        """Its path within the item, "" for a bare string."""

    @property
    def value(self) -> Secret:
        """The string."""


@dataclass(frozen=True)
class Said:
    """An `[[identify]]` line: what a person says is in a place."""

    place: str
    kind: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Role to leaf."""
    probe: str | None = None


@dataclass(frozen=True)
class Identified:
    """One key found in an item, with its values, and the place it is known by."""

    match: Match
    values: Mapping[str, Secret]
    """Role to value, of this match only."""
    place: str


def place_of(provider: str, locator: str, field_name: str) -> str:
    """`provider:locator#FIELD`; a bare string has no `#FIELD`."""
    return f"{provider}:{locator}#{field_name}" if field_name else f"{provider}:{locator}"


def fingerprint(key: bytes, kind: Kind, values: Mapping[str, Secret]) -> str:
    """What tells two values of a kind apart without showing either: 32 hexadecimal characters of an HMAC-SHA256.

    Over the kind's required secret roles in order, each with its length; over all roles of a half that holds no secret.
    Optional roles do not count: a certificate with its private key beside it is the same certificate.
    """
    told = [role for role in kind.roles if role.secret and not role.optional]
    if not any(role.name in values for role in told):
        told = list(kind.roles)
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for role in told:
        value = values.get(role.name)
        if value is None:
            digest.update(b"\xff" * 8)
            continue
        raw = value.reveal().encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()[:32]
