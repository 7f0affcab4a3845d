"""Service-account keys at a local IAM: made, switched off and on, and unmade."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from credwatch.contract import (
    NEVER,
    Disables,
    Explains,
    Facts,
    Minter,
    Payload,
    ProviderError,
    Reason,
    Reference,
    Secret,
    Step,
)
from credwatch.fields import unfold
from credwatch.sandbox.server import Server
from credwatch.transport import Transport
from credwatch_providers.gcp.iam import Iam as Client
from credwatch_providers.gcp.inventory import ServiceAccountKeys
from credwatch_providers.gcp.minting import Minting
from credwatch_providers.gcp.provider import GcpProjectsWithKeys
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings
from tests.servers.gcp import written
from tests.servers.gcp_iam import LIMIT, Iam
from tests.servers.wire import Canned, always

EMAIL = "tts@voice-prod-1.iam.gserviceaccount.com"
KEYS = f"iam.googleapis.com/v1/projects/voice-prod-1/serviceAccounts/{EMAIL}/keys"
CONSTRAINT = "iam.disableServiceAccountKeyCreation"


@pytest.fixture
def iam(account: dict[str, str]) -> Iam:
    """With one account that has a key."""
    made = Iam(account)
    made.make(EMAIL)
    return made


@pytest.fixture
def opened_to(iam: Iam) -> Iterator[Any]:
    """Opens the projects of a table there."""
    transport = Transport()
    with Server(iam) as server:

        def open_(*, writes: bool = True, **table: Any) -> Minting:
            return minting(transport.to([server.url.partition("//")[2]]), server.url, writes=writes, **table)

        yield open_
    transport.close()


@pytest.fixture
def minter(opened_to: Any) -> Minting:
    made: Minting = opened_to()
    return made


@pytest.fixture
def key(iam: Iam) -> Facts:
    """The first key, as a store and a probe tell of it."""
    (key_id,) = iam.keys[EMAIL]
    return Facts(account=EMAIL, key_id=key_id)


def minting(http: Any, base_url: str | None = None, *, writes: bool = True, **table: Any) -> Minting:
    settings = GcpSettings.model_validate({"projects": ["voice-prod-1"], "service_account_keys": True} | table)
    client = Client(GcpIssuerSettings(base_url=base_url), http, lambda: "ya29.canary", writes=writes)
    return Minting(settings, client, ServiceAccountKeys(settings, client))


def test_the_promises_are_kept_by_type(opened: Any) -> None:
    projects: GcpProjectsWithKeys = opened(service_account_keys=True)
    minter: Minter = projects
    disables: Disables = projects

    assert isinstance(minter, Minter)
    assert isinstance(disables, Disables)
    assert not isinstance(opened(), Minter)
    assert (minter.mints, minter.marks, minter.limit) == (frozenset({"gcp-service-account-key"}), False, LIMIT)


def test_a_key_is_made_whose_values_are_those_that_are_found_where_its_file_is_stored(
    minter: Minting, iam: Iam, key: Facts, account: dict[str, str]
) -> None:
    minted = minter.mint(key, "cw-mark", None)

    made = minted.facts
    file = account | {"client_email": EMAIL, "private_key_id": made.key_id}
    stored = unfold(Payload({"": Secret(json.dumps(file, indent=2))}))
    found = {leaf.name: leaf.value.reveal() for leaf in stored if leaf.name in minted.values}
    assert {role: value.reveal() for role, value in minted.values.items()} == found
    assert found.keys() == {"private_key", "private_key_id", "client_email"}
    assert iam.keys[EMAIL].keys() == {key.key_id, made.key_id}
    assert (made.account, made.disabled, made.expires, made.traits) == (
        EMAIL,
        False,
        NEVER,
        {"project": "voice-prod-1"},
    )
    assert made.created is not None


def test_an_eleventh_key_is_at_the_limit_though_iam_says_only_that_a_precondition_failed(
    minter: Minting, iam: Iam, key: Facts
) -> None:
    while len(iam.keys[EMAIL]) < LIMIT:
        iam.make(EMAIL)

    with pytest.raises(ProviderError) as refused:
        minter.mint(key, "cw-mark", None)

    assert (refused.value.reason, refused.value.permanent) == (Reason.AT_LIMIT, True)


def test_a_policy_of_the_organisation_that_forbids_keys_is_named(minter: Minting, iam: Iam, key: Facts) -> None:
    iam.policy = CONSTRAINT

    with pytest.raises(ProviderError, match=f"the organisation's policy {CONSTRAINT} forbids it") as refused:
        minter.mint(key, "cw-mark", None)

    assert (refused.value.reason, refused.value.permanent) == (Reason.FORBIDDEN, True)


@pytest.mark.parametrize("verb", ["create", "disable", "enable", "delete"])
def test_what_was_done_without_an_answer_nobody_knows(minter: Minting, iam: Iam, key: Facts, verb: str) -> None:
    iam.lost.add(verb)
    acts: dict[str, Callable[[], object]] = {
        "create": lambda: minter.mint(key, "cw-mark", None),
        "disable": lambda: minter.disable(key),
        "enable": lambda: minter.enable(key),
        "delete": lambda: minter.revoke(key),
    }

    with pytest.raises(ProviderError) as lost:
        acts[verb]()

    assert (lost.value.permanent, iam.asked.count("create")) == (False, verb == "create")
    assert len(iam.keys[EMAIL]) == {"create": 2, "delete": 0}.get(verb, 1)


def test_a_key_is_switched_off_and_on_and_seen_so(minter: Minting, key: Facts) -> None:
    minter.disable(key)
    off = minter.detail(key)
    minter.enable(key)
    on = minter.detail(key)

    assert off is not None
    assert on is not None
    assert (off.disabled, on.disabled) == (True, False)


def test_exactly_this_key_is_unmade_and_once_more_is_no_error(minter: Minting, iam: Iam, key: Facts) -> None:
    made = minter.mint(key, "cw-mark", None).facts

    minter.revoke(made)
    minter.revoke(made)

    assert (list(iam.keys[EMAIL]), minter.detail(made)) == ([key.key_id], None)


def test_all_keys_of_the_account_count_and_an_account_that_is_gone_has_none(
    minter: Minting, iam: Iam, key: Facts
) -> None:
    iam.make(EMAIL)

    assert len(list(minter.beside(key))) == 2
    assert list(minter.beside(Facts(account="gone@voice-prod-1.iam.gserviceaccount.com"))) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(account="tts@elsewhere-1.iam.gserviceaccount.com", traits={"project": "elsewhere-1"}), "not known"),
        (Facts(), "its account"),
        (Facts(account=EMAIL, key_id="0123456789abcdef0123456789abcdef01234567"), "log in with ourselves"),
        (Facts(account=EMAIL, key_id="1" * 40), ""),
    ],
)
def test_what_it_cannot_make_is_told_before(
    opened_to: Any, account: dict[str, str], tmp_path: Any, facts: Facts, said: str
) -> None:
    minter = opened_to(credentials=Reference(written(tmp_path, account)))

    assert (said in minter.may(facts), bool(minter.may(facts))) == (True, bool(said))


def test_a_right_that_we_lack_is_told_before(minter: Minting, iam: Iam, key: Facts) -> None:
    iam.granted = ["iam.serviceAccountKeys.create", "iam.serviceAccountKeys.disable"]

    assert minter.may(key) == f"we lack iam.serviceAccountKeys.delete on {EMAIL}"


def test_where_rights_may_not_be_asked_for_nothing_is_said(key: Facts) -> None:
    assert minting(always(403, '{"error": {"code": 403}}')).may(key) == ""


@pytest.mark.parametrize(
    ("account", "projects", "traits", "path"),
    [
        (EMAIL, ["voice-prod-2", "voice-prod-1"], None, "voice-prod-1"),
        ("1-compute@developer.gserviceaccount.com", ["voice-prod-1"], None, "voice-prod-1"),
        ("1-compute@developer.gserviceaccount.com", ["a-1", "b-1"], {"project": "b-1"}, "b-1"),
        ("1-compute@developer.gserviceaccount.com", ["a-1", "b-1"], None, None),
    ],
)
def test_in_which_project_an_account_is(account: str, projects: list[str], traits: Any, path: str | None) -> None:
    assert minting(always(200, "{}"), projects=projects)._project(Facts(account=account, traits=traits)) == path


@pytest.mark.parametrize("method", ["mint", "revoke", "disable", "enable"])
def test_a_connection_that_watches_writes_nothing(opened_to: Any, iam: Iam, key: Facts, method: str) -> None:
    before = json.dumps(iam.keys)

    with pytest.raises(ProviderError) as refused:
        getattr(opened_to(writes=False), method)(*((key, "cw-mark", None) if method == "mint" else (key,)))

    assert (refused.value.reason, refused.value.permanent) == (Reason.MISCONFIGURED, True)
    assert json.dumps(iam.keys) == before


@pytest.mark.parametrize("key_id", [None, "", "../serviceAccounts", "0123"])
def test_a_key_without_an_id_of_a_key_is_not_touched(minter: Minting, iam: Iam, key_id: str | None) -> None:
    with pytest.raises(ProviderError) as refused:
        minter.revoke(Facts(account=EMAIL, key_id=key_id))

    assert (refused.value.permanent, len(iam.keys[EMAIL])) == (True, 1)


@pytest.mark.parametrize(
    ("status", "body", "reason", "permanent"),
    [
        (403, '{"error": {"code": 403, "message": "Permission x denied"}}', Reason.FORBIDDEN, True),
        (401, '{"error": {"code": 401}}', Reason.LOGIN_REFUSED, True),
        (404, '{"error": {"code": 404}}', Reason.NOT_FOUND, True),
        (400, '{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}', Reason.UNEXPECTED, True),
        (
            429,
            '{"error": {"code": 429, "message": "Maximum number of keys on account reached."}}',
            Reason.AT_LIMIT,
            True,
        ),
        (429, '{"error": {"code": 429, "message": "Quota exceeded"}}', Reason.RATE_LIMITED, False),
        (429, "slow down", Reason.RATE_LIMITED, False),
        (403, "<html>blocked</html>", Reason.UNEXPECTED, False),
        (404, '{"error": "no"}', Reason.UNEXPECTED, False),
        (500, '{"error": {"code": 500}}', Reason.SERVER_ERROR, False),
        (503, "", Reason.SERVER_ERROR, False),
        (200, "<html>welcome to the hotel</html>", Reason.UNREADABLE, False),
        (200, "{}", Reason.UNREADABLE, False),
        (200, '{"privateKeyData": "bm90IGpzb24="}', Reason.UNREADABLE, False),
        (200, '{"privateKeyData": "e30="}', Reason.UNREADABLE, False),
    ],
)
def test_a_refusal_in_googles_own_words_is_certain_and_all_else_is_not(
    key: Facts, status: int, body: str, reason: Reason, *, permanent: bool
) -> None:
    http: Canned = always(status, body)

    with pytest.raises(ProviderError) as refused:
        minting(http).mint(key, "cw-mark", None)

    assert (refused.value.reason, refused.value.permanent) == (reason, permanent)
    assert [request.method for request in http.asked].count("POST") == 1


@pytest.mark.parametrize(("lifetime", "lost"), [(None, 1), (timedelta(days=90), 2)])
def test_what_a_successor_has_is_told_before(
    minter: Minting, key: Facts, lifetime: timedelta | None, lost: int
) -> None:
    carried = minter.carried(key, lifetime)

    assert (EMAIL in carried.same[0], len(carried.lost)) == (True, lost)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step.MINT, f"POST {KEYS}"),
        (Step.DISABLE, f"POST {KEYS}/{1:040x}:disable"),
        (Step.REVOKE, f"DELETE {KEYS}/{1:040x}"),
        (Step.RELOAD, ""),
    ],
)
def test_the_request_of_a_step_is_said_beforehand(opened: Any, key: Facts, step: Step, call: str) -> None:
    projects = opened(service_account_keys=True)

    assert isinstance(projects, Explains)
    assert projects.call(step, key) == call
    assert projects.call(step, Facts()) == ""
