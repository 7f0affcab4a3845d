"""The local vendors: what they answer is what the vendors document, and their keys can be moved while they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import Listed, Reason, TransportError, Validity
from credwatch.sandbox.keys import State
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from tests.servers.vendors import NOON, SHOPS, Shop, Still, openai_shop, twilio_shop

VALID, INVALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.SUSPENDED, Validity.UNKNOWN
DEAD = (State.DELETED, State.EXPIRED, State.DISABLED)
REFUSED = (INVALID, Reason.REFUSED)
CLOSED = (INVALID, Reason.REJECTED_OR_CLOSED)
UNSAID = (UNKNOWN, Reason.UNEXPECTED)
LIMITED = (VALID, Reason.LIMITED)
BROKE = (SUSPENDED, Reason.OUT_OF_CREDIT)
SHUT = (SUSPENDED, Reason.ACCOUNT_SUSPENDED)
EVERYWHERE = {
    State.ALIVE: (VALID, Reason.OK),
    State.SLOW: (VALID, Reason.OK),
    State.DOWN: (UNKNOWN, Reason.SERVER_ERROR),
    State.RATE_LIMITED: (UNKNOWN, Reason.RATE_LIMITED),
}
READ_AS = {
    "twilio": dict.fromkeys(DEAD, CLOSED)
    | {State.LIMITED: (UNKNOWN, Reason.FORBIDDEN), State.OUT_OF_CREDIT: SHUT, State.SUSPENDED: SHUT},
    "deepgram": dict.fromkeys(DEAD, REFUSED)
    | {State.LIMITED: LIMITED, State.OUT_OF_CREDIT: BROKE, State.SUSPENDED: BROKE},
    "elevenlabs": {State.DELETED: REFUSED, State.EXPIRED: UNSAID, State.DISABLED: UNSAID}
    | {State.LIMITED: LIMITED, State.OUT_OF_CREDIT: BROKE, State.SUSPENDED: SHUT},
    "openai": dict.fromkeys(DEAD, REFUSED)
    | {State.LIMITED: LIMITED, State.OUT_OF_CREDIT: BROKE, State.SUSPENDED: BROKE},
}
CONDITIONS = [
    pytest.param(name, state, expected, id=f"{name}-{state}")
    for name, table in READ_AS.items()
    for state, expected in (EVERYWHERE | table).items()
]


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(deadline=timedelta(seconds=5))
    yield made
    made.close()


@pytest.fixture(params=sorted(SHOPS))
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    return SHOPS[request.param](tmp_path, Still())


def test_every_condition_has_its_line() -> None:
    assert all(EVERYWHERE.keys() | table.keys() == set(State) for table in READ_AS.values())


@pytest.mark.parametrize(("name", "state", "expected"), CONDITIONS)
def test_a_key_in_every_condition_is_read_as_the_vendor_means_it(
    name: str, state: State, expected: tuple[Validity, Reason], tmp_path: Path, transport: Transport
) -> None:
    shop = SHOPS[name](tmp_path, Still())
    shop.vendor.slowness = 0.05
    shop.key.state = state
    with Server(shop.vendor) as server:
        result = shop.probe(server, shop.http(server, transport))

    assert (result.validity, result.reason) == expected


@pytest.mark.parametrize("state", [State.DOWN, State.RATE_LIMITED])
def test_the_vendors_own_state_goes_before_its_keys(shop: Shop, state: State, transport: Transport) -> None:
    shop.key.state = State.DELETED
    shop.vendor.state = state
    with Server(shop.vendor) as server:
        result = shop.probe(server, shop.http(server, transport))

    assert (result.validity, result.reason) == EVERYWHERE[state]


def test_too_many_requests_say_when_to_come_back(shop: Shop, transport: Transport) -> None:
    shop.key.state = State.RATE_LIMITED
    shop.vendor.retry_after = 7
    with Server(shop.vendor) as server:
        http = transport.to([server.url.removeprefix("http://")])
        shop.probe(server, http)

    assert http.retry_after == 7.0


def test_a_slow_vendor_is_not_waited_for_beyond_the_deadline(shop: Shop, transport: Transport) -> None:
    shop.key.state = State.SLOW
    with Server(shop.vendor) as server, pytest.raises(TransportError) as raised:
        shop.probe(server, shop.http(server, transport, timedelta(seconds=0.2)))

    assert raised.value.reason is Reason.TIMEOUT


def test_a_key_moves_from_condition_to_condition_while_the_vendor_runs(shop: Shop, transport: Transport) -> None:
    with Server(shop.vendor) as server:
        http = shop.http(server, transport)
        before = shop.probe(server, http)
        shop.key.state = State.DELETED
        after = shop.probe(server, http)

    assert (before.validity, after.validity) == (VALID, INVALID)


def test_a_key_expires_by_its_date(shop: Shop, transport: Transport) -> None:
    shop.key.expires = NOON + timedelta(days=1)
    with Server(shop.vendor) as server:
        http = shop.http(server, transport)
        before = shop.probe(server, http)
        shop.clock.at = NOON + timedelta(days=1)
        after = shop.probe(server, http)

    assert (before.validity, after.validity is not VALID) == (VALID, True)


def test_the_same_name_makes_the_same_key_and_another_name_another(tmp_path: Path) -> None:
    made = [SHOPS[name](tmp_path, Still()).key.value for name in SHOPS for _ in range(2)]

    assert (made[::2] == made[1::2], len(set(made))) == (True, len(SHOPS))


def test_lists_and_probes_are_as_the_vendors_documents_say(shop: Shop, transport: Transport) -> None:
    with Server(shop.vendor) as server:
        http = shop.http(server, transport)
        shop.connection(server, http).check()
        listed = list(shop.inventory(server, http).keys())
        shop.probe(server, http)

    assert all(isinstance(one, Listed) for one in listed)
    assert len(http.checked) >= 2
    assert {path for path, _ in http.unknown} <= {"/v2/Services"}  # Verify stands in no document


def test_refusals_are_as_the_vendors_documents_say(tmp_path: Path, transport: Transport) -> None:
    refusals = {State.DELETED, State.LIMITED, State.RATE_LIMITED}
    for make in (SHOPS["deepgram"], SHOPS["elevenlabs"], SHOPS["openai"]):
        shop = make(tmp_path, Still())
        with Server(shop.vendor) as server:
            http = shop.http(server, transport)
            for shop.key.state in refusals:
                shop.probe(server, http)

        assert (len(http.checked), http.unknown) == (len(refusals), [])


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (State.DELETED, 401, 20003),
        (State.LIMITED, 403, 70051),
        (State.OUT_OF_CREDIT, 403, 20005),
        (State.SUSPENDED, 403, 20403),
        (State.RATE_LIMITED, 429, 20429),
    ],
)
def test_twilio_refuses_in_the_envelope_that_its_pages_show(
    state: State, status: int, code: int, tmp_path: Path, transport: Transport
) -> None:
    shop = twilio_shop(tmp_path, Still())
    shop.vendor.state = state
    with Server(shop.vendor) as server:
        http = transport.to([server.url.removeprefix("http://")])
        reply = http.send("GET", f"{server.url}/v2/Services?PageSize=1", headers={})
        body = reply.json() or {}

    assert (reply.status, body["code"], body["status"], set(body)) == (
        status,
        code,
        status,
        {"code", "message", "more_info", "status"},
    )


def test_openai_hides_keys_from_a_list_that_does_not_ask_for_any_owner(tmp_path: Path, transport: Transport) -> None:
    shop = openai_shop(tmp_path, Still())
    path = "/v1/organization/projects/proj_1/api_keys"
    with Server(shop.vendor) as server:
        http = shop.http(server, transport)
        headers = {"authorization": f"Bearer {shop.admin.value}"}
        plain = http.send("GET", f"{server.url}{path}", headers=headers).json() or {}
        whole = http.send("GET", f"{server.url}{path}?owner_project_access=any", headers=headers).json() or {}

    assert (len(plain["data"]), len(whole["data"])) == (0, 1)


def test_no_value_is_in_the_log_or_in_a_repr(shop: Shop, transport: Transport) -> None:
    with Server(shop.vendor) as server:
        http = shop.http(server, transport)
        list(shop.inventory(server, http).keys())
        shop.probe(server, http)
        shown = repr(server.requests) + repr(shop.key) + repr(replace(shop.admin))

    assert not any(value in shown for value in (shop.key.value, shop.admin.value))
