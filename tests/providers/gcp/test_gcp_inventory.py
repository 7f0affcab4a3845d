"""Service-account keys as Google's IAM lists them, and what else a connection says of itself. IAM's REST answers are written here by its discovery document."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from credwatch.contract import NEVER, Listed, ProviderError, Reason, Reply, Unlisted
from credwatch_providers.gcp import plugin
from credwatch_providers.gcp.iam import Iam
from credwatch_providers.gcp.inventory import ServiceAccountKeys, facts
from credwatch_providers.gcp.provider import discover
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings
from tests.servers.gcp import SecretManager
from tests.servers.wire import NOON, Canned, Request, always

EMAIL = "tts@voice-prod-1.iam.gserviceaccount.com"
KEY_ID = "0123456789abcdef0123456789abcdef01234567"
ONE_KEY = {
    "name": f"projects/voice-prod-1/serviceAccounts/{EMAIL}/keys/{KEY_ID}",
    "validAfterTime": "2026-01-01T00:00:00Z",
    "validBeforeTime": "2027-01-01T00:00:00Z",
    "keyType": "USER_MANAGED",
}


def refused(code: int) -> tuple[int, Any]:
    """A refusal in Google's words."""
    return code, {"error": {"code": code, "message": "no"}}


def iam(answers: dict[str, tuple[int, Any]]) -> Canned:
    """Answers by the path's end and the page that is asked for; what is not named is a 404 of Google's."""

    def answer(request: Request) -> Reply:
        url = urllib.parse.urlsplit(request.url)
        page = urllib.parse.parse_qs(url.query).get("pageToken", [""])[0]
        status, body = answers.get(url.path.rpartition("/v1/projects/")[2] + page, refused(404))
        return Reply(status, {}, json.dumps(body).encode())

    return Canned(answer)


def listed_by(http: Canned, *projects: str, base_url: str | None = None) -> ServiceAccountKeys:
    settings = GcpSettings.model_validate({"projects": projects or ("voice-prod-1",), "service_account_keys": True})
    return ServiceAccountKeys(settings, Iam(GcpIssuerSettings(base_url=base_url), http, lambda: "ya29.canary"))


ACCOUNTS = "voice-prod-1/serviceAccounts"
KEYS = f"{ACCOUNTS}/{EMAIL}/keys"


def test_the_keys_of_every_account_are_listed_page_after_page() -> None:
    http = iam(
        {
            ACCOUNTS: (200, {"accounts": [{"email": "none@x"}], "nextPageToken": "2"}),
            f"{ACCOUNTS}2": (200, {"accounts": [{"email": EMAIL, "displayName": "TTS"}]}),
            f"{ACCOUNTS}/none@x/keys": (200, {}),
            KEYS: (200, {"keys": [ONE_KEY]}),
        }
    )

    (listed,) = listed_by(http).keys()

    assert isinstance(listed, Listed)
    assert (listed.facts.account, listed.facts.key_id, listed.facts.name) == (EMAIL, KEY_ID, "TTS")
    assert {request.headers["Authorization"] for request in http.asked} == {"Bearer ya29.canary"}
    assert http.asked[-1].url == f"https://iam.googleapis.com/v1/projects/{KEYS}?keyTypes=USER_MANAGED"


TEN_YEARS = {"validAfterTime": "2017-11-21T00:00:00Z", "validBeforeTime": "2029-12-29T00:00:00Z"}
"""A key that was made for ten years or more, some years ago."""


