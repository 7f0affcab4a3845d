"""OpenAI: the status table, the two probes, and the lists of an organization."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from credwatch.contract import (
    NEVER,
    Diagnose,
    Facts,
    Found,
    Inventory,
    Issuer,
    Kind,
    Listed,
    Match,
    Needs,
    Provider,
    ProviderError,
    Reason,
    Reply,
    Secret,
    Unlisted,
    Validity,
)
from credwatch.sandbox.keys import State
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers.openai import ADMIN_KEY, KEY, IssuerSettings, OpenAIIssuer, OpenAIOrganization, discover
from tests.servers.vendors import NOON, Shop, Still, openai_shop
from tests.servers.wire import Canned, always

VALID, INVALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.SUSPENDED, Validity.UNKNOWN
VALUE = f"sk-proj-{'a' * 58}T3BlbkFJ{'b' * 58}"
ISSUER: Issuer = OpenAIIssuer(IssuerSettings())
PARTS: tuple[type[Provider], type[Inventory], type[Needs], type[Diagnose]] = (OpenAIOrganization,) * 4
MODELS = json.dumps({"object": "list", "data": []})


def error(code: str | None, message: str = "", kind: str = "invalid_request_error") -> str:
    return json.dumps({"error": {"code": code, "message": message, "type": kind, "param": None}})


SCOPES = "You have insufficient permissions for this operation. Missing scopes: model.read."
TABLE = [
    (200, MODELS, VALID, Reason.OK),
    (401, error("invalid_api_key", "Incorrect API key provided: sk-proj-***bbbb."), INVALID, Reason.REFUSED),
    (401, error(None, SCOPES), VALID, Reason.LIMITED),
    (403, error(None, SCOPES), VALID, Reason.LIMITED),
    (401, error("invalid_api_key", SCOPES), VALID, Reason.LIMITED),
    (401, error(None, "IP not authorized"), UNKNOWN, Reason.ADDRESS_NOT_ALLOWED),
    (401, error("ip_not_authorized", ""), UNKNOWN, Reason.ADDRESS_NOT_ALLOWED),
    (401, error(None, "You must be a member of an organization to use the API"), UNKNOWN, Reason.WRONG_ACCOUNT),
    (403, error("unsupported_country_region_territory", "not supported"), UNKNOWN, Reason.ADDRESS_NOT_ALLOWED),
    (403, error(None, "Country, region, or territory not supported"), UNKNOWN, Reason.ADDRESS_NOT_ALLOWED),
    (429, error("insufficient_quota"), SUSPENDED, Reason.OUT_OF_CREDIT),
    (429, error("credit_balance_exhausted", kind="insufficient_quota"), SUSPENDED, Reason.OUT_OF_CREDIT),
    (429, error("billing_hard_limit_reached"), SUSPENDED, Reason.OUT_OF_CREDIT),
    (429, error("rate_limit_exceeded"), UNKNOWN, Reason.RATE_LIMITED),
    (429, error("slow_down"), UNKNOWN, Reason.RATE_LIMITED),
    (429, "", UNKNOWN, Reason.RATE_LIMITED),
    (503, error("server_is_overloaded"), UNKNOWN, Reason.SERVER_ERROR),
    (500, error("invalid_api_key"), UNKNOWN, Reason.SERVER_ERROR),
    (404, error("not_found"), UNKNOWN, Reason.NOT_FOUND),
    (401, error("something_new"), UNKNOWN, Reason.UNEXPECTED),
    (401, "", UNKNOWN, Reason.UNEXPECTED),
    (401, '{"error": "invalid_api_key"}', UNKNOWN, Reason.UNEXPECTED),
    (403, "<html>blocked by a proxy</html>", UNKNOWN, Reason.UNEXPECTED),
    (301, "", UNKNOWN, Reason.REDIRECTED),
    (200, "<html>log in</html>", UNKNOWN, Reason.UNREADABLE),
    (200, "", UNKNOWN, Reason.UNREADABLE),
    (200, '{"object": "list", "data": [', UNKNOWN, Reason.UNREADABLE),
    (200, '{"data": "x"}', UNKNOWN, Reason.UNREADABLE),
]


@pytest.mark.parametrize("kind", [KEY, ADMIN_KEY], ids=lambda kind: kind.name)
@pytest.mark.parametrize(("status", "body", "validity", "reason"), TABLE)
def test_the_table(kind: Kind, status: int, body: str, validity: Validity, reason: Reason) -> None:
    result = ISSUER.probe(Match(kind, {}), {"key": Secret(VALUE)}, always(status, body))

    assert (result.validity, result.reason) == (validity, reason)


@pytest.mark.parametrize(
    ("kind", "base_url", "url"),
    [
        (KEY, "https://api.openai.com", "https://api.openai.com/v1/models"),
        (KEY, "https://eu.api.openai.com/v1/", "https://eu.api.openai.com/v1/models"),
        (ADMIN_KEY, "https://api.openai.com", "https://api.openai.com/v1/organization/admin_api_keys?limit=1"),
    ],
)
def test_each_kind_is_one_get_at_the_list_that_it_may_read(kind: Kind, base_url: str, url: str) -> None:
    http = always(200, MODELS)
    OpenAIIssuer(IssuerSettings(base_url=base_url)).probe(Match(kind, {}), {"key": Secret(VALUE)}, http)

    assert [(asked.method, asked.url, asked.headers["authorization"]) for asked in http.asked] == [
        ("GET", url, f"Bearer {VALUE}")
    ]


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500])
def test_what_the_vendor_echoes_is_not_repeated(status: int) -> None:
    body = error(f"billing {VALUE}", f"Incorrect API key provided: {VALUE}")

    assert VALUE not in repr(ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, always(status, body)))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return openai_shop(tmp_path, Still())


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5))
    yield made
    made.close()


def listed(shop: Shop, transport: Transport) -> list[Listed | Unlisted]:
    with Server(shop.vendor) as server:
        return list(shop.inventory(server, shop.http(server, transport)).keys())


def test_a_persons_key_is_personal_and_has_its_dates_and_the_vendors_tail(shop: Shop, transport: Transport) -> None:
    shop.key.expires = NOON + timedelta(days=29)
    shop.key.last_used = NOON - timedelta(hours=1)
    facts = Facts(
        account="proj_1",
        key_id=shop.key.id,
        name="voice",
        created=NOON,
        expires=NOON + timedelta(days=29),
        last_used=NOON - timedelta(hours=1),
        hint=shop.key.value[-3:],
        creator="luis@example.com",
        personal=True,
    )

    assert Listed(KEY, facts) in listed(shop, transport)


def test_a_service_accounts_key_is_not_personal(shop: Shop, transport: Transport) -> None:
    shop.vendor.issue("bot", "proj_1")
    found = [one.facts for one in listed(shop, transport) if isinstance(one, Listed) and one.facts.name == "bot"]

    assert [(facts.personal, facts.creator, facts.expires) for facts in found] == [(False, "bot (service)", NEVER)]


def test_admin_keys_are_listed_under_the_organization(shop: Shop, transport: Transport) -> None:
    found = [one for one in listed(shop, transport) if isinstance(one, Listed) and one.kind == ADMIN_KEY]

    assert [(one.facts.account, one.facts.key_id, one.facts.personal) for one in found] == [
        ("organization", shop.admin.id, True)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_page_of_every_list_is_read(shop: Shop, transport: Transport, size: int) -> None:
    shop.vendor.page = size
    for number in range(3):
        shop.vendor.projects[f"proj_x{number}"] = "more"
        for key in range(3):
            shop.vendor.issue(f"more {number} {key}", f"proj_x{number}")
    found = [one.facts.key_id for one in listed(shop, transport) if isinstance(one, Listed)]

    assert sorted(found, key=str) == sorted(key.id for key in shop.vendor.keys)


def test_a_list_that_runs_in_a_circle_is_an_error(shop: Shop) -> None:
    key = {"id": "key_1", "redacted_value": "sk-admin-...abc", "created_at": 1, "expires_at": None, "owner": {}}
    http = always(200, json.dumps({"object": "list", "data": [key], "has_more": True}))
    with Server(shop.vendor) as server, pytest.raises(ProviderError) as raised:
        list(islice(shop.inventory(server, http).keys(), 10))

    assert raised.value.reason is Reason.BROKEN


def test_one_forbidden_project_is_unlisted_and_the_others_are_listed(shop: Shop, transport: Transport) -> None:
    shop.vendor.projects["proj_2"] = "closed to us"
    shop.vendor.forbidden.add("proj_2")
    found = listed(shop, transport)

    assert [(one.scope, one.reason) for one in found if isinstance(one, Unlisted)] == [("proj_2", Reason.FORBIDDEN)]
    assert sum(isinstance(one, Listed) for one in found) == 2


@pytest.mark.parametrize(
    ("redacted", "hint"),
    [
        ("sk-proj-...abc", "abc"),
        ("sk-proj-********aB_9", "aB_9"),
        ("sk-…xyz", "xyz"),
        ("sk-proj-...", None),
        ("", None),
        ("no tail", None),
    ],
)
def test_the_hint_is_the_tail_that_the_list_shows(shop: Shop, redacted: str, hint: str | None) -> None:
    key = {"id": "key_1", "redacted_value": redacted, "created_at": 1, "owner": {"type": "user", "name": "ana"}}
    page = json.dumps({"object": "list", "data": [key], "has_more": False}).encode()
    http = Canned(lambda asked: Reply(200, {}, page if "admin_api_keys" in asked.url else b""))
    with Server(shop.vendor) as server:
        first = next(shop.inventory(server, http).keys())

    assert isinstance(first, Listed)
    assert (first.facts.hint, first.facts.expires, first.facts.creator) == (hint, None, "ana")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, error("invalid_api_key"), Reason.LOGIN_REFUSED),
        (429, error("insufficient_quota"), Reason.OUT_OF_CREDIT),
        (500, "", Reason.SERVER_ERROR),
        (200, "<html></html>", Reason.UNREADABLE),
        (200, '{"object": "list", "data": [{}], "has_more": false}', Reason.UNREADABLE),
        (200, '{"object": "list", "data": []}', Reason.UNREADABLE),
    ],
)
def test_a_listing_that_breaks_is_an_error_and_repeats_no_value(
    shop: Shop, status: int, body: str, reason: Reason
) -> None:
    with Server(shop.vendor) as server, pytest.raises(ProviderError) as raised:
        list(shop.inventory(server, always(status, body)).keys())

    assert (raised.value.reason, shop.admin.value in str(raised.value)) == (reason, False)


def test_a_listing_is_lazy_and_breaks_where_the_vendor_does(shop: Shop, transport: Transport) -> None:
    with Server(shop.vendor) as server:
        keys = iter(shop.inventory(server, shop.http(server, transport)).keys())
        first = next(keys)
        shop.vendor.state = State.DOWN
        with pytest.raises(ProviderError) as raised:
            list(keys)

    assert (isinstance(first, Listed), raised.value.reason) == (True, Reason.SERVER_ERROR)


@pytest.mark.parametrize(("state", "validity"), [(State.ALIVE, VALID), (State.DELETED, INVALID), (State.DOWN, UNKNOWN)])
def test_check_tells_whether_our_own_key_works(
    shop: Shop, transport: Transport, state: State, validity: Validity
) -> None:
    shop.admin.state = state
    with Server(shop.vendor) as server:
        assert shop.connection(server, shop.http(server, transport)).check().validity is validity


def test_doctor_counts_the_keys(shop: Shop, transport: Transport) -> None:
    with Server(shop.vendor) as server:
        lines = list(shop.connection(server, shop.http(server, transport)).diagnose())

    assert [(line.what, line.ok, line.said) for line in lines] == [("keys", True, "2 listed")]


def test_the_rights_that_it_asks_for_are_named(shop: Shop) -> None:
    with Server(shop.vendor) as server:
        assert "Admin keys" in shop.connection(server, always(200)).least_privilege()


@pytest.mark.parametrize(
    ("environ", "found"),
    [({}, []), ({"OPENAI_API_KEY": VALUE}, []), ({"OPENAI_ADMIN_KEY": VALUE}, ["env:OPENAI_ADMIN_KEY"])],
)
def test_discover_names_an_admin_key_and_shows_no_value(environ: dict[str, str], found: list[str]) -> None:
    seen: list[Found] = list(discover(environ))

    assert ([one.table["admin"] for one in seen], VALUE in repr(seen)) == (found, False)
