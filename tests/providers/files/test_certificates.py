"""What is read off a certificate."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from credwatch.contract import NEVER, Facts, Secret
from credwatch_providers.files import CERTIFICATE

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
KEY_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def day(count: int) -> datetime:
    return NOON + timedelta(days=count)


def certificate(name: str, issuer: str, ends: datetime, *, hosts: tuple[str, ...] = (), common: bool = True) -> str:
    def named(text: str) -> x509.Name:
        oid = NameOID.COMMON_NAME if common else NameOID.ORGANIZATION_NAME
        return x509.Name([x509.NameAttribute(oid, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(day(-1))
        .not_valid_after(ends)
    )
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False
        )
    return builder.sign(KEY, None).public_bytes(Encoding.PEM).decode()


LEAF = certificate("sip.example.com", "Intermediate", day(90))
SHORT = certificate("Intermediate", "Root", day(20))
LONG = certificate("Intermediate", "Root", day(900))
ROOT = certificate("Root", "Root", day(-5 + 6))
OTHER = certificate("other.example.com", "Elsewhere", day(3))


def facts(pem: str) -> Facts:
    assert CERTIFICATE.read is not None
    return CERTIFICATE.read({"certificate": Secret(pem)})


@pytest.mark.parametrize(
    ("pem", "name", "expires"),
    [
        pytest.param(LEAF, "sip.example.com", day(90), id="alone"),
        pytest.param(LEAF + LONG, "sip.example.com", day(90), id="with its intermediate"),
        pytest.param(
            LEAF + SHORT, "sip.example.com (its intermediate Intermediate ends first)", day(20), id="which ends first"
        ),
        pytest.param(LEAF + LONG + ROOT, "sip.example.com", day(90), id="a root does not count"),
        pytest.param(LEAF + OTHER, "sip.example.com", day(90), id="nor what is no part of the chain"),
        pytest.param(ROOT, "Root", day(1), id="a root alone does"),
        pytest.param(KEY_PEM + LEAF, "sip.example.com", day(90), id="with its key in the same text"),
        pytest.param(LEAF.replace("\n", "\\n"), "sip.example.com", day(90), id="as an environment variable holds it"),
        pytest.param("Bag Attributes: é\n" + LEAF, "sip.example.com", day(90), id="with words around it"),
        pytest.param(
            certificate("x", "y", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)), "x", NEVER, id="without end"
        ),
        pytest.param(
            certificate("x", "y", day(1), hosts=("a.example.com", "b.example.com"), common=False),
            "a.example.com",
            day(1),
            id="without a common name",
        ),
        pytest.param(certificate("x", "y", day(1), common=False), None, day(1), id="without any name"),
    ],
)
def test_a_certificate_tells_its_end_and_its_name(pem: str, name: str | None, expires: datetime) -> None:
    read = facts(pem)

    assert (read.name, read.expires, read.created) == (name, expires, day(-1))


@pytest.mark.parametrize("order", list(permutations([LEAF, SHORT, ROOT])))
def test_the_order_of_a_chain_does_not_matter(order: tuple[str, ...]) -> None:
    assert facts("".join(order)) == facts(LEAF + SHORT)


def test_the_same_certificate_has_one_id_with_and_without_its_chain() -> None:
    ids = {facts(pem).key_id for pem in (LEAF, LEAF + SHORT, "\n" + LEAF)}

    assert [len(one or "") for one in ids] == [64]


def test_certificates_that_issue_each_other_are_read_without_end() -> None:
    round_ = certificate("a", "b", day(1)) + certificate("b", "a", day(2))

    assert facts(round_).expires == day(1)


@pytest.mark.parametrize(
    "text",
    ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----", "\ud800"],
)
def test_what_cannot_be_parsed_tells_nothing(text: str) -> None:
    assert facts(text) == Facts()


@pytest.mark.parametrize(
    ("text", "role"),
    [(LEAF, "certificate"), (LEAF + KEY_PEM, "certificate"), (KEY_PEM, "private_key"), ("CERTIFICATE", None)],
)
def test_a_text_has_the_shape_of_the_first_role_that_fits(text: str, role: str | None) -> None:
    fitting = [one.name for one in CERTIFICATE.roles if re.fullmatch(one.shape, text)]

    assert next(iter(fitting), None) == role


def test_the_library_is_loaded_only_when_a_certificate_is_read() -> None:
    program = "import sys, credwatch_providers.files; sys.exit('cryptography' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
