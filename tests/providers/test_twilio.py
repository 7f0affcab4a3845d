"""Twilio: the status table, and where a key is tried."""

from __future__ import annotations

import base64
import json

import pytest

from credwatch.contract import NEVER, Facts, Issuer, Match, Reason, Secret, Validity
from credwatch_providers.twilio.keys import API_KEY, AUTH_TOKEN, IssuerSettings, TwilioIssuer
from tests.servers.wire import Canned, always

VALID, INVALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.SUSPENDED, Validity.UNKNOWN
AC, SK, VALUE = f"AC{'0' * 32}", f"SK{'1' * 32}", f"Zz{'a' * 30}"
ISSUER: Issuer = TwilioIssuer(IssuerSettings())
VERIFY = "https://verify.twilio.com/v2/Services?PageSize=1"
API = f"https://api.twilio.com/2010-04-01/Accounts/{AC}"
SERVICES = json.dumps({"services": [], "meta": {}})
VALUES = {"sid": Secret(SK), "secret": Secret(VALUE)}


def error(code: object, status: int) -> str:
    return json.dumps({"code": code, "message": "…", "more_info": "…", "status": status})


TABLE = [
    (200, SERVICES, VALID, Reason.OK),
    (401, error(20003, 401), INVALID, Reason.REJECTED_OR_CLOSED),
    (401, error(70051, 401), UNKNOWN, Reason.FORBIDDEN),
    (401, error(20005, 401), SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    (401, error(29999, 401), UNKNOWN, Reason.UNEXPECTED),
    (401, "", UNKNOWN, Reason.UNEXPECTED),
    (401, "<html>log in</html>", UNKNOWN, Reason.UNEXPECTED),
    (403, error(70051, 403), UNKNOWN, Reason.FORBIDDEN),
    (403, error(20003, 403), UNKNOWN, Reason.FORBIDDEN),
    (403, error(20403, 403), SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    (403, error(20005, 403), SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    (403, error(10001, 403), SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    (403, error(1, 403), UNKNOWN, Reason.FORBIDDEN),
    (403, error(None, 403), UNKNOWN, Reason.FORBIDDEN),
    (403, '{"code": 403, "message": "Forbidden"}', UNKNOWN, Reason.UNEXPECTED),
    (403, "<html>blocked by a proxy</html>", UNKNOWN, Reason.UNEXPECTED),
    (404, error(20404, 404), UNKNOWN, Reason.NOT_FOUND),
    (429, error(20429, 429), UNKNOWN, Reason.RATE_LIMITED),
    (429, "", UNKNOWN, Reason.RATE_LIMITED),
    (500, "", UNKNOWN, Reason.SERVER_ERROR),
    (503, error(20003, 401), UNKNOWN, Reason.SERVER_ERROR),
    (504, "<html></html>", UNKNOWN, Reason.SERVER_ERROR),
    (307, "", UNKNOWN, Reason.REDIRECTED),
    (200, "<html>log in</html>", UNKNOWN, Reason.UNREADABLE),
    (200, "", UNKNOWN, Reason.UNREADABLE),
    (200, '{"services": [', UNKNOWN, Reason.UNREADABLE),
    (200, '{"ok": true}', UNKNOWN, Reason.UNREADABLE),
    (200, error(20003, 401), UNKNOWN, Reason.UNREADABLE),
]


@pytest.mark.parametrize(("status", "body", "validity", "reason"), TABLE)
def test_the_table(status: int, body: str, validity: Validity, reason: Reason) -> None:
    result = ISSUER.probe(Match(API_KEY, {}), VALUES, always(status, body))

    assert (result.validity, result.reason) == (validity, reason)


def _pair(http: Canned) -> tuple[str, str, str]:
    (asked,) = http.asked
    return asked.method, asked.url, base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()


def test_an_api_key_is_one_get_with_its_sid_and_secret() -> None:
    http = always(200, SERVICES)
    ISSUER.probe(Match(API_KEY, {}), VALUES, http)

    assert _pair(http) == ("GET", VERIFY, f"{SK}:{VALUE}")


def test_an_auth_token_is_one_get_with_its_account() -> None:
    http = always(200, SERVICES)
    ISSUER.probe(Match(AUTH_TOKEN, {}), {"account": Secret(AC), "token": Secret("f" * 32)}, http)

    assert _pair(http) == ("GET", VERIFY, f"{AC}:{'f' * 32}")


@pytest.mark.parametrize("host", ["api.dublin.ie1.twilio.com", "api.sydney.au1.twilio.com"])
def test_a_key_of_another_region_may_be_tried_there(host: str) -> None:
    http = always(200, json.dumps({"calls": [], "uri": "…"}))
    url = f"https://{host}/2010-04-01/Accounts/{AC}/Calls.json?PageSize=1"
    result = ISSUER.probe(Match(API_KEY, {}, probe=url), VALUES, http)

    assert host in API_KEY.hosts
    assert host in AUTH_TOKEN.hosts
    assert (result.validity, _pair(http)[1]) == (VALID, url)


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (None, f"{API}/Recordings.json?PageSize=1"),
        ("http://127.0.0.1:1", f"http://127.0.0.1:1/2010-04-01/Accounts/{AC}/Recordings.json?PageSize=1"),
    ],
)
def test_a_restricted_key_is_tried_where_its_line_says(base_url: str | None, url: str) -> None:
    http = always(200, json.dumps({"recordings": [], "uri": "/…"}))
    issuer = TwilioIssuer(IssuerSettings(base_url=base_url))
    result = issuer.probe(Match(API_KEY, {}, probe=f"{API}/Recordings.json?PageSize=1"), VALUES, http)

    assert (result.validity, _pair(http)[1]) == (VALID, url)


def test_a_restricted_key_may_be_tried_at_lookups_whose_answers_have_an_address_alone() -> None:
    url = "https://lookups.twilio.com/v2/PhoneNumbers/+15005550006"
    http = always(200, json.dumps({"phone_number": "+15005550006", "valid": True, "url": url}))

    assert ISSUER.probe(Match(API_KEY, {}, probe=url), VALUES, http).validity is VALID


@pytest.mark.parametrize(
    ("url", "validity"),
    [
        (f"{API}/Messages.json?PageSize=1", INVALID),
        (f"{API}.json", UNKNOWN),
        ("https://api.twilio.com/2010-04-01/Accounts.json", UNKNOWN),
        (f"{API}/Keys.json", UNKNOWN),
        (f"{API}/Keys/{SK}.json", UNKNOWN),
        (f"{API}/SigningKeys.json", UNKNOWN),
    ],
)
def test_20003_proves_nothing_where_twilio_says_it_to_live_keys_too(url: str, validity: Validity) -> None:
    http = always(401, error(20003, 401))

    assert ISSUER.probe(Match(API_KEY, {}, probe=url), VALUES, http).validity is validity


@pytest.mark.parametrize(("values", "account"), [({}, None), ({"account": Secret(AC)}, AC)])
def test_a_key_tells_its_account_where_the_sid_stands_beside_it_and_never_expires(
    values: dict[str, Secret], account: str | None
) -> None:
    assert [kind.read(values) for kind in (API_KEY, AUTH_TOKEN) if kind.read] == [
        Facts(account=account, expires=NEVER)
    ] * 2


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_what_the_vendor_echoes_is_not_repeated(status: int) -> None:
    body = json.dumps({"code": VALUE, "message": VALUE, "sid": VALUE})

    assert VALUE not in repr(ISSUER.probe(Match(API_KEY, {}), VALUES, always(status, body)))