@pytest.mark.parametrize(
    ("account", "key", "field", "value"),
    [
        ({}, {}, "created", datetime(2026, 1, 1, tzinfo=UTC)),
        ({}, {}, "expires", datetime(2027, 1, 1, tzinfo=UTC)),
        ({}, {"validBeforeTime": "9999-12-31T23:59:59Z"}, "expires", NEVER),
        ({}, {"validBeforeTime": "2036-11-20T12:00:00Z"}, "expires", NEVER),
        ({}, {"validBeforeTime": "2035-01-01T00:00:00Z"}, "expires", datetime(2035, 1, 1, tzinfo=UTC)),
        ({}, TEN_YEARS | {"validAfterTime": "2020-01-01T00:00:00Z"}, "expires", NEVER),
        ({}, TEN_YEARS | {"validBeforeTime": "2027-11-19T00:00:00Z"}, "expires", datetime(2027, 11, 19, tzinfo=UTC)),
        ({}, {"validBeforeTime": None}, "expires", None),
        ({}, {"validBeforeTime": "soon"}, "expires", None),
        ({}, {}, "disabled", False),
        ({}, {"disabled": True}, "disabled", True),
        ({"disabled": True}, {}, "disabled", True),
        ({}, {}, "name", EMAIL),
    ],
)
def test_a_line_of_the_listing(account: dict[str, Any], key: dict[str, Any], field: str, value: object) -> None:
    assert getattr(facts("voice-prod-1", {"email": EMAIL} | account, ONE_KEY | key, NOON), field) == value


def test_a_project_that_is_shut_hides_every_key_as_any_address_could_be_its() -> None:
    http = iam(
        {
            ACCOUNTS: refused(403),
            "voice-prod-2/serviceAccounts": (200, {"accounts": [{"email": EMAIL}]}),
            f"voice-prod-2/serviceAccounts/{EMAIL}/keys": (200, {"keys": [ONE_KEY]}),
        }
    )

    shut, listed = listed_by(http, "voice-prod-1", "voice-prod-2").keys()

    assert isinstance(shut, Unlisted)
    assert (shut.scope, shut.reason) == ("", Reason.FORBIDDEN)
    assert isinstance(listed, Listed)


def test_an_account_that_is_shut_hides_only_its_own_keys() -> None:
    http = iam({ACCOUNTS: (200, {"accounts": [{"email": EMAIL}, {"email": "gone@x"}]}), KEYS: refused(403)})

    assert [(part.scope, part.reason) for part in listed_by(http).keys() if isinstance(part, Unlisted)] == [  # noqa: SIM118  a listing
        (f"{EMAIL}/", Reason.FORBIDDEN)
    ]


@pytest.mark.parametrize("absent", [{}, {"error": "no"}, {"error": {"code": 403}}])
def test_a_404_that_is_not_googles_is_not_an_account_that_was_deleted(absent: Any) -> None:
    http = iam({ACCOUNTS: (200, {"accounts": [{"email": EMAIL}]}), KEYS: (404, absent)})

    with pytest.raises(ProviderError):
        list(listed_by(http).keys())


@pytest.mark.parametrize(
    "after", [{ACCOUNTS: "a", f"{ACCOUNTS}a": "a"}, {ACCOUNTS: "a", f"{ACCOUNTS}a": "b", f"{ACCOUNTS}b": "a"}]
)
def test_accounts_whose_pages_run_in_a_circle_are_a_broken_list(after: dict[str, str]) -> None:
    http = iam({page: (200, {"accounts": [], "nextPageToken": following}) for page, following in after.items()})

    with pytest.raises(ProviderError) as broken:
        list(listed_by(http).keys())

    assert broken.value.reason is Reason.BROKEN


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, '{"error": {"code": 401}}', Reason.LOGIN_REFUSED),
        (401, "{}", Reason.UNEXPECTED),
        (403, "<html>blocked</html>", Reason.UNEXPECTED),
        (429, "{}", Reason.RATE_LIMITED),
        (503, "", Reason.SERVER_ERROR),
        (200, "<html>welcome to the hotel</html>", Reason.UNREADABLE),
        (200, '{"accounts": "many"}', Reason.UNREADABLE),
        (200, '{"accounts": ["one"]}', Reason.UNREADABLE),
        (302, "", Reason.REDIRECTED),
        (404, '{"error": {"code": 404}}', Reason.NOT_FOUND),
        (404, "{}", Reason.UNEXPECTED),
        (200, '{"status": "ok"}', Reason.UNREADABLE),
        (200, '{"accounts": null}', Reason.UNREADABLE),
    ],
)
def test_a_listing_that_breaks_is_an_error_and_not_an_empty_project(status: int, body: str, reason: Reason) -> None:
    with pytest.raises(ProviderError) as broken:
        list(listed_by(always(status, body)).keys())

    assert broken.value.reason is reason
    assert "canary" not in str(broken.value)


