"""ElevenLabs: the status table of /v1/user, and the list of service accounts."""

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
    Reply,
    Secret,
    Unlisted,
    Validity,
)
from credwatch.sandbox.keys import State
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers.elevenlabs import KEY, ElevenLabsIssuer, ElevenLabsWorkspace, IssuerSettings, discover
from tests.servers.vendors import NOON, Shop, Still, elevenlabs_shop
from tests.servers.wire import Canned, always

VALID, INVALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.SUSPENDED, Validity.UNKNOWN
VALUE = f"sk_{'0a' * 24}"
ISSUER: Issuer = ElevenLabsIssuer(IssuerSettings())
PARTS: tuple[type[Provider], type[Inventory], type[Needs], type[Diagnose]] = (ElevenLabsWorkspace,) * 4
USER = {"user_id": "u", "workspace_id": "w-1", "subscription": {}, "first_name": "Ana"}


def detail(status: str, **more: str) -> str:
    return json.dumps({"detail": {"status": status, "message": "…"} | more})


TABLE = [
    (200, json.dumps(USER), VALID, Reason.OK),
    (401, detail("missing_permissions", type="authentication_error", code="unauthorized"), VALID, Reason.LIMITED),
    (403, detail("missing_permissions"), VALID, Reason.LIMITED),
    (401, detail("invalid_api_key"), INVALID, Reason.REFUSED),
    (400, detail("invalid_api_key"), INVALID, Reason.REFUSED),
    (401, detail("quota_exceeded"), SUSPENDED, Reason.OUT_OF_CREDIT),
    (401, detail("detected_unusual_activity"), SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    (401, detail("api_key_expired"), UNKNOWN, Reason.UNEXPECTED),
    (401, json.dumps({"detail": "Unauthorized"}), UNKNOWN, Reason.UNEXPECTED),
    (401, json.dumps({"detail": [{"msg": "x"}]}), UNKNOWN, Reason.UNEXPECTED),
    (401, "", UNKNOWN, Reason.UNEXPECTED),
    (403, detail("only_for_creator_plans"), VALID, Reason.LIMITED),
    (403, detail("api_key_disabled"), UNKNOWN, Reason.UNEXPECTED),
    (403, detail("invalid_api_key"), UNKNOWN, Reason.UNEXPECTED),
    (403, "<html>blocked by a proxy</html>", UNKNOWN, Reason.UNEXPECTED),
    (403, "{}", UNKNOWN, Reason.UNEXPECTED),
    (403, '{"detail": "Not authenticated"}', UNKNOWN, Reason.UNEXPECTED),
    (403, '{"detail": {"message": "Forbidden"}}', UNKNOWN, Reason.UNEXPECTED),
    (422, json.dumps({"detail": [{"loc": ["header"], "msg": "field required"}]}), UNKNOWN, Reason.UNEXPECTED),
    (429, detail("too_many_concurrent_requests"), UNKNOWN, Reason.RATE_LIMITED),
    (429, detail("system_busy"), UNKNOWN, Reason.SERVER_ERROR),
    (429, "", UNKNOWN, Reason.RATE_LIMITED),
    (500, "", UNKNOWN, Reason.SERVER_ERROR),
    (503, detail("invalid_api_key"), UNKNOWN, Reason.SERVER_ERROR),
    (302, "", UNKNOWN, Reason.REDIRECTED),
    (200, "<html>log in</html>", UNKNOWN, Reason.UNREADABLE),
    (200, "", UNKNOWN, Reason.UNREADABLE),
    (200, '{"user_id": "u', UNKNOWN, Reason.UNREADABLE),
    (200, '{"ok": true}', UNKNOWN, Reason.UNREADABLE),
    (200, "[]", UNKNOWN, Reason.UNREADABLE),
]


@pytest.mark.parametrize(("status", "body", "validity", "reason"), TABLE)
def test_the_table(status: int, body: str, validity: Validity, reason: Reason) -> None:
    result = ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, always(status, body))

    assert (result.validity, result.reason) == (validity, reason)


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        (None, "api.elevenlabs.io"),
        ("https://api.eu.residency.elevenlabs.io/", "api.eu.residency.elevenlabs.io"),
    ],
)
def test_a_probe_is_one_get_at_the_host_of_the_region(base_url: str | None, host: str) -> None:
    http = always(200, json.dumps(USER))
    settings = IssuerSettings.model_validate({"base_url": base_url} if base_url else {})
    ElevenLabsIssuer(settings).probe(Match(KEY, {}), {"key": Secret(VALUE)}, http)

    assert host in KEY.hosts
    assert [(asked.method, asked.url, asked.headers["xi-api-key"]) for asked in http.asked] == [
        ("GET", f"https://{host}/v1/user", VALUE)
    ]


def test_of_the_answer_only_the_workspace_is_kept() -> None:
    result = ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, always(200, json.dumps(USER)))

    assert result.facts == Facts(account="w-1")


@pytest.mark.parametrize("status", [200, 400, 401, 403, 422, 500])
def test_what_the_vendor_echoes_is_not_repeated(status: int) -> None:
    body = json.dumps({"detail": {"status": VALUE, "message": VALUE}, "user_id": VALUE})

    assert VALUE not in repr(ISSUER.probe(Match(KEY, {}), {"key": Secret(VALUE)}, always(status, body)))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return elevenlabs_shop(tmp_path, Still())


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5))
    yield made
    made.close()


