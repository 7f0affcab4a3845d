"""A secret at moto as a rotation writes it: by labels on versions."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Secret, Stager
from credwatch_providers.aws.provider import AwsAccount
from tests.providers.aws.meddling import Meddling

ITEM = Item("aws-prod", "eu-west-1/voice/a")
MARK, OTHER = "cw-01JD0000000000000000000000-1", "cw-01JD9999999999999999999999-1"


def token(number: int = 1) -> str:
    return str(uuid.UUID(int=number))


def payload(text: str | bytes) -> Payload:
    return Payload({"": Secret(text)})


def shown(given: Payload) -> bytes:
    return given.parts[""].reveal_bytes()


def labels(admin: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = admin("secretsmanager").describe_secret(SecretId="voice/a")["VersionIdsToStages"]
    return {version: sorted(stages) for version, stages in found.items() if stages}


@pytest.fixture
def base(admin: Any) -> str:
    made = admin("secretsmanager").create_secret(Name="voice/a", SecretString='{"token": "old"}')
    version: str = made["VersionId"]
    return version


@pytest.fixture
def account(opened: Any, base: str) -> AwsAccount:
    del base
    made: AwsAccount = opened(secrets=["**"], writes=True)
    return made


def test_the_promises_are_kept_by_type(opened: Any) -> None:
    account: AwsAccount = opened(secrets=["**"])
    stager: Stager = account

    assert isinstance(stager, Stager)
    assert (stager.compare_and_swap, opened(parameters=["**"]).compare_and_swap) == (True, False)


def test_what_is_staged_is_seen_by_no_reader_and_read_back_to_the_byte(account: AwsAccount, base: str) -> None:
    staged = account.stage(ITEM, payload('{"token": "né"}'), MARK, token())

    held = account.held(ITEM)
    assert (held.version, shown(held.payload)) == (base, b'{"token": "old"}')
    assert shown(account.read_staged(ITEM, staged)) == '{"token": "né"}'.encode()
    assert (staged.version, staged.mark, account.staged(ITEM)) == (token(), MARK, staged)


def test_the_mark_is_a_label_of_the_version_that_it_marks(account: AwsAccount, admin: Any, base: str) -> None:
    account.stage(ITEM, payload("new"), MARK, token())

    assert labels(admin) == {base: ["AWSCURRENT"], token(): ["AWSPENDING", MARK]}


def test_a_version_is_promoted_and_nothing_is_left_pending(account: AwsAccount, admin: Any, base: str) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, token())

    version = account.promote(ITEM, staged, base)
    account.discard(ITEM, staged)

    held = account.held(ITEM)
    assert (version, held.version, shown(held.payload)) == (token(), token(), b"new")
    assert (account.staged(ITEM), labels(admin)) == (None, {token(): ["AWSCURRENT"], base: ["AWSPREVIOUS"]})
    assert shown(account.former(ITEM, base)) == b'{"token": "old"}'


def test_what_was_there_before_comes_back(account: AwsAccount, base: str) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, token())
    promoted = account.promote(ITEM, staged, base)

    assert account.revert(ITEM, base, promoted) == base
    assert shown(account.held(ITEM).payload) == b'{"token": "old"}'


def test_what_somebody_wrote_meanwhile_is_neither_promoted_over_nor_reverted(
    account: AwsAccount, admin: Any, base: str
) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, token())
    theirs = admin("secretsmanager").put_secret_value(SecretId="voice/a", SecretString="theirs")["VersionId"]

    with pytest.raises(Conflict, match=f"at version {theirs} now, not at {base}"):
        account.promote(ITEM, staged, base)
    with pytest.raises(Conflict):
        account.revert(ITEM, base, token())

    assert shown(account.held(ITEM).payload) == b"theirs"


def test_somebody_who_writes_in_the_last_moment_is_not_written_over(opened: Any, admin: Any, base: str) -> None:
    def theirs() -> None:
        admin("secretsmanager").put_secret_value(SecretId="voice/a", SecretString="theirs")

    account = opened(
        secrets=["**"], writes=True, way=lambda http: Meddling(http, at="UpdateSecretVersionStage", before=theirs)
    )
    staged = account.stage(ITEM, payload("new"), MARK, token())

    with pytest.raises(Conflict):
        account.promote(ITEM, staged, base)

    assert shown(account.held(ITEM).payload) == b"theirs"


@pytest.mark.parametrize("theirs", [["AWSPENDING"], ["AWSPENDING", OTHER]])
def test_a_slot_that_somebody_else_has_is_left_to_them(account: AwsAccount, admin: Any, theirs: list[str]) -> None:
    admin("secretsmanager").put_secret_value(SecretId="voice/a", SecretString="theirs", VersionStages=theirs)
    before = labels(admin)

    with pytest.raises(Conflict):
        account.stage(ITEM, payload("new"), MARK, token())

    lies = account.staged(ITEM)
    assert lies is not None
    assert (lies.mark, labels(admin)) == (OTHER if OTHER in theirs else "", before)


def test_a_finished_rotation_of_aws_leaves_the_slot_free(account: AwsAccount, admin: Any) -> None:
    both = ["AWSPENDING", "AWSCURRENT"]
    admin("secretsmanager").put_secret_value(SecretId="voice/a", SecretString="theirs", VersionStages=both)

    assert account.staged(ITEM) is None
    assert account.stage(ITEM, payload("new"), MARK, token()).version == token()


@pytest.mark.parametrize("mark", [MARK, MARK[:-1] + "2"])
def test_our_own_slot_is_written_anew_and_nothing_of_the_first_is_left(
    account: AwsAccount, admin: Any, base: str, mark: str
) -> None:
    account.stage(ITEM, payload("first"), MARK, token(1))

    staged = account.stage(ITEM, payload("second"), mark, token(2))

    assert shown(account.read_staged(ITEM, staged)) == b"second"
    assert labels(admin) == {base: ["AWSCURRENT"], token(2): ["AWSPENDING", mark]}


def test_the_same_bytes_under_the_same_token_are_taken_once(account: AwsAccount, admin: Any) -> None:
    first = account.stage(ITEM, payload("new"), MARK, token())

    again = account.stage(ITEM, payload("new"), MARK, token())

    assert replace(again, at=first.at) == first  # moto dates it anew
    assert len(labels(admin)) == 2


def test_a_mark_that_was_left_by_a_discard_that_died_is_found_and_taken_off(account: AwsAccount, admin: Any) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, token())
    admin("secretsmanager").update_secret_version_stage(
        SecretId="voice/a", VersionStage="AWSPENDING", RemoveFromVersionId=token()
    )

    left = account.staged(ITEM)
    account.discard(ITEM, staged)

    assert (left, account.staged(ITEM)) == (staged, None)


def test_an_empty_slot_is_discarded_without_a_word_and_another_ones_stays(account: AwsAccount, admin: Any) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, token())
    account.discard(ITEM, staged)
    account.discard(ITEM, staged)
    theirs = account.stage(ITEM, payload("theirs"), OTHER, token(2))

    account.discard(ITEM, staged)

    assert account.staged(ITEM) == theirs
    admin("secretsmanager").delete_secret(SecretId="voice/a", ForceDeleteWithoutRecovery=True)
    account.discard(ITEM, theirs)


def test_bytes_stay_bytes_though_they_could_be_text(opened: Any, admin: Any) -> None:
    admin("secretsmanager").create_secret(Name="voice/a", SecretBinary=json.dumps({"token": "old"}).encode())
    account = opened(secrets=["**"], writes=True)

    account.stage(ITEM, payload(b"\xff new"), MARK, token())

    kept = admin("secretsmanager").get_secret_value(SecretId="voice/a", VersionStage="AWSPENDING")
    assert (kept["SecretBinary"], "SecretString" in kept) == (b"\xff new", False)


def test_a_secret_whose_readers_follow_a_label_of_their_own_is_not_written(
    account: AwsAccount, admin: Any, base: str
) -> None:
    admin("secretsmanager").update_secret_version_stage(SecretId="voice/a", VersionStage="LIVE", MoveToVersionId=base)

    with pytest.raises(ProviderError, match="its label LIVE") as refused:
        account.stage(ITEM, payload("new"), MARK, token())

    assert refused.value.permanent


def test_of_two_who_stage_at_once_one_alone_can_promote(opened: Any, base: str) -> None:
    first, theirs = opened(secrets=["**"], writes=True), []

    def stage() -> None:
        theirs.append(first.stage(ITEM, payload("theirs"), OTHER, token(2)))

    second = opened(secrets=["**"], writes=True, way=lambda http: Meddling(http, at="PutSecretValue", before=stage))
    ours = second.stage(ITEM, payload("new"), MARK, token())

    with pytest.raises(Conflict):
        first.promote(ITEM, theirs[0], base)
    assert second.promote(ITEM, ours, base) == token()


def test_a_replica_is_not_written(opened: Any, admin: Any) -> None:
    admin("secretsmanager").create_secret(Name="tts", SecretString="1", AddReplicaRegions=[{"Region": "us-east-1"}])
    account = opened(secrets=["**"], regions=["eu-west-1", "us-east-1"], writes=True)

    with pytest.raises(ProviderError, match="it is a replica: write the one in eu-west-1") as refused:
        account.stage(Item("aws-prod", "us-east-1/tts"), payload("new"), MARK, token())

    assert refused.value.permanent


def test_a_version_that_is_gone_is_not_found(account: AwsAccount) -> None:
    with pytest.raises(ProviderError) as refused:
        account.former(ITEM, token(9))

    assert refused.value.reason is Reason.NOT_FOUND


def test_a_connection_that_watches_stages_nothing(opened: Any, admin: Any, base: str) -> None:
    with pytest.raises(ProviderError) as refused:
        opened(secrets=["**"]).stage(ITEM, payload("new"), MARK, token())

    assert (refused.value.permanent, labels(admin)) == (True, {base: ["AWSCURRENT"]})


def test_a_write_without_an_answer_is_sent_once_and_nobody_knows(opened: Any, base: str) -> None:
    ways: list[Meddling] = []

    def way(http: Any) -> Meddling:
        ways.append(Meddling(http, lost=frozenset({"PutSecretValue"})))
        return ways[-1]

    account = opened(secrets=["**"], writes=True, way=way)
    with pytest.raises(ProviderError) as lost:
        account.stage(ITEM, payload("new"), MARK, token())

    assert (lost.value.permanent, sum(each.asked.count("PutSecretValue") for each in ways)) == (False, 1)
    assert (account.held(ITEM).version, account.staged(ITEM)) == (base, account.staged(ITEM))
    assert shown(account.read_staged(ITEM, account.staged(ITEM))) == b"new"