def test_the_issuers_table_leads_the_list_too() -> None:
    http = iam({ACCOUNTS: (200, {})})

    assert list(listed_by(http, base_url="http://127.0.0.1:5000").keys()) == []
    assert http.asked[0].url.startswith("http://127.0.0.1:5000/v1/projects/voice-prod-1/")


def test_our_own_token_is_signed_by_ourselves_and_asks_no_token_uri(opened: Any) -> None:
    http = iam({ACCOUNTS: (200, {})})

    assert list(opened(http, service_account_keys=True).keys()) == []
    assert http.asked[0].headers["Authorization"].count(".") == 2


def test_the_doctor_names_the_right_that_is_missing(opened: Any, google: SecretManager) -> None:
    google.put("voice-prod-1", "a", b"1")
    projects = opened(iam({ACCOUNTS: refused(403)}), service_account_keys=True)

    lines = list(projects.diagnose())

    assert [(line.what, line.ok) for line in lines] == [
        ("login", True),
        ("secrets", True),
        ("service-account keys in a project", False),
    ]
    assert lines[2].mend == "grant iam.serviceAccounts.list, iam.serviceAccountKeys.list"


@pytest.mark.parametrize(
    ("table", "rights"),
    [
        ({"secrets": ["**"], "service_account_keys": True}, 5),
        ({"service_account_keys": True, "secrets": []}, 2),
        ({"secrets": ["**"]}, 3),
    ],
)
def test_the_role_it_asks_for_holds_what_the_table_watches(opened: Any, table: dict[str, Any], rights: int) -> None:
    assert opened(**table).least_privilege().count("\n- ") == rights


def test_what_init_sees_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"project_id": "voice-prod-1"}')
    (tmp_path / "odd.json").write_text("[]")
    environs: list[dict[str, str]] = [
        {"GOOGLE_APPLICATION_CREDENTIALS": f"{tmp_path}/key.json"},
        {"GOOGLE_CLOUD_PROJECT": "voice-prod-2", "GOOGLE_APPLICATION_CREDENTIALS": f"{tmp_path}/key.json"},
        {"GOOGLE_APPLICATION_CREDENTIALS": f"{tmp_path}/odd.json"},
        {"GOOGLE_APPLICATION_CREDENTIALS": f"{tmp_path}/missing.json"},
        {},
    ]

    found = [[one.table["projects"] for one in discover(environ)] for environ in environs]

    assert found == [[["voice-prod-1"]], [["voice-prod-2"]], [], [], []]


@pytest.mark.parametrize(
    "table",
    [
        {"projects": ["voice-prod-1"]},
        {"projects": [], "secrets": ["**"]},
        {"projects": ["../other"], "secrets": ["**"]},
        {"projects": ["voice-prod-1"], "secrets": ["**"], "endpoint": "http://127.0.0.1"},
        {"projects": ["voice-prod-1"], "secrets": ["**"], "credentials": "-----BEGIN PRIVATE KEY-----canary"},
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_without_repeating_it(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        GcpSettings.model_validate(table)

    assert "canary" not in str(refused.value)


def test_the_hosts_of_its_own_lists_are_named() -> None:
    assert plugin.hosts == ("iam.googleapis.com",)


def test_importing_the_plug_in_loads_no_sdk() -> None:
    code = "import sys, credwatch_providers.gcp; print({'google.auth', 'grpc', 'cryptography'} & sys.modules.keys())"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
