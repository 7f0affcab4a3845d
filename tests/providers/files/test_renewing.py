"""Which certificate can come in the place of another."""

from __future__ import annotations

import pytest

from credwatch.contract import ProviderError, Reason, Secret, Validity
from credwatch_providers.files import CERTIFICATE
from tests.rotation.renewals.issuing import ABOVE, NOON, OTHERS, OURS, day, intermediate, issued, pem

OLD = issued(day(10), "sip.example.com", "sip2.example.com")
NEW = issued(day(80), "sip.example.com", "sip2.example.com", begins=day(-1))
CHAIN, LONGER = intermediate(day(400)), intermediate(day(800))
OWN_KEY, NEW_KEY = pem(OURS), pem(OTHERS)
WITH_NEW_KEY = issued(day(80), "sip.example.com", "sip2.example.com", begins=day(-1), key=OTHERS)
CANARY = NEW_KEY.splitlines()[1]


def renewed(printed: str, certificate: str = OLD, key: str | None = None) -> dict[str, str]:
    assert CERTIFICATE.renewing is not None
    before = {"certificate": Secret(certificate.strip())} | ({"private_key": Secret(key.strip())} if key else {})
    values = CERTIFICATE.renewing.renewed(before, Secret(printed), NOON)
    return {role: value.reveal() for role, value in values.items()}


def refusal(printed: str, certificate: str = OLD, key: str | None = None) -> str:
    with pytest.raises(ProviderError) as raised:
        renewed(printed, certificate, key)
    assert (raised.value.permanent, raised.value.__cause__) == (True, None)
    return str(raised.value)


@pytest.mark.parametrize(
    ("printed", "before", "values"),
    [
        pytest.param(NEW, (OLD, None), {"certificate": NEW.strip()}, id="alone"),
        pytest.param(NEW, (OLD, OWN_KEY), {"certificate": NEW.strip()}, id="its key stays where it lies"),
        pytest.param(
            f"issued:\n{NEW}done\n{LONGER}", (OLD + CHAIN, None), {"certificate": f"{NEW}{LONGER}".strip()}, id="chain"
        ),
        pytest.param(LONGER + NEW, (OLD, None), {"certificate": f"{NEW}{LONGER}".strip()}, id="its own one first"),
        pytest.param(NEW.replace("\n", "\r\n"), (OLD, None), {"certificate": NEW.strip()}, id="other ends of lines"),
        pytest.param(
            NEW, (OLD.replace("\n", "\\n"), None), {"certificate": NEW.strip().replace("\n", "\\n")}, id="in one line"
        ),
        pytest.param(
            NEW_KEY + WITH_NEW_KEY,
            (OLD, OWN_KEY),
            {"certificate": WITH_NEW_KEY.strip(), "private_key": NEW_KEY.strip()},
            id="with a key of its own",
        ),
        pytest.param(
            NEW, (OWN_KEY + OLD + CHAIN.replace("CERT", "X509 CERT"), None), None, id="without its intermediate"
        ),
        pytest.param(
            NEW + LONGER,
            (f"words\n{OWN_KEY}{OLD}words\n{CHAIN}", None),
            {"certificate": f"{OWN_KEY}{NEW}{LONGER}".strip()},
            id="in one text with its key",
        ),
        pytest.param(
            WITH_NEW_KEY + NEW_KEY,
            (OLD + OWN_KEY, None),
            {"certificate": f"{WITH_NEW_KEY}{NEW_KEY}".strip()},
            id="in one text, with a key of its own",
        ),
    ],
)
def test_it_is_laid_out_as_the_one_before(
    printed: str, before: tuple[str, str | None], values: dict[str, str] | None
) -> None:
    if values is None:
        assert "without its intermediate" in refusal(printed, *before)
    else:
        assert renewed(printed, *before) == values


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        pytest.param("", "no certificate that can be read was printed", id="nothing"),
        pytest.param("renewed.\n", "no certificate that can be read was printed", id="words"),
        pytest.param(NEW[:300], "no certificate that can be read was printed", id="half of one"),
        pytest.param(NEW.replace("M", "N", 1), "no certificate that can be read was printed", id="spoilt"),
        pytest.param(NEW + LONGER.replace("M", "N", 1), "one of them cannot be read", id="a spoilt one beside it"),
        pytest.param(OLD, "it ends on 30 Nov 2026, no later than the one that is there", id="the same"),
        pytest.param(
            issued(day(9), "sip.example.com", "sip2.example.com"),
            "it ends on 29 Nov 2026, no later",
            id="a shorter one",
        ),
        pytest.param(
            NEW + intermediate(day(9)), "it ends on 29 Nov 2026, no later", id="an intermediate that ends before it"
        ),
        pytest.param(
            issued(day(80), "sip.example.com", "sip2.example.com", begins=day(1)),
            "it does not begin before 21 Nov 2026",
            id="not yet",
        ),
        pytest.param(
            issued(day(80), "sip.example.com", begins=day(-1)), "it is not for sip2.example.com", id="a name less"
        ),
        pytest.param(
            issued(day(80), subject="other", begins=day(-1)),
            "it is not for sip.example.com, sip2.example.com",
            id="no name but a common one",
        ),
        pytest.param(WITH_NEW_KEY, "it is for another private key, which did not come with it", id="another key"),
        pytest.param(
            WITH_NEW_KEY + NEW_KEY,
            "a private key came with it, and none lies beside the one that is there",
            id="no room",
        ),
        pytest.param(
            issued(day(80), "sip.example.com", "sip2.example.com", begins=day(-1), issuer="sip.example.com", by=OURS),
            "it is signed by itself, and the one that is there is not",
            id="by itself",
        ),
        pytest.param(
            issued(day(80), "sip.example.com", "sip2.example.com", begins=day(-1), by=OTHERS) + LONGER,
            "its chain does not hold: Intermediate did not sign sip.example.com",
            id="not by that intermediate",
        ),
    ],
)
def test_what_would_not_do_is_refused(printed: str, why: str) -> None:
    assert refusal(printed).startswith(why)


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        (NEW + NEW_KEY, "the private key that came with it is that of another"),
        (WITH_NEW_KEY + NEW_KEY + OWN_KEY, "more than one private key came with it"),
        (WITH_NEW_KEY + NEW_KEY.replace(CANARY, CANARY[::-1]), "the private key that came with it is that of another"),
    ],
    ids=["of another", "two", "spoilt"],
)
def test_a_key_that_does_not_fit_is_refused_without_being_quoted(printed: str, why: str) -> None:
    said = refusal(printed, OLD, OWN_KEY)

    assert said.startswith(why)
    assert CANARY not in said


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        (("*.example.com",), True),
        (("*.example.com", "more.example.org"), True),
        (("SIP.example.com", "sip2.EXAMPLE.com"), True),
        (("*.com",), False),
        (("example.com",), False),
    ],
)
def test_a_star_stands_for_one_label(names: tuple[str, ...], *, fits: bool) -> None:
    printed = issued(day(80), *names, begins=day(-1))

    if fits:
        assert renewed(printed)
    else:
        assert "it is not for sip.example.com" in refusal(printed)


