"""Twilio: the lists of an account and its subaccounts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from credwatch.contract import (
    NEVER,
    Diagnose,
    Facts,
    Found,
    Inventory,
    Listed,
    Needs,
    Provider,
    ProviderError,
    Reason,
    Reply,
    Setup,
    Unlisted,
    Validity,
)
from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers.twilio import discover
from credwatch_providers.twilio.account import TwilioAccount, Untold
from credwatch_providers.twilio.keys import API_KEY, IssuerSettings
from tests.servers.vendors import NOON, Shop, Still, twilio_shop
from tests.servers.wire import Canned, Request, always

VALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.SUSPENDED, Validity.UNKNOWN
AC, SK, VALUE = f"AC{'0' * 32}", f"SK{'1' * 32}", f"Zz{'a' * 30}"
PARTS: tuple[type[Provider], type[Inventory], type[Needs], type[Diagnose]] = (TwilioAccount,) * 4
NONE: tuple[type[Provider], type[Diagnose]] = (Untold,) * 2


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return twilio_shop(tmp_path, Still())


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5))
    yield made
    made.close()


def listed(shop: Shop, transport: Transport) -> list[Listed | Unlisted]:
    with Server(shop.vendor) as server:
        return list(shop.inventory(server, shop.http(server, transport)).keys())


def _with_subaccount(shop: Shop) -> Key:
    account = shop.vendor.open("eu", parent=shop.table["account"]).sid
    shop.table = {**shop.table, "subaccounts": {"eu": account}}
    made: Key = shop.vendor.issue("in eu", account)
    return made


def test_the_list_tells_account_sid_name_and_the_day_it_was_made(shop: Shop, transport: Transport) -> None:
    traits = {"flags": '["rest_api", "signing"]', "policy": "null"}
    facts = Facts(shop.key.account, shop.key.id, name="voice", created=NOON, expires=NEVER, traits=traits)

    assert listed(shop, transport)[0] == Listed(API_KEY, facts)


def test_subaccounts_are_listed_under_their_own_sid(shop: Shop, transport: Transport) -> None:
    made = _with_subaccount(shop)
    found = [(one.facts.account, one.facts.key_id) for one in listed(shop, transport) if isinstance(one, Listed)]

    assert found == [(key.account, key.id) for key in (shop.key, shop.admin, made)]


@pytest.mark.parametrize("iam", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_every_page_of_the_new_list_and_of_the_old_one_is_read(
    shop: Shop,
    transport: Transport,
    iam: bool,  # noqa: FBT001  a table
    size: int,
) -> None:
    for number in range(4):
        shop.vendor.issue(f"more {number}", shop.key.account)
    shop.vendor.page, shop.vendor.iam = size, iam

    assert [one.facts.key_id for one in listed(shop, transport) if isinstance(one, Listed)] == [
        key.id for key in shop.vendor.keys
    ]


ACCOUNT = json.dumps({"sid": AC, "status": "active"})


def at_twilio(shop: Shop, http: Canned) -> TwilioAccount:
    """The connection as it is without `base_url`."""
    assert shop.plugin.provider is not None
    settings = shop.plugin.provider_settings.model_validate(shop.table)
    made = shop.plugin.provider(Setup("ours", settings, IssuerSettings(), http, lambda _: http))
    assert isinstance(made, TwilioAccount)
    return made


def pages(keys: str) -> Canned:
    """An active account and, for every page of keys, this; nobody needs ten."""

    def answer(asked: Request) -> Reply:
        assert len(http.asked) < 10
        return Reply(200, {}, (keys if "/Keys" in asked.url else ACCOUNT).encode())

    http = Canned(answer)
    return http


def test_accounts_and_keys_are_asked_for_at_the_hosts_that_know_them(shop: Shop) -> None:
    http = pages('{"keys": []}')
    list(at_twilio(shop, http).keys())

    assert [asked.url.partition("?")[0] for asked in http.asked] == [
        f"https://api.twilio.com/2010-04-01/Accounts/{shop.key.account}.json",
        "https://iam.twilio.com/v1/Keys",
    ]


@pytest.mark.parametrize(
    "following",
    ["https://iam.twilio.com.evil.example/v1/Keys", "//evil.example/", "http://iam.twilio.com/v1/Keys?Page=1"],
)
def test_a_next_page_at_another_host_is_not_asked_for(shop: Shop, following: str) -> None:
    http = pages(json.dumps({"keys": [], "meta": {"next_page_url": following}}))
    with pytest.raises(ProviderError) as raised:
        list(at_twilio(shop, http).keys())

    assert (raised.value.reason, len(http.asked)) == (Reason.WRONG_HOST, 2)


def test_a_list_that_runs_in_a_circle_is_an_error(shop: Shop) -> None:
    http = pages(json.dumps({"keys": [], "meta": {"next_page_url": "https://iam.twilio.com/v1/Keys?Page=1"}}))
    with pytest.raises(ProviderError) as raised:
        list(at_twilio(shop, http).keys())

    assert raised.value.reason is Reason.BROKEN


def test_one_forbidden_subaccount_is_unlisted_and_the_others_are_listed(shop: Shop, transport: Transport) -> None:
    sub = _with_subaccount(shop).account
    shop.vendor.forbidden.add(sub)
    found = listed(shop, transport)

    assert [(one.scope, one.reason) for one in found if isinstance(one, Unlisted)] == [(sub, Reason.LOGIN_REFUSED)]
    assert sum(isinstance(one, Listed) for one in found) == 2


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_the_keys_of_an_account_that_is_shut_are_not_called_gone(shop: Shop, transport: Transport, status: str) -> None:
    sub = _with_subaccount(shop).account
    shop.vendor.accounts[sub].status = status
    found = [one for one in listed(shop, transport) if isinstance(one, Unlisted)]

    assert found == [Unlisted(sub, Reason.ACCOUNT_SUSPENDED, f"Twilio says that this account is {status}")]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, "", Reason.SERVER_ERROR),
        (429, json.dumps({"code": 20429, "status": 429}), Reason.RATE_LIMITED),
        (200, "<html></html>", Reason.UNREADABLE),
        (200, '{"keys": [{"friendly_name": "no sid"}]}', Reason.UNREADABLE),
        (200, '{"keys": [{"sid": "SK", "date_created": "yesterday"}]}', Reason.UNREADABLE),
        (200, '{"sid": "SK"}', Reason.UNREADABLE),
    ],
)
def test_a_listing_that_breaks_is_an_error_and_repeats_no_value(
    shop: Shop, status: int, body: str, reason: Reason
) -> None:
    http = Canned(
        lambda asked: Reply(status, {}, body.encode()) if "/Keys" in asked.url else Reply(200, {}, ACCOUNT.encode())
    )
    with pytest.raises(ProviderError) as raised:
        list(at_twilio(shop, http).keys())

    assert (raised.value.reason, shop.admin.value in str(raised.value)) == (reason, False)


def test_the_auth_token_that_stands_in_an_accounts_page_goes_nowhere(shop: Shop, transport: Transport) -> None:
    token = shop.vendor.issue_token(shop.key.account).value
    with Server(shop.vendor) as server:
        made = shop.connection(server, shop.http(server, transport))
        shown = repr([made.check(), *made.keys(), *made.diagnose()]) + repr(vars(made))

    assert token not in shown


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        (State.ALIVE, "active", (VALID, Reason.OK)),
        (State.DELETED, "active", (UNKNOWN, Reason.LOGIN_REFUSED)),
        (State.DOWN, "active", (UNKNOWN, Reason.SERVER_ERROR)),
        (State.ALIVE, "suspended", (SUSPENDED, Reason.ACCOUNT_SUSPENDED)),
    ],
)
def test_check_tells_whether_our_own_key_works(
    shop: Shop, transport: Transport, state: State, status: str, expected: tuple[Validity, Reason]
) -> None:
    shop.admin.state = state
    shop.vendor.accounts[shop.key.account].status = status
    with Server(shop.vendor) as server:
        result = shop.connection(server, shop.http(server, transport)).check()

    assert (result.validity, result.reason) == expected


def test_an_account_whose_page_says_that_it_is_shut_is_suspended_though_we_may_look(shop: Shop) -> None:
    http = always(200, json.dumps({"sid": AC, "status": "suspended"}))

    assert at_twilio(shop, http).check().validity is SUSPENDED


def test_the_auth_token_may_stand_for_a_main_key(shop: Shop, transport: Transport, tmp_path: Path) -> None:
    token = shop.vendor.issue_token(shop.key.account)
    (tmp_path / "token").write_text(token.value)
    shop.table = {**shop.table, "admin": {"sid": token.id, "secret": f"file:{tmp_path}/token"}}

    assert len(listed(shop, transport)) == 2


def test_without_an_admin_key_nothing_is_listed_and_doctor_says_what_is_missed(shop: Shop) -> None:
    shop.table = {"account": AC}
    with Server(shop.vendor) as server:
        made = shop.connection(server, always(500))

    assert (isinstance(made, Inventory), made.check().validity) == (False, VALID)
    assert [(line.ok, "account closed" in line.said) for line in made.diagnose()] == [(True, True)]


def test_doctor_counts_the_keys_and_names_a_forbidden_subaccount(shop: Shop, transport: Transport) -> None:
    sub = _with_subaccount(shop).account
    shop.vendor.forbidden.add(sub)
    with Server(shop.vendor) as server:
        lines = list(shop.connection(server, shop.http(server, transport)).diagnose())

    assert [(line.what, line.ok) for line in lines] == [(f"keys of {sub}", False), ("keys", True)]


def test_the_rights_that_it_asks_for_are_named_with_every_account(shop: Shop) -> None:
    said = at_twilio(shop, always(200)).least_privilege()

    assert (shop.key.account in said, "Main" in said) == (True, True)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"account": "AC1"},
        {"account": AC, "admin": {"sid": "XX", "secret": "env:A"}},
        {"account": AC, "admin": {"sid": SK, "secret": "hunter2"}},
        {"account": AC, "subaccounts": {"eu": SK}},
        {"account": AC, "acount": AC},
    ],
)
def test_a_wrong_table_is_refused_and_not_repeated(shop: Shop, table: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as raised:
        shop.plugin.provider_settings.model_validate(table)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("environ", "tables"),
    [
        ({}, []),
        ({"TWILIO_AUTH_TOKEN": VALUE}, []),
        ({"TWILIO_ACCOUNT_SID": AC}, [{"use": "twilio", "account": AC}]),
        (
            {"TWILIO_ACCOUNT_SID": AC, "TWILIO_AUTH_TOKEN": VALUE},
            [{"use": "twilio", "account": AC, "admin": {"sid": AC, "secret": "env:TWILIO_AUTH_TOKEN"}}],
        ),
    ],
)
def test_discover_names_what_is_there_and_shows_no_value(
    environ: dict[str, str], tables: list[dict[str, object]]
) -> None:
    seen: list[Found] = list(discover(environ))

    assert ([one.table for one in seen], VALUE in repr(seen)) == (tables, False)
