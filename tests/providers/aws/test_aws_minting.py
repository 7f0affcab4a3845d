"""Access keys at moto: made, switched off and on, and unmade."""

from __future__ import annotations

from typing import Any

import pytest

from credwatch.contract import Disables, Facts, Minter, ProviderError, Reason
from credwatch_providers.aws.inventory import ROOT
from credwatch_providers.aws.provider import AwsAccountWithKeys
from tests.providers.aws.meddling import Meddling

ACCOUNT = "123456789012"


@pytest.fixture
def key(admin: Any) -> Facts:
    """The first key of a user."""
    admin("iam").create_user(UserName="tts", Path="/voice/")
    made = admin("iam").create_access_key(UserName="tts")["AccessKey"]
    return Facts(account=ACCOUNT, key_id=made["AccessKeyId"], name="tts")


def ids(admin: Any) -> dict[str, str]:
    listed = admin("iam").list_access_keys(UserName="tts")["AccessKeyMetadata"]
    return {one["AccessKeyId"]: one["Status"] for one in listed}


def test_the_promises_are_kept_by_type(opened: Any) -> None:
    account: AwsAccountWithKeys = opened(iam=True)
    minter: Minter = account
    disables: Disables = account

    assert isinstance(minter, Minter)
    assert isinstance(disables, Disables)
    assert not isinstance(opened(secrets=["**"]), Minter)
    assert (minter.mints, minter.marks, minter.limit) == (frozenset({"aws-access-key"}), False, 2)


def test_a_key_is_made_for_the_same_user_and_works(opened: Any, admin: Any, key: Facts) -> None:
    minted = opened(iam=True, writes=True).mint(key, "cw-mark", None)

    made = minted.facts
    assert ids(admin).keys() == {key.key_id, made.key_id}
    assert (made.account, made.name, made.disabled, made.traits) == (ACCOUNT, "tts", False, {"user": "tts"})
    assert made.created is not None
    assert {role: len(value) for role, value in minted.values.items()} == {"id": 20, "secret": 40}
    assert minted.values["id"].reveal() == made.key_id


def test_a_third_key_is_at_the_limit_and_certainly_refused(opened: Any, key: Facts) -> None:
    account = opened(iam=True, writes=True)
    account.mint(key, "cw-mark", None)

    with pytest.raises(ProviderError) as refused:
        account.mint(key, "cw-mark", None)

    assert (refused.value.reason, refused.value.permanent) == (Reason.AT_LIMIT, True)


def test_a_key_for_a_user_who_is_gone_is_certainly_refused(opened: Any) -> None:
    with pytest.raises(ProviderError) as refused:
        opened(iam=True, writes=True).mint(Facts(key_id="AKIAIOSFODNN7EXAMPLE", name="gone"), "cw-mark", None)

    assert (refused.value.reason, refused.value.permanent) == (Reason.NOT_FOUND, True)


def test_a_create_without_an_answer_is_sent_once_and_nobody_knows(opened: Any, admin: Any, key: Facts) -> None:
    ways: list[Meddling] = []

    def way(http: Any) -> Meddling:
        ways.append(Meddling(http, lost=frozenset({"CreateAccessKey"})))
        return ways[-1]

    with pytest.raises(ProviderError) as lost:
        opened(iam=True, writes=True, way=way).mint(key, "cw-mark", None)

    assert not lost.value.permanent
    assert sum(each.asked.count("CreateAccessKey") for each in ways) == 1
    assert len(ids(admin)) == 2


def test_a_key_is_switched_off_and_on_and_seen_so(opened: Any, admin: Any, key: Facts) -> None:
    account = opened(iam=True, writes=True)

    account.disable(key)
    off = account.detail(key)
    account.enable(key)

    assert (off.disabled, account.detail(key).disabled, ids(admin)) == (True, False, {key.key_id: "Active"})


def test_a_key_is_unmade_and_once_more_is_no_error(opened: Any, admin: Any, key: Facts) -> None:
    account = opened(iam=True, writes=True)

    account.revoke(key)
    account.revoke(key)

    assert (ids(admin), account.detail(key)) == ({}, None)


def test_exactly_this_key_is_unmade(opened: Any, admin: Any, key: Facts) -> None:
    account = opened(iam=True, writes=True)
    made = account.mint(key, "cw-mark", None).facts

    account.revoke(made)

    assert ids(admin).keys() == {key.key_id}


@pytest.mark.parametrize("traits", [{"user": "tts"}, None])
def test_all_keys_of_the_user_count(opened: Any, key: Facts, traits: Any) -> None:
    account = opened(iam=True, writes=True)
    made = account.mint(key, "cw-mark", None).facts

    found = account.beside(Facts(key_id=key.key_id, traits=traits))

    assert {one.facts.key_id for one in found} == {key.key_id, made.key_id}


@pytest.mark.parametrize("method", ["mint", "revoke", "disable", "enable"])
def test_a_connection_that_watches_writes_nothing(opened: Any, admin: Any, key: Facts, method: str) -> None:
    given = (key, "cw-mark", None) if method == "mint" else (key,)

    with pytest.raises(ProviderError) as refused:
        getattr(opened(iam=True), method)(*given)

    assert (refused.value.reason, refused.value.permanent) == (Reason.MISCONFIGURED, True)
    assert ids(admin) == {key.key_id: "Active"}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(key_id="AKIAIOSFODNN7EXAMPL2", name=ROOT), "root user's"),
        (Facts(key_id="AKIAIOSFODNN7EXAMPL2"), "not known"),
        (Facts(account="999988887777", key_id="AKIAIOSFODNN7EXAMPL2", name="tts"), "account 999988887777"),
        (Facts(key_id="AKIAIOSFODNN7EXAMPLE", name="tts"), "log in with ourselves"),
    ],
)
def test_what_it_cannot_make_is_told_before(opened: Any, key: Facts, facts: Facts, said: str) -> None:
    assert key.key_id is not None
    assert said in opened(iam=True).may(facts)


def test_a_key_that_it_can_make_has_nothing_against_it_where_moto_simulates_nothing(opened: Any, key: Facts) -> None:
    assert opened(iam=True).may(key) == ""


@pytest.mark.parametrize("method", ["mint", "revoke", "disable", "enable"])
def test_a_key_of_the_root_user_is_not_touched(opened: Any, method: str) -> None:
    root = Facts(key_id="AKIAIOSFODNN7EXAMPL2", name=ROOT)
    given = (root, "cw-mark", None) if method == "mint" else (root,)

    with pytest.raises(ProviderError) as refused:
        getattr(opened(iam=True, writes=True), method)(*given)

    assert refused.value.permanent