@pytest.mark.parametrize(
    ("certificate", "key", "validity", "reason"),
    [
        pytest.param(OLD, None, Validity.VALID, Reason.OK, id="alone"),
        pytest.param(OLD, OWN_KEY, Validity.VALID, Reason.OK, id="beside its key"),
        pytest.param(OWN_KEY + OLD, None, Validity.VALID, Reason.OK, id="in one text with it"),
        pytest.param(
            OLD, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", Validity.VALID, Reason.OK, id="unread"
        ),
        pytest.param(OLD, NEW_KEY, Validity.INVALID, Reason.MALFORMED, id="beside another's"),
        pytest.param(NEW_KEY + OLD, None, Validity.INVALID, Reason.MALFORMED, id="in one text with another's"),
        pytest.param(issued(day(0)), None, Validity.INVALID, Reason.EXPIRED, id="ended"),
        pytest.param(issued(day(9), begins=day(0.1)), None, Validity.UNKNOWN, Reason.CLOCK_SKEW, id="not begun"),
        pytest.param("words", None, Validity.INVALID, Reason.MALFORMED, id="none"),
    ],
)
def test_how_it_stands_is_read_off_it(certificate: str, key: str | None, validity: Validity, reason: Reason) -> None:
    assert CERTIFICATE.renewing is not None
    values = {"certificate": Secret(certificate)} | ({"private_key": Secret(key)} if key else {})

    said = CERTIFICATE.renewing.stands(values, NOON)

    assert (said.validity, said.reason) == (validity, reason)


def test_a_program_is_shown_the_chain_and_no_private_key() -> None:
    assert CERTIFICATE.renewing is not None
    before = {"certificate": Secret(f"words\n{OWN_KEY}{OLD}{CHAIN}"), "private_key": Secret(pem(ABOVE))}

    assert CERTIFICATE.renewing.shown(before) == f"{OLD}{CHAIN}".encode()
