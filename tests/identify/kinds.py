"""Kinds and values like the real ones, and a short way to ask what an item holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from credwatch.identify import Identified, Identifier, Said
from credwatch.model import Facts, Item, Kind, Role
from credwatch.secrets import Secret

SK, SK2 = "SK" + "0a1b2c3d" * 4, "SK" + "4e5f6a7b" * 4
AC, AC2 = "AC" + "1d2e3f4a" * 4, "AC" + "5b6c7d8e" * 4
ALNUM, ALNUM2 = "Zx8wVu7T" * 4, "Qp6oNm5L" * 4
HEX32, HEX40 = "0f9e8d7c" * 4, "0f9e8d7c" * 5
OPENAI = "sk-proj-" + "Ab3dEf6h" * 5
AKIA, AKIA2 = "AKIA" + "ABCDEFGH23456789"[:16], "AKIA" + "IJKLMNOP23456789"[:16]
AWS, AWS2 = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzEXAMPLEK", "aJalrXUtnFEMI/K7MDENG/bPxRfiCYzzEXAMPLEK"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
CERT = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----"


@dataclass(frozen=True)
class Stored:
    name: str
    value: Secret


def kind(name: str, vendor: str, *roles: Role, key_id: str | None = None, hosts: tuple[str, ...] = ()) -> Kind:
    return Kind(name, vendor, vendor.title(), name, roles, hosts=hosts or (f"api.{vendor}.com",), key_id=key_id)


KINDS = (
    kind(
        "twilio-api-key",
        "twilio",
        Role("sid", "SK[0-9a-fA-F]{32}", proof=True),
        Role("secret", "[0-9A-Za-z]{32}", context="twilio|tw_", secret=True),
        Role("account", "AC[0-9a-f]{32}", proof=True, optional=True),
        key_id="sid",
    ),
    kind(
        "twilio-auth-token",
        "twilio",
        Role("account", "AC[0-9a-f]{32}", proof=True),
        Role("token", "[0-9a-f]{32}", context="twilio|tw_", secret=True),
    ),
    kind("deepgram-api-key", "deepgram", Role("key", "[0-9a-f]{40}", context="deepgram|dg_", secret=True)),
    kind("openai-api-key", "openai", Role("key", r"sk-proj-[\w-]{20,}", context="openai", secret=True, proof=True)),
    kind("rival-api-key", "rival", Role("key", "[0-9a-f]{40}", context="rival", secret=True)),
    kind(
        "aws-access-key",
        "aws",
        Role("id", "AKIA[0-9A-Z]{16}", proof=True),
        Role("secret", "[0-9A-Za-z/+=]{40}", context="aws", secret=True),
        Role("session", "IQo[0-9A-Za-z]+", context="aws", secret=True, optional=True),
        key_id="id",
    ),
    kind(
        "gcp-service-account-key",
        "gcp",
        Role("private_key", r"(?s)-----BEGIN PRIVATE KEY-----.+", context=r"private_key$", secret=True),
        Role("private_key_id", "[0-9a-f]{40}", context=r"private_key_id$", optional=True),
        Role("client_email", r"[^@\s]+@[\w.-]+\.gserviceaccount\.com", proof=True),
        key_id="private_key_id",
    ),
    Kind(
        "certificate",
        "x509",
        "Certificate",
        "certificate",
        (
            Role("certificate", r"(?s).*-----BEGIN CERTIFICATE-----.+", secret=True, proof=True),
            Role("private_key", r"(?s).*-----BEGIN [A-Z ]*PRIVATE KEY-----.+", secret=True, optional=True),
        ),
        read=lambda values: Facts(name=f"{len(values['certificate'])} characters"),
        probed=False,
    ),
    kind("crm", "crm", Role("secret", r"(?s).+", secret=True), hosts=("api.crm.example.com",)),
)


def identified(
    fields: Mapping[str, str],
    *,
    locator: str = "kv/app",
    labels: Mapping[str, str] | None = None,
    said: Sequence[Said] = (),
) -> list[Identified]:
    item = Item("vault", locator, labels=labels or {})
    leaves = [Stored(name, Secret(value)) for name, value in fields.items()]
    return Identifier(KINDS, said).identify(item, leaves)


def described(found: Iterable[Identified]) -> set[str]:
    """`kind role=leaf … -missing …` for each match."""
    return {
        " ".join(
            [
                one.match.kind.name,
                *(f"{role}={leaf}" for role, leaf in sorted(one.match.fields.items())),
                *(f"-{role}" for role in sorted(one.match.missing)),
            ]
        )
        for one in found
    }
