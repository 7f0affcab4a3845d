"""Access keys: recognised, signed with and read, by the table that STS keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from credwatch.contract import Facts, Kind, Match, ProbeResult, Reason, Reply, Secret, Validity
from credwatch_providers.aws import plugin
from credwatch_providers.aws.keys import ACCESS_KEY, SESSION_KEY, AwsIssuer, account_of, answer
from credwatch_providers.aws.settings import AwsIssuerSettings
from tests.servers.wire import Canned, always, silent

KEY_ID = "AKIAQYLPMN5HHHFPZAM2"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SUCCESS = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111122223333:user/voice/tts</Arn><UserId>AIDA</UserId><Account>111122223333</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


def refusal(code: str, message: str = "No.") -> str:
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


def probe(
    http: Canned, settings: AwsIssuerSettings | None = None, values: Mapping[str, str] | None = None
) -> ProbeResult:
    stored = {"id": KEY_ID, "secret": SECRET} if values is None else values
    match = Match(ACCESS_KEY, {role: role for role in stored})
    held = {role: Secret(value) for role, value in stored.items()}
    return AwsIssuer(settings or AwsIssuerSettings()).probe(match, held, http)


EXPIRED_SIGNATURE = "Signature expired: 20261121T120000Z is now earlier than 20261121T121500Z"
NOT_YET = "Signature not yet current: 20261121T120000Z is still later than 20261121T114500Z"


@pytest.mark.parametrize(
    ("status", "body", "validity", "reason"),
    [
        (200, SUCCESS, Validity.VALID, Reason.OK),
        (403, refusal("InvalidClientTokenId"), Validity.INVALID, Reason.REFUSED),
        (403, refusal("SignatureDoesNotMatch"), Validity.INVALID, Reason.REFUSED),
        (403, refusal("SignatureDoesNotMatch", EXPIRED_SIGNATURE), Validity.UNKNOWN, Reason.CLOCK_SKEW),
        (403, refusal("SignatureDoesNotMatch", NOT_YET), Validity.UNKNOWN, Reason.CLOCK_SKEW),
        (400, refusal("RequestExpired"), Validity.UNKNOWN, Reason.CLOCK_SKEW),
        (403, refusal("ExpiredToken"), Validity.INVALID, Reason.EXPIRED),
        (400, refusal("ExpiredTokenException"), Validity.INVALID, Reason.EXPIRED),
        (403, refusal("AccessDenied"), Validity.VALID, Reason.LIMITED),
        (400, refusal("Throttling"), Validity.UNKNOWN, Reason.RATE_LIMITED),
        (400, refusal("RequestLimitExceeded"), Validity.UNKNOWN, Reason.RATE_LIMITED),
        (429, "", Validity.UNKNOWN, Reason.RATE_LIMITED),
        (500, refusal("InternalFailure"), Validity.UNKNOWN, Reason.SERVER_ERROR),
        (503, "busy", Validity.UNKNOWN, Reason.SERVER_ERROR),
        (301, "", Validity.UNKNOWN, Reason.REDIRECTED),
        (403, "<html>blocked by your proxy</html>", Validity.UNKNOWN, Reason.UNEXPECTED),
        (403, refusal("IncompleteSignature"), Validity.UNKNOWN, Reason.UNEXPECTED),
        (200, "<html>welcome to the hotel</html>", Validity.UNKNOWN, Reason.UNREADABLE),
        (200, SUCCESS[:150], Validity.UNKNOWN, Reason.UNREADABLE),
        (200, refusal("InvalidClientTokenId"), Validity.UNKNOWN, Reason.UNREADABLE),
        (200, "", Validity.UNKNOWN, Reason.UNREADABLE),
        (403, b"\xff\xfe\x00", Validity.UNKNOWN, Reason.UNEXPECTED),
    ],
)
def test_sts_own_words_decide(status: int, body: str | bytes, validity: Validity, reason: Reason) -> None:
    result = answer(Reply(status, {}, body.encode() if isinstance(body, str) else body))

    assert (result.validity, result.reason) == (validity, reason)


def test_a_good_answer_tells_the_account_and_whose_key_it_is() -> None:
    assert probe(always(200, SUCCESS)).facts == Facts(account="111122223333", name="tts")


def test_a_root_key_is_named_as_one() -> None:
    assert probe(always(200, SUCCESS.replace("user/voice/tts", "root"))).facts.name == "root"


def test_one_post_goes_to_sts_and_the_secret_is_not_in_it() -> None:
    http = always(200, SUCCESS)

    probe(http)

    (request,) = http.asked
    assert (request.method, request.url) == ("POST", "https://sts.amazonaws.com/")
    assert SECRET not in repr(request)


@pytest.mark.parametrize(
    ("settings", "url", "region"),
    [
        ({}, "https://sts.amazonaws.com/", "us-east-1"),
        ({"region": "eu-west-1"}, "https://sts.eu-west-1.amazonaws.com/", "eu-west-1"),
        ({"base_url": "http://127.0.0.1:5000/"}, "http://127.0.0.1:5000/", "us-east-1"),
        (
            {"base_url": "https://sts.cn-north-1.amazonaws.com.cn"},
            "https://sts.cn-north-1.amazonaws.com.cn/",
            "cn-north-1",
        ),
    ],
)
def test_the_issuers_table_says_where_a_key_is_tried(settings: dict[str, str], url: str, region: str) -> None:
    http = always(200, SUCCESS)

    probe(http, AwsIssuerSettings(**settings))

    assert http.asked[0].url == url
    assert f"/{region}/sts/aws4_request" in http.asked[0].headers["Authorization"]


def test_every_region_that_may_be_configured_is_on_the_list_of_hosts() -> None:
    http = always(200, SUCCESS)
    probe(http, AwsIssuerSettings(region="eu-south-2"))

    assert http.asked[0].url.split("/")[2] in ACCESS_KEY.hosts


def test_the_signature_carries_the_hour_of_the_clock_that_came_in() -> None:
    http = always(200, SUCCESS)

    probe(http)

    assert http.asked[0].headers["X-Amz-Date"] == "20261121T120000Z"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"id": KEY_ID}, Reason.NOT_TRIED),
        ({"secret": SECRET}, Reason.NOT_TRIED),
        ({"id": KEY_ID + "\r\nX-Trap: 1", "secret": SECRET}, Reason.MALFORMED),
        ({"id": KEY_ID, "secret": SECRET + "\n"}, Reason.MALFORMED),
        ({"id": KEY_ID, "secret": "changeme"}, Reason.MALFORMED),
    ],
)
def test_what_cannot_be_a_key_is_not_sent(values: dict[str, str], reason: Reason) -> None:
    assert probe(silent(), values=values).reason is reason


@pytest.mark.parametrize(
    ("kind", "role", "value", "matches"),
    [
        (ACCESS_KEY, "id", KEY_ID, True),
        (ACCESS_KEY, "id", "ABIA" + "Q" * 16, True),
        (ACCESS_KEY, "id", "ASIA" + "Q" * 16, False),
        (ACCESS_KEY, "id", KEY_ID.lower(), False),
        (ACCESS_KEY, "secret", SECRET, True),
        (ACCESS_KEY, "secret", "0123456789abcdef" * 2 + "01234567", False),
        (ACCESS_KEY, "secret", SECRET[:-1], False),
        (SESSION_KEY, "id", "ASIA" + "Q" * 16, True),
        (SESSION_KEY, "token", "IQoJb3JpZ2luX2Vj/" + "A" * 300 + "==", True),
        (SESSION_KEY, "token", "IQoJb3JpZ2luX2Vj", False),
    ],
)
def test_what_a_role_looks_like(kind: Kind, role: str, value: str, *, matches: bool) -> None:
    shape = next(r.shape for r in kind.roles if r.name == role)

    assert bool(re.fullmatch(shape, value)) is matches


@pytest.mark.parametrize(
    ("key_id", "account"),
    [
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),  # the example that the decoding was published with
        ("AKIAIOSFODNN7EXAMPLE", None),
        ("AKIA1111111111111111", None),
        ("AKIA", None),
        ("", None),
    ],
)
def test_the_account_is_read_from_the_key_id(key_id: str, account: str | None) -> None:
    assert account_of(key_id) == account


def test_the_kind_reads_the_account_without_asking_anybody() -> None:
    assert ACCESS_KEY.read is not None
    assert ACCESS_KEY.read({"id": Secret("ASIAQNZGKIQY56JQ7WML")}).account == "029608264753"
    assert ACCESS_KEY.read({"secret": Secret(SECRET)}) == Facts()


def test_temporary_keys_are_recognised_and_not_tried() -> None:
    assert not SESSION_KEY.probed
    assert {kind.name for kind in plugin.kinds} == {"aws-access-key", "aws-session-key"}
