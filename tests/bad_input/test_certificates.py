"""Certificates as they lie about: with junk between, by the thousand, of any date."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from tests.bad_input.hand import CANARY
from tests.bad_input.shelf import GOOD, Shelf

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@cache
def key() -> ed25519.Ed25519PrivateKey:
    """The same for all: only dates and names matter."""
    return ed25519.Ed25519PrivateKey.generate()


def called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def certificate(
    name: str, starts: datetime = NOW - 300 * DAY, ends: datetime = NOW + 400 * DAY, issuer: str = ""
) -> bytes:
    """DER, signed by itself unless it has an issuer."""
    builder = x509.CertificateBuilder(
        called(issuer or name), called(name), key().public_key(), x509.random_serial_number(), starts, ends
    )
    return builder.sign(key(), None).public_bytes(Encoding.DER)


def pem(der: bytes) -> str:
    """As text; what was changed in it need not be a certificate any more."""
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


def undated(name: str, before: bytes) -> bytes:
    """A certificate with this in the place of its last day."""
    ends = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
    return certificate(name, ends=ends).replace(b"491231235959Z", before)


FINE = pem(certificate("fine"))
DATES = {
    "a year ahead": (FINE, "works", 0),
    "junk before, between and after": (f"Bag Attributes\n  {CANARY}\n{FINE}\n# x\n\0\xff\n{FINE}junk", "works", 0),
    "carriage returns": (FINE.replace("\n", "\r\n"), "works", 0),
    "one line, as in an environment": (FINE.replace("\n", "\\n"), "works", 0),
    "a broken one beside it": (f"-----BEGIN CERTIFICATE-----\nMIIC{CANARY}\n-----END CERTIFICATE-----\n", "not tried", 0),
    "since before 1970": (pem(certificate("old", starts=datetime(1951, 1, 1, tzinfo=UTC))), "works", 0),
    "until before 1970": (
        pem(certificate("old", datetime(1951, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC))),
        "past its date",
        2,
    ),
    "until yesterday": (pem(certificate("over", ends=NOW - DAY)), "past its date", 2),
    "until tomorrow": (pem(certificate("near", ends=NOW + DAY)), "works", 1),
    "from next year on": (pem(certificate("early", starts=NOW + 365 * DAY)), "works", 0),
    "without an end": (pem(certificate("ever", ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))), "works", 0),
    "nearly without an end": (pem(certificate("ever", ends=datetime(9998, 1, 1, tzinfo=UTC))), "works", 0),
    "a month that is none": (pem(undated("wrong", b"491331235959Z")), "not tried", 0),
    "a date that is none": (pem(undated("wrong", b"xxxxxxxxxxxxZ")), "not tried", 0),
    "a name of a mile": (pem(certificate("x" * 64)), "works", 0),
}  # fmt: skip


@pytest.mark.parametrize(("text", "standing", "code"), DATES.values(), ids=DATES)
def test_a_certificate_of_any_date_is_told_and_the_key_beside_it_is_tried(
    shelf: Shelf, text: str, standing: str, code: int
) -> None:
    shelf.put("x.pem", text)

    done = shelf.hand("check", "shelf", "--json")

    found = {key["place"].rpartition("/")[2]: key["standing"] for key in done.json["keys"]}
    assert (done.code, found) == (code, {"x.pem": standing, f"{GOOD}#DEEPGRAM_API_KEY": "works"})


def test_every_date_is_swept_shown_and_kept(shelf: Shelf) -> None:
    for number, (text, _, _) in enumerate(DATES.values()):
        shelf.put(f"{number:02}.pem", text)

    codes = [shelf.sweep().code, shelf.sweep().code]

    assert codes == [0, 0]
    assert len(shelf.held()) == len(DATES) + 1
    assert shelf.hand("status").code == 0
    assert len(shelf.hand("list", "--json").json) == len(DATES) + 1
    assert shelf.hand("deliver").code == 0


@pytest.mark.parametrize("apart", [0, 1], ids=["of which none signed another", "each signed by the next"])
def test_a_bundle_of_two_thousand_is_one_certificate(shelf: Shelf, apart: int) -> None:
    names = [f"number {number}" for number in range(2_001)]
    pairs = zip(names, names[apart:], strict=False)
    text = "".join(pem(certificate(name, issuer=issuer)) for name, issuer in list(pairs)[:2_000])
    assert len(text) < 1 << 20
    shelf.put("bundle.pem", text)

    done = shelf.hand("check", "shelf")

    assert (done.code, "  shelf/bundle.pem  " in done.out) == (0, True), done.out
    assert done.peak < 300


def test_a_bundle_of_ten_thousand_is_told_as_too_large(shelf: Shelf) -> None:
    shelf.put("bundle.pem", FINE * 10_000)

    done = shelf.hand("check", "shelf")

    assert (done.code, "  shelf/bundle.pem  not read: larger than 1 MiB\n" in done.out) == (3, True)
