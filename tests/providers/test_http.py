"""A vendor described by a table."""

from __future__ import annotations

import base64
import tomllib
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from credwatch.contract import Issuer, Kind, Match, ProbeResult, Reason, Secret, Validity
from credwatch_providers.http import HttpTable, described, plugin
from tests.servers.wire import Canned, Request, always

TABLE = """
request   = "GET https://api.crm.example.com/v2/me"
header    = "Authorization: Bearer {secret}"
valid     = [{ status = 200 }]
limited   = [{ status = 403 }]
suspended = [{ status = 402 }, { status = 429, body = "quota" }]
invalid   = [{ status = 401, body = "token_revoked" }, { status = 401, body = "token_expired" }, { status = 403, body = "deleted" }]
"""


def table(**changes: Any) -> dict[str, Any]:
    given = tomllib.loads(TABLE) | changes
    return {name: value for name, value in given.items() if value is not None}


def made(**changes: Any) -> tuple[Kind, Issuer]:
    return described("crm", HttpTable.model_validate(table(**changes)))


def probed(line: Canned, *, value: str = "v4lue", url: str | None = None, **changes: Any) -> ProbeResult:
    kind, issuer = made(**changes)
    return issuer.probe(Match(kind, {"secret": ""}, probe=url), {"secret": Secret(value)}, line)


@pytest.mark.parametrize(
    ("status", "body", "validity", "reason"),
    [
        (200, "{}", Validity.VALID, Reason.OK),
        (403, "", Validity.VALID, Reason.LIMITED),
        (403, "the key was deleted", Validity.INVALID, Reason.REFUSED),
        (402, "", Validity.SUSPENDED, Reason.ACCOUNT_SUSPENDED),
        (402, "token_revoked", Validity.SUSPENDED, Reason.ACCOUNT_SUSPENDED),
        (429, "quota", Validity.SUSPENDED, Reason.ACCOUNT_SUSPENDED),
        (401, '{"error": "token_revoked"}', Validity.INVALID, Reason.REFUSED),
        (401, "token_expired", Validity.INVALID, Reason.REFUSED),
        (401, "", Validity.UNKNOWN, Reason.UNEXPECTED),
        (401, "TOKEN_REVOKED", Validity.UNKNOWN, Reason.UNEXPECTED),
        (201, "", Validity.UNKNOWN, Reason.UNREADABLE),
        (302, "token_revoked", Validity.UNKNOWN, Reason.REDIRECTED),
        (404, "", Validity.UNKNOWN, Reason.UNEXPECTED),
        (429, "token_revoked", Validity.UNKNOWN, Reason.RATE_LIMITED),
        (503, "token_revoked", Validity.UNKNOWN, Reason.SERVER_ERROR),
    ],
)
def test_the_table_decides_and_nothing_else_is_a_verdict(
    status: int, body: str, validity: Validity, reason: Reason
) -> None:
    result = probed(always(status, body))

    assert (result.validity, result.reason) == (validity, reason)


def test_the_words_of_a_verdict_are_the_tables_own() -> None:
    result = probed(always(401, "v4lue: token_revoked"))

    assert result.detail == "HTTP 401 token_revoked"


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, {"Authorization": "Bearer v4lue"}),
        ({"header": ["X-Key: {secret}", "Accept: text/plain"]}, {"X-Key": "v4lue", "Accept": "text/plain"}),
        (
            {"header": None, "basic": "user:{secret}"},
            {"authorization": "Basic " + base64.b64encode(b"user:v4lue").decode()},
        ),
        ({"header": None, "basic": "{secret}:"}, {"authorization": "Basic " + base64.b64encode(b"v4lue:").decode()}),
    ],
)
def test_the_value_goes_where_the_table_says(changes: dict[str, Any], headers: dict[str, str]) -> None:
    line = always(200, "")

    probed(line, **changes)

    assert line.asked == [Request("GET", "https://api.crm.example.com/v2/me", headers, b"")]


