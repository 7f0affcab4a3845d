"""Google's keys: recognised, tried without obeying what lies beside them, and read by Google's own words."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from credwatch.contract import Facts, Kind, Match, ProbeResult, Reason, Reply, Secret, Validity
from credwatch_providers.gcp.keys import API_KEY, SERVICE_ACCOUNT_KEY, GcpIssuer, models_answer, token_answer
from credwatch_providers.gcp.settings import GcpIssuerSettings
from tests.servers.wire import NOON, Canned, always, silent

EMAIL = "watch@voice-prod-1.iam.gserviceaccount.com"
GRANTED = json.dumps({"access_token": "ya29.canary", "expires_in": 3599, "token_type": "Bearer"})
KEY = "AIza" + "SyCanary_0123456789-abcdefghijklmno"


def grant(words: str) -> str:
    return json.dumps({"error": "invalid_grant", "error_description": words})


def refusal(code: int, status: str, reason: str | None = None, message: str = "No.") -> str:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return json.dumps({"error": {"code": code, "message": message, "status": status, "details": details}})


def probe(http: Canned, kind: Kind, values: Mapping[str, str], base_url: str | None = None) -> ProbeResult:
    held = {role: Secret(value) for role, value in values.items()}
    match = Match(kind, {role: role for role in values})
    return GcpIssuer(GcpIssuerSettings(base_url=base_url)).probe(match, held, http)


def values_of(account: Mapping[str, str]) -> dict[str, str]:
    return {role.name: account[role.name] for role in SERVICE_ACCOUNT_KEY.roles}


@pytest.mark.parametrize(
    ("status", "body", "validity", "reason"),
    [
        (200, GRANTED, Validity.VALID, Reason.OK),
        (400, grant("Invalid JWT Signature."), Validity.INVALID, Reason.REFUSED),
        (400, grant("Invalid grant: account not found"), Validity.INVALID, Reason.REVOKED),
        (
            400,
            grant(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim."
            ),
            Validity.UNKNOWN,
            Reason.CLOCK_SKEW,
        ),
        (400, grant("Something new."), Validity.UNKNOWN, Reason.UNEXPECTED),
        (400, '{"error": "invalid_request"}', Validity.UNKNOWN, Reason.UNEXPECTED),
        (401, grant("Invalid JWT Signature."), Validity.UNKNOWN, Reason.UNEXPECTED),
        (403, "", Validity.UNKNOWN, Reason.UNEXPECTED),
        (429, "", Validity.UNKNOWN, Reason.RATE_LIMITED),
        (503, grant("Invalid JWT Signature."), Validity.UNKNOWN, Reason.SERVER_ERROR),
        (302, "", Validity.UNKNOWN, Reason.REDIRECTED),
        (200, "<html>welcome to the hotel</html>", Validity.UNKNOWN, Reason.UNREADABLE),
        (200, GRANTED[:30], Validity.UNKNOWN, Reason.UNREADABLE),
        (200, "{}", Validity.UNKNOWN, Reason.UNREADABLE),
    ],
)
def test_the_token_endpoints_own_words_decide(status: int, body: str, validity: Validity, reason: Reason) -> None:
    result = token_answer(Reply(status, {}, body.encode()), EMAIL)

    assert (result.validity, result.reason) == (validity, reason)


def test_a_key_that_works_names_its_account_and_the_token_is_dropped(account: dict[str, str]) -> None:
    result = probe(always(200, GRANTED), SERVICE_ACCOUNT_KEY, values_of(account))

    assert result.facts == Facts(account=EMAIL, name=EMAIL)
    assert "canary" not in repr(result)


def test_the_assertion_is_signed_for_googles_endpoint_at_the_hour_of_the_clock(account: dict[str, str]) -> None:
    http = always(200, GRANTED)

    probe(http, SERVICE_ACCOUNT_KEY, values_of(account))

    (request,) = http.asked
    form = urllib.parse.parse_qs(request.body.decode())
    header, claims, signature = form["assertion"][0].split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    key = load_pem_private_key(account["private_key"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    key.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="), f"{header}.{claims}".encode(), PKCS1v15(), SHA256()
    )
    assert request.url == "https://oauth2.googleapis.com/token"
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["kid"] == account["private_key_id"]
    assert (decoded["iss"], decoded["aud"]) == (EMAIL, "https://oauth2.googleapis.com/token")
    assert (decoded["iat"], decoded["exp"] - decoded["iat"]) == (int(NOON.timestamp()), 300)


def test_the_issuers_table_leads_the_request_and_not_the_audience(account: dict[str, str]) -> None:
    http = always(200, GRANTED)

    probe(http, SERVICE_ACCOUNT_KEY, values_of(account), base_url="http://127.0.0.1:5000/")

    claims = urllib.parse.parse_qs(http.asked[0].body.decode())["assertion"][0].split(".")[1]
    assert http.asked[0].url == "http://127.0.0.1:5000/token"
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["aud"] == "https://oauth2.googleapis.com/token"


def test_a_token_uri_beside_the_key_is_not_obeyed(account: dict[str, str]) -> None:
    http = always(200, GRANTED)

    probe(http, SERVICE_ACCOUNT_KEY, values_of(account) | {"token_uri": "http://127.0.0.1:9/trap"})

    assert [request.url for request in http.asked] == ["https://oauth2.googleapis.com/token"]


def test_a_key_without_its_id_and_with_escaped_lines_is_tried_too(account: dict[str, str]) -> None:
    values = {"private_key": account["private_key"].replace("\n", "\\n"), "client_email": EMAIL}

    assert probe(always(200, GRANTED), SERVICE_ACCOUNT_KEY, values).validity is Validity.VALID


def test_what_cannot_sign_is_not_sent(account: dict[str, str]) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    curve = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    broken = account["private_key"][:100] + account["private_key"][200:]
    wrong = [values_of(account) | {"private_key": value} for value in (broken, curve, "changeme")]

    reasons = [probe(silent(), SERVICE_ACCOUNT_KEY, values).reason for values in wrong]

    assert reasons == [Reason.MALFORMED] * 3


@pytest.mark.parametrize("missing", ["private_key", "client_email"])
def test_half_of_a_key_is_not_tried(account: dict[str, str], missing: str) -> None:
    values = {role: value for role, value in values_of(account).items() if role != missing}

    assert probe(silent(), SERVICE_ACCOUNT_KEY, values).reason is Reason.NOT_TRIED


MODELS = '{"models": [{"name": "models/one"}]}'


@pytest.mark.parametrize(
    ("status", "body", "validity", "reason"),
    [
        (200, MODELS, Validity.VALID, Reason.OK),
        (400, refusal(400, "INVALID_ARGUMENT", "API_KEY_INVALID"), Validity.INVALID, Reason.REFUSED),
        (
            400,
            refusal(400, "INVALID_ARGUMENT", "API_KEY_INVALID", "API key expired. Please renew the API key."),
            Validity.INVALID,
            Reason.EXPIRED,
        ),
        (400, refusal(400, "INVALID_ARGUMENT"), Validity.UNKNOWN, Reason.UNEXPECTED),
        (400, refusal(400, "FAILED_PRECONDITION", "LOCATION"), Validity.UNKNOWN, Reason.UNEXPECTED),
        (403, refusal(403, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED"), Validity.VALID, Reason.LIMITED),
        (403, refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), Validity.VALID, Reason.LIMITED),
        (403, refusal(403, "PERMISSION_DENIED"), Validity.VALID, Reason.LIMITED),
        (
            403,
            refusal(403, "PERMISSION_DENIED", "CONSUMER_SUSPENDED"),
            Validity.SUSPENDED,
            Reason.ACCOUNT_SUSPENDED,
        ),
        (403, "<html>blocked by your proxy</html>", Validity.UNKNOWN, Reason.UNEXPECTED),
        (401, refusal(401, "UNAUTHENTICATED"), Validity.UNKNOWN, Reason.UNEXPECTED),
        (429, refusal(429, "RESOURCE_EXHAUSTED"), Validity.UNKNOWN, Reason.RATE_LIMITED),
        (500, "", Validity.UNKNOWN, Reason.SERVER_ERROR),
        (200, "<html></html>", Validity.UNKNOWN, Reason.UNREADABLE),
        (200, "{}", Validity.UNKNOWN, Reason.UNREADABLE),
        (400, '{"error": "odd"}', Validity.UNKNOWN, Reason.UNEXPECTED),
        (400, '{"error": {"details": [1, {"reason": 2}]}}', Validity.UNKNOWN, Reason.UNEXPECTED),
    ],
)
def test_what_an_api_says_of_a_key(status: int, body: str, validity: Validity, reason: Reason) -> None:
    result = models_answer(Reply(status, {}, body.encode()))

    assert (result.validity, result.reason) == (validity, reason)


def test_an_api_key_travels_in_a_header_and_never_in_the_url() -> None:
    http = always(200, MODELS)

    probe(http, API_KEY, {"key": KEY})

    (request,) = http.asked
    assert (request.method, request.url) == ("GET", "https://generativelanguage.googleapis.com/v1/models?pageSize=1")
    assert request.headers == {"x-goog-api-key": KEY}


def test_googles_sentences_may_quote_the_key_and_are_not_repeated() -> None:
    quoting = refusal(403, "PERMISSION_DENIED", "CONSUMER_SUSPENDED", f"Consumer 'api_key:{KEY}' has been suspended.")

    assert KEY not in repr(probe(always(403, quoting), API_KEY, {"key": KEY}))


@pytest.mark.parametrize(
    ("values", "reason"), [({}, Reason.NOT_TRIED), ({"key": KEY + "\r\nX-Trap: 1"}, Reason.MALFORMED)]
)
def test_what_cannot_be_an_api_key_is_not_sent(values: dict[str, str], reason: Reason) -> None:
    assert probe(silent(), API_KEY, values).reason is reason


@pytest.mark.parametrize(
    ("kind", "role", "value", "matches"),
    [
        (API_KEY, "key", KEY, True),
        (API_KEY, "key", KEY + "x", False),
        (SERVICE_ACCOUNT_KEY, "client_email", EMAIL, True),
        (SERVICE_ACCOUNT_KEY, "client_email", "123-compute@developer.gserviceaccount.com", True),
        (SERVICE_ACCOUNT_KEY, "client_email", "somebody@example.com", False),
        (SERVICE_ACCOUNT_KEY, "private_key_id", "0123456789abcdef0123456789abcdef01234567", True),
        (SERVICE_ACCOUNT_KEY, "private_key_id", "0123456789", False),
        (
            SERVICE_ACCOUNT_KEY,
            "private_key",
            "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
            False,
        ),
    ],
)
def test_what_a_role_looks_like(kind: Kind, role: str, value: str, *, matches: bool) -> None:
    shape = next(r.shape for r in kind.roles if r.name == role)

    assert bool(re.fullmatch(shape, value)) is matches


@pytest.mark.parametrize("escaped", [False, True])
def test_a_private_key_looks_like_one_with_real_and_with_escaped_lines(
    account: dict[str, str], *, escaped: bool
) -> None:
    stored = account["private_key"].replace("\n", "\\n") if escaped else account["private_key"]

    assert re.fullmatch(SERVICE_ACCOUNT_KEY.roles[0].shape, stored)


def test_the_kind_reads_the_account_without_asking_anybody() -> None:
    assert SERVICE_ACCOUNT_KEY.read is not None
    assert SERVICE_ACCOUNT_KEY.read({"client_email": Secret(EMAIL)}) == Facts(account=EMAIL)
