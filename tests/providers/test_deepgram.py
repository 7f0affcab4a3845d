"""Deepgram: the status table of /v1/auth/token, and the list of keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import (
    NEVER,
    Diagnose,
    Facts,
    Found,
    Inventory,
    Issuer,
    Listed,
    Match,
    Needs,
    Provider,
    ProviderError,
    Reason,
    Secret,
    Unlisted,
    Validity,
)
from credwatch.sandbox.keys import State
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers.deepgram import KEY, DeepgramIssuer, DeepgramProjects, IssuerSettings, discover
from tests.servers.vendors import NOON, Shop, Still, deepgram_shop
from tests.servers.wire import Canned, always

VALID, INVALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.SUSPENDED, Validity.UNKNOWN
VALUE = "ab" * 20
ISSUER: Issuer = DeepgramIssuer(IssuerSettings())
PARTS: tuple[type[Provider], type[Inventory], type[Needs], type[Diagnose]] = (DeepgramProjects,) * 4


def old(code: str, message: str = "") -> str:
    return json.dumps({"err_code": code, "err_msg": message, "request_id": "r"})


def new(category: str, message: str = "") -> str:
    return json.dumps({"category": category, "message": message, "details": "", "request_id": "r"})


TABLE = [
    (200, '{"scopes": ["usage:write"]}', VALID, Reason.OK),
    (401, old("INVALID_AUTH", "Invalid credentials."), INVALID, Reason.REFUSED),
    (401, new("invalid_auth", "Invalid credentials."), INVALID, Reason.REFUSED),
    (400, old("BAD_REQUEST", "Invalid credentials."), INVALID, Reason.REFUSED),
    (401, old("INSUFFICIENT_PERMISSIONS"), VALID, Reason.LIMITED),
    (401, new("INSUFFICIENT_PERMISSIONS"), VALID, Reason.LIMITED),
    (403, old("INSUFFICIENT_PERMISSIONS"), VALID, Reason.LIMITED),
    (403, old("FORBIDDEN", "Insufficient permissions."), VALID, Reason.LIMITED),
    (402, old("ASR_PAYMENT_REQUIRED"), SUSPENDED, Reason.OUT_OF_CREDIT),
    (404, old("PROJECT_NOT_FOUND"), UNKNOWN, Reason.NOT_FOUND),
    (404, "UUID parsing failed: invalid character", UNKNOWN, Reason.NOT_FOUND),
    (429, old("TOO_MANY_REQUESTS"), UNKNOWN, Reason.RATE_LIMITED),
    (429, "", UNKNOWN, Reason.RATE_LIMITED),
    (500, "", UNKNOWN, Reason.SERVER_ERROR),
    (503, old("INVALID_AUTH", "Invalid credentials."), UNKNOWN, Reason.SERVER_ERROR),
    (504, "<html>gateway timeout</html>", UNKNOWN, Reason.SERVER_ERROR),
    (301, "", UNKNOWN, Reason.REDIRECTED),
    (401, '{"message": "Invalid credentials"}', UNKNOWN, Reason.UNEXPECTED),
    (401, '{"err_msg": "Invalid credentials."}', UNKNOWN, Reason.UNEXPECTED),
    (401, "", UNKNOWN, Reason.UNEXPECTED),
    (401, old("SOMETHING_NEW"), UNKNOWN, Reason.UNEXPECTED),
    (402, "<html>pay</html>", UNKNOWN, Reason.UNEXPECTED),
    (403, "<html>blocked by a proxy</html>", UNKNOWN, Reason.UNEXPECTED),
    (200, "<html>log in</html>", UNKNOWN, Reason.UNREADABLE),
    (200, "", UNKNOWN, Reason.UNREADABLE),
    (200, "{}", UNKNOWN, Reason.UNREADABLE),
    (200, '{"scopes": ["usage', UNKNOWN, Reason.UNREADABLE),
    (200, old("INVALID_AUTH"), UNKNOWN, Reason.UNREADABLE),
    (204, "", UNKNOWN, Reason.UNREADABLE),
]


@pytest.mark.parametrize(("status", "body", "validity", "reason"), TABLE)
def test_the_table(status: int, body: str, validity: Validity, reason: Reason) -> None:
    result = ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, always(status, body))

    assert (result.validity, result.reason) == (validity, reason)


def test_a_probe_is_one_get_that_carries_the_key_in_its_header() -> None:
    http = always(200, '{"scopes": []}')
    ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, http)

    assert [(asked.method, asked.url, asked.headers["authorization"], asked.body) for asked in http.asked] == [
        ("GET", "https://api.deepgram.com/v1/auth/token", f"Token {VALUE}", b"")
    ]


@pytest.mark.parametrize(
    ("told", "key_id"),
    [
        ("3d0bbb0f-0000-4000-8000-000000000001", "3d0bbb0f-0000-4000-8000-000000000001"),
        (VALUE, None),
        (7, None),
        (None, None),
    ],
)
def test_a_uuid_that_the_vendor_tells_becomes_the_key_id(told: object, key_id: str | None) -> None:
    http = always(200, json.dumps({"api_key_id": told}))

    assert ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, http).facts == Facts(key_id=key_id)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
def test_what_the_vendor_echoes_is_not_repeated(status: int) -> None:
    body = json.dumps(dict.fromkeys(("err_code", "err_msg", "category", "message", "api_key_id"), VALUE))

    assert VALUE not in repr(ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, always(status, body)))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return deepgram_shop(tmp_path, Still())


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5))
    yield made
    made.close()


def listed(shop: Shop, transport: Transport) -> list[Listed | Unlisted]:
    with Server(shop.vendor) as server:
        return list(shop.inventory(server, shop.http(server, transport)).keys())


def test_the_list_tells_name_account_scopes_dates_and_whose_it_is(shop: Shop, transport: Transport) -> None:
    shop.key.expires = NOON + timedelta(days=29)

    assert listed(shop, transport)[0] == Listed(
        KEY,
        Facts(
            account="p-1",
            key_id=shop.key.id,
            name="voice",
            created=NOON,
            expires=NOON + timedelta(days=29),
            scopes=frozenset({"usage:write"}),
            creator="ana@example.com",
            personal=True,
        ),
    )


def test_a_key_without_a_date_never_expires(shop: Shop, transport: Transport) -> None:
    assert [one.facts.expires for one in listed(shop, transport) if isinstance(one, Listed)] == [NEVER, NEVER]


def test_expired_keys_are_listed_too_and_deleted_ones_are_not(shop: Shop, transport: Transport) -> None:
    past = shop.vendor.issue("past", "p-1", expires=NOON - timedelta(days=1))
    shop.key.state = State.DELETED

    found = {one.facts.key_id: one.facts.expires for one in listed(shop, transport) if isinstance(one, Listed)}
    assert found == {past.id: past.expires, shop.admin.id: NEVER}


def test_one_forbidden_project_is_unlisted_and_the_others_are_listed(shop: Shop, transport: Transport) -> None:
    shop.vendor.projects["p-2"] = "closed to us"
    shop.vendor.forbidden.add("p-2")
    found = listed(shop, transport)

    assert [type(one) for one in found] == [Listed, Listed, Unlisted]
    assert (found[2].scope, found[2].reason) == ("p-2", Reason.FORBIDDEN)  # type: ignore[union-attr]


def test_a_configured_project_that_is_not_there_is_unlisted(shop: Shop, transport: Transport) -> None:
    shop.table = {**shop.table, "projects": ["p-9"]}

    assert [(one.scope, one.reason) for one in listed(shop, transport) if isinstance(one, Unlisted)] == [
        ("p-9", Reason.NOT_FOUND)
    ]


def test_an_admin_key_that_sees_no_list_says_forbidden_for_every_project(shop: Shop, transport: Transport) -> None:
    shop.admin.admin = False

    assert [one.reason for one in listed(shop, transport) if isinstance(one, Unlisted)] == [Reason.FORBIDDEN]


def test_a_key_whose_own_page_is_refused_is_listed_without_a_date(shop: Shop) -> None:
    entry = {"member": {"email": "ana@example.com"}, "api_key": {"api_key_id": "k-1", "comment": "voice"}}
    http = Canned(
        lambda asked: (
            always(200, json.dumps({"api_keys": [entry]})).answer(asked)
            if "?status=active" in asked.url
            else always(403, old("FORBIDDEN")).answer(asked)
        )
    )
    shop.table = {**shop.table, "projects": ["p-1"]}
    with Server(shop.vendor) as server:
        first = next(shop.inventory(server, http).keys())

    assert isinstance(first, Listed)
    assert (first.facts.key_id, first.facts.expires) == ("k-1", None)


@pytest.mark.parametrize("beside", [True, False])
def test_both_shapes_of_a_keys_page_are_read(shop: Shop, beside: bool) -> None:  # noqa: FBT001  two shapes
    key = {"api_key_id": "k-1", "expiration_date": "2026-12-20T07:30:00Z", "created": "2026-09-21T00:00:00"}
    page = {"member": {"email": "a@b"}, "api_key": key} if beside else {"member": {"email": "a@b", "api_key": key}}
    entry = {"member": {"email": "a@b"}, "api_key": {"api_key_id": "k-1"}}
    http = Canned(
        lambda asked: always(
            200, json.dumps({"api_keys": [entry]} if "status=" in asked.url else {"item": page})
        ).answer(asked)
    )
    shop.table = {**shop.table, "projects": ["p-1"]}
    with Server(shop.vendor) as server:
        first = next(shop.inventory(server, http).keys())

    assert isinstance(first, Listed)
    assert first.facts.expires is not None
    assert first.facts.expires.isoformat() == "2026-12-20T07:30:00+00:00"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, old("INVALID_AUTH"), Reason.LOGIN_REFUSED),
        (500, "", Reason.SERVER_ERROR),
        (200, "<html></html>", Reason.UNREADABLE),
        (200, '{"api_keys": [{"api_key": {"api_key_id": 7}}]}', Reason.UNREADABLE),
        (200, '{"api_keys": [{}]}', Reason.UNREADABLE),
        (200, '{"api_keys": "many"}', Reason.UNREADABLE),
    ],
)
def test_a_listing_that_breaks_is_an_error_and_repeats_no_value(
    shop: Shop, status: int, body: str, reason: Reason
) -> None:
    shop.table = {**shop.table, "projects": ["p-1"]}
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


def test_doctor_counts_the_keys_and_names_a_forbidden_project(shop: Shop, transport: Transport) -> None:
    shop.vendor.projects["p-2"] = "closed to us"
    shop.vendor.forbidden.add("p-2")
    with Server(shop.vendor) as server:
        lines = list(shop.connection(server, shop.http(server, transport)).diagnose())

    assert [(line.what, line.ok) for line in lines] == [("keys of p-2", False), ("keys", True)]


def test_the_rights_that_it_asks_for_are_the_two_that_it_uses(shop: Shop) -> None:
    with Server(shop.vendor) as server:
        said = shop.connection(server, always(200)).least_privilege()

    assert "project:read keys:read\n" in said


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, []),
        ({"DEEPGRAM_API_KEY": ""}, []),
        ({"DEEPGRAM_API_KEY": VALUE}, ["env:DEEPGRAM_API_KEY"]),
        ({"DEEPGRAM_API_KEY": VALUE, "DEEPGRAM_ADMIN_KEY": VALUE}, ["env:DEEPGRAM_ADMIN_KEY"]),
    ],
)
def test_discover_names_what_is_there_and_shows_no_value(environ: dict[str, str], found: list[str]) -> None:
    seen: list[Found] = list(discover(environ))

    assert ([one.table["admin"] for one in seen], VALUE in repr(seen)) == (found, False)