def test_a_line_of_the_configuration_may_name_another_url() -> None:
    line = always(200, "")

    probed(line, url="https://api.crm.example.com/v2/other")

    assert [request.url for request in line.asked] == ["https://api.crm.example.com/v2/other"]


def test_a_table_is_a_kind_of_key_of_its_own_that_is_never_guessed() -> None:
    kind, _ = made(title="Example CRM", max_age="90d", request="GET https://API.crm.example.com:8443/v2/me")

    (role,) = kind.roles
    assert (kind.name, kind.vendor, kind.vendor_name, kind.title) == ("crm", "crm", "Example CRM", "Example CRM key")
    assert (kind.hosts, kind.max_age) == (("api.crm.example.com:8443",), timedelta(days=90))
    assert (role.context, role.proof, role.secret) == ("", False, True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"request": "GET https://api.example.com/?key={secret}"}, "may not stand in the URL"),
        ({"request": "GET http://api.example.com/"}, "begins with https://"),
        ({"request": "DELETE https://api.example.com/"}, "GET, HEAD or POST"),
        ({"request": "https://api.example.com/"}, "GET, HEAD or POST"),
        ({"request": "GET https://user:s3cr3t@api.example.com/"}, "no user, password"),
        ({"request": "GET https://api.example.com:x/"}, "has a host"),
        ({"request": "GET https:///v2"}, "has a host"),
        ({"request": "GET https://[/v2"}, "has a host"),
        ({"header": None}, "exactly once"),
        ({"header": "Authorization: Bearer s3cr3t"}, "a literal value is refused"),
        ({"header": ["X-Api-Key: s3cr3t", "Authorization: Bearer {secret}"]}, "a literal value is refused"),
        ({"request": "GET https://api.crm.example.com/v2/me?api_key=s3cr3t"}, "a literal value is refused"),
        ({"header": "X-Trace: s3cr3t"}, "exactly once"),
        ({"header": "{secret}: x"}, "is written"),
        ({"header": "X-Key: {secret}\r\nX: s3cr3t"}, "is written"),
        ({"header": ["X-Key: {secret}", "X-Trace: a", "x-trace: b"]}, "set twice"),
        ({"header": ["X-Key: {secret}", "Host: s3cr3t.example.com"]}, "belongs to the connection"),
        ({"basic": "user:{secret}"}, "exactly once"),
        ({"basic": "s3cr3t:x"}, "`basic` is"),
        ({"header": None, "basic": "{secret}"}, "`basic` is"),
        ({"valid": []}, "at least 1 item"),
        ({"valid": None}, "required"),
        ({"valid": [{"status": 500}]}, "less than or equal to 499"),
        ({"invalid": [{"status": 503}]}, "less than or equal to 499"),
        ({"invalid": [{"status": 429, "body": "x"}]}, "a 429 says nothing"),
        ({"invalid": [{"status": 302, "body": "x"}]}, "a 302 says nothing"),
        ({"invalid": [{"status": 407}]}, "a 407 says nothing"),
        ({"invalid": [{"status": 200}]}, "name words of its `body`"),
        ({"suspended": [{"status": 302}]}, "a 302 says nothing"),
        ({"suspended": [{"status": 429}]}, "name words of its `body`"),
        ({"invalid": [{"status": 401, "body": ""}]}, "at least 1 character"),
        ({"limited": [{"status": 200}]}, "listed twice"),
        ({"max_age": 90}, "a length is"),
        ({"max_age": "90"}, "a length is"),
        ({"colour": "red"}, "not permitted"),
    ],
)
def test_a_table_that_could_do_harm_is_refused_and_not_repeated(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint) as error:
        HttpTable.model_validate(table(**changes))

    assert "s3cr3t" not in str(error.value)


def test_a_persons_own_word_about_a_bare_401_is_obeyed() -> None:
    assert probed(always(401, ""), invalid=[{"status": 401}]).validity is Validity.INVALID


def test_it_is_offered_as_a_table_that_is_a_kind() -> None:
    assert (plugin.own, plugin.provider, plugin.kinds) == (described, None, ())