def listed(shop: Shop, transport: Transport) -> list[Listed | Unlisted]:
    with Server(shop.vendor) as server:
        return list(shop.inventory(server, shop.http(server, transport)).keys())


def test_the_list_tells_dates_scopes_hint_and_the_workspace_that_probes_know(shop: Shop, transport: Transport) -> None:
    shop.key.expires = NOON + timedelta(days=29)
    facts = Facts(
        account="workspace-1",
        key_id=shop.key.id,
        name="voice",
        created=NOON,
        expires=NOON + timedelta(days=29),
        disabled=False,
        scopes=frozenset({"text_to_speech", "user_read"}),
        hint=shop.key.value[-4:],
        creator="voice",
        personal=False,
        traits={"service_account": "sa-1"},
    )

    assert listed(shop, transport)[0] == Listed(KEY, facts)


def test_a_disabled_key_is_listed_as_disabled(shop: Shop, transport: Transport) -> None:
    shop.key.state = State.DISABLED

    assert [one.facts.disabled for one in listed(shop, transport) if isinstance(one, Listed)] == [True, False]


def _old_server(more: dict[str, object]) -> Canned:
    key = {"name": "n", "hint": "abcd", "key_id": "k", "service_account_user_id": "sa", "hashed_xi_api_key": "h"} | more
    accounts = {"service-accounts": [{"service_account_user_id": "sa", "name": "voice", "api-keys": [key]}]}
    return Canned(lambda asked: Reply(200, {}, json.dumps(USER if asked.url.endswith("/user") else accounts).encode()))


@pytest.mark.parametrize(("more", "expires"), [({}, None), ({"expires_at_unix": None}, NEVER)])
def test_a_server_without_the_date_says_nothing_and_one_with_null_says_never(
    shop: Shop, more: dict[str, object], expires: object
) -> None:
    with Server(shop.vendor) as server:
        found = list(shop.inventory(server, _old_server(more)).keys())

    assert [one.facts.expires for one in found if isinstance(one, Listed)] == [expires]


def test_an_admin_that_may_not_see_the_user_lists_without_an_account(shop: Shop) -> None:
    accounts = {"service-accounts": [{"name": "voice", "api-keys": [{"name": "n", "hint": "abcd", "key_id": "k"}]}]}
    http = Canned(
        lambda asked: (
            Reply(401, {}, detail("missing_permissions").encode())
            if asked.url.endswith("/user")
            else Reply(200, {}, json.dumps(accounts).encode())
        )
    )
    with Server(shop.vendor) as server:
        found = list(shop.inventory(server, http).keys())

    assert [(one.facts.account, one.facts.key_id) for one in found if isinstance(one, Listed)] == [(None, "k")]


def test_an_admin_without_the_permission_is_told_so(shop: Shop, transport: Transport) -> None:
    shop.admin.admin = False
    with pytest.raises(ProviderError) as raised:
        listed(shop, transport)

    assert (raised.value.reason, raised.value.permanent) == (Reason.FORBIDDEN, True)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, detail("invalid_api_key"), Reason.LOGIN_REFUSED),
        (500, "", Reason.SERVER_ERROR),
        (200, "<html></html>", Reason.UNREADABLE),
        (200, '{"service-accounts": [{}], "user_id": "u"}', Reason.UNREADABLE),
        (200, '{"service-accounts": {}, "user_id": "u"}', Reason.UNREADABLE),
    ],
)
def test_a_listing_that_breaks_is_an_error_and_repeats_no_value(
    shop: Shop, status: int, body: str, reason: Reason
) -> None:
    with Server(shop.vendor) as server, pytest.raises(ProviderError) as raised:
        list(shop.inventory(server, always(status, body)).keys())

    assert (raised.value.reason, shop.admin.value in str(raised.value)) == (reason, False)


@pytest.mark.parametrize(
    ("state", "validity"),
    [(State.ALIVE, VALID), (State.LIMITED, VALID), (State.DELETED, INVALID), (State.DOWN, UNKNOWN)],
)
def test_check_tells_whether_our_own_key_works(
    shop: Shop, transport: Transport, state: State, validity: Validity
) -> None:
    shop.admin.state = state
    with Server(shop.vendor) as server:
        assert shop.connection(server, shop.http(server, transport)).check().validity is validity


@pytest.mark.parametrize(("admin", "ok"), [(True, True), (False, False)])
def test_doctor_says_whether_the_list_can_be_read(shop: Shop, transport: Transport, admin: bool, ok: bool) -> None:  # noqa: FBT001  a table
    shop.admin.admin = admin
    with Server(shop.vendor) as server:
        lines = list(shop.connection(server, shop.http(server, transport)).diagnose())

    assert [(line.what, line.ok) for line in lines] == [("keys", ok)]


def test_the_rights_that_it_asks_for_are_named(shop: Shop) -> None:
    with Server(shop.vendor) as server:
        assert "service_account_write" in shop.connection(server, always(200)).least_privilege()


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, []),
        ({"ELEVENLABS_API_KEY": VALUE}, ["env:ELEVENLABS_API_KEY"]),
        ({"ELEVENLABS_API_KEY": VALUE, "ELEVENLABS_ADMIN_KEY": VALUE}, ["env:ELEVENLABS_ADMIN_KEY"]),
    ],
)
def test_discover_names_what_is_there_and_shows_no_value(environ: dict[str, str], found: list[str]) -> None:
    seen: list[Found] = list(discover(environ))

    assert ([one.table["admin"] for one in seen], VALUE in repr(seen)) == (found, False)
