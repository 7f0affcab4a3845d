"""A parameter at moto as a rotation writes it: compared, written, and its history read for who wrote between."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Secret, Staged
from credwatch_providers.aws.parameter_staging import _kept
from credwatch_providers.aws.provider import AwsAccount
from tests.providers.aws.meddling import Meddling

ITEM = Item("aws-prod", "eu-west-1/ssm:/voice/a")
MARK, OTHER = "cw-01JD0000000000000000000000-1", "cw-01JD9999999999999999999999-1"
TOKEN = str(uuid.UUID(int=1))
KEPT = {"Description": "speech", "AllowedPattern": ".*", "KeyId": "alias/voice", "Tier": "Advanced"}
TABLE = {"parameters": ["**"], "writes": True}


def payload(text: str) -> Payload:
    return Payload({"": Secret(text)})


def shown(given: Payload) -> str:
    return given.parts[""].reveal()


def history(admin: Any, name: str = "/voice/a") -> list[Any]:
    found: list[Any] = admin("ssm").get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
    return found


def slots(admin: Any) -> list[str]:
    found = admin("ssm").describe_parameters()["Parameters"]
    return [one["Name"] for one in found if one["Name"].startswith("/credwatch-pending/")]


@pytest.fixture(autouse=True)
def _base(admin: Any) -> None:
    admin("ssm").put_parameter(Name="/voice/a", Value="older", Type="SecureString", **KEPT)
    admin("ssm").put_parameter(Name="/voice/a", Value="old", Overwrite=True)


@pytest.fixture
def account(opened: Any) -> AwsAccount:
    made: AwsAccount = opened(**TABLE)
    return made


def test_what_is_staged_is_seen_by_no_reader_and_read_back_to_the_byte(account: AwsAccount, admin: Any) -> None:
    staged = account.stage(ITEM, payload('{"token": "né"}\n'), MARK, TOKEN)

    held = account.held(ITEM)
    assert (held.version, shown(held.payload)) == ("2", "old")
    assert shown(account.read_staged(ITEM, staged)) == '{"token": "né"}\n'
    found = account.staged(ITEM)
    assert found is not None
    assert ((found.version, found.mark), found.at is not None) == ((staged.version, MARK), True)
    assert [item.locator for item in account.items() if isinstance(item, Item)] == [ITEM.locator]
    assert len(slots(admin)) == 1


def test_the_slot_is_encrypted_under_the_same_key(account: AwsAccount, admin: Any) -> None:
    account.stage(ITEM, payload("new"), MARK, TOKEN)

    (slot,) = slots(admin)
    (made,) = history(admin, slot)
    assert [made[name] for name in ("Type", "KeyId", "Tier")] == ["SecureString", "alias/voice", "Advanced"]


def test_a_value_is_promoted_with_all_else_as_it_was_and_the_slot_goes(account: AwsAccount, admin: Any) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, TOKEN)

    version = account.promote(ITEM, staged, "2")
    account.discard(ITEM, staged)

    newest = history(admin)[-1]
    assert (version, newest["Value"], newest["Type"]) == ("3", "new", "SecureString")
    assert {name: newest[name] for name in KEPT} == KEPT
    assert (account.staged(ITEM), slots(admin), shown(account.former(ITEM, "2"))) == (None, [], "old")


@pytest.mark.parametrize("kind", ["String", "StringList"])
def test_a_parameter_in_the_clear_stays_what_it_is_and_its_slot_is_encrypted(
    account: AwsAccount, admin: Any, kind: str
) -> None:
    admin("ssm").put_parameter(Name="plain", Value="old", Type=kind)
    item = Item("aws-prod", "eu-west-1/ssm:plain")

    staged = account.stage(item, payload("new"), MARK, TOKEN)
    (slot,) = slots(admin)
    account.promote(item, staged, "1")

    assert [history(admin, name)[-1]["Type"] for name in (slot, "plain")] == ["SecureString", kind]


def test_what_was_there_before_comes_back_as_a_new_version(account: AwsAccount) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, TOKEN)
    promoted = account.promote(ITEM, staged, "2")

    assert account.revert(ITEM, "2", promoted) == "4"
    assert shown(account.held(ITEM).payload) == "old"


def test_what_somebody_wrote_meanwhile_is_neither_promoted_over_nor_reverted(account: AwsAccount, admin: Any) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, TOKEN)
    admin("ssm").put_parameter(Name="/voice/a", Value="theirs", Overwrite=True)

    with pytest.raises(Conflict, match=r"version 3 was written by \S+ at .*, and 2 was expected"):
        account.promote(ITEM, staged, "2")
    with pytest.raises(Conflict):
        account.revert(ITEM, "1", "2")

    assert shown(account.held(ITEM).payload) == "theirs"


def test_what_somebody_wrote_in_the_last_moment_stands_again_and_they_are_named(opened: Any, admin: Any) -> None:
    def theirs() -> None:
        for value in ("theirs", "theirs too"):
            admin("ssm").put_parameter(Name="/voice/a", Value=value, Overwrite=True)

    staged = opened(**TABLE).stage(ITEM, payload("new"), MARK, TOKEN)
    account = opened(**TABLE, way=lambda http: Meddling(http, at="PutParameter", before=theirs))

    with pytest.raises(
        Conflict, match=r"version 4 was written by \S+ at .* while we wrote; it stands again, as version 6"
    ):
        account.promote(ITEM, staged, "2")

    assert shown(account.held(ITEM).payload) == "theirs too"
    assert [one["Value"] for one in history(admin)] == ["older", "old", "theirs", "theirs too", "new", "theirs too"]


def test_what_somebody_wrote_after_us_as_well_is_not_touched(opened: Any, admin: Any) -> None:
    def theirs() -> None:
        admin("ssm").put_parameter(Name="/voice/a", Value="theirs", Overwrite=True)

    def last() -> None:
        admin("ssm").put_parameter(Name="/voice/a", Value="theirs at last", Overwrite=True)

    staged = opened(**TABLE).stage(ITEM, payload("new"), MARK, TOKEN)

    def way(http: Any) -> Meddling:
        return Meddling(Looking(http, last), at="PutParameter", before=theirs)

    with pytest.raises(Conflict, match="then version 5 was written"):
        opened(**TABLE, way=way).promote(ITEM, staged, "2")

    assert history(admin)[-1]["Value"] == "theirs at last"


class Looking(Meddling):
    """What happens, happens before the history is looked at after the write: at the slot's and the parameter's before it."""

    def __init__(self, http: Any, before: Any) -> None:
        super().__init__(http, at="", before=before)

    def send(self, method: str, url: str, *, headers: Any, body: bytes = b"") -> Any:
        history = any(str(value).endswith("GetParameterHistory") for value in headers.values())
        if history and self.asked.count("GetParameterHistory") == 2:
            self.before()
        return super().send(method, url, headers=headers, body=body)


def test_what_fails_after_the_write_says_not_that_nothing_was_changed(opened: Any, admin: Any) -> None:
    def theirs() -> None:
        admin("ssm").put_parameter(Name="/voice/a", Value="theirs", Overwrite=True)

    def gone() -> None:
        admin("ssm").delete_parameter(Name="/voice/a")

    staged = opened(**TABLE).stage(ITEM, payload("new"), MARK, TOKEN)

    def way(http: Any) -> Meddling:
        return Meddling(Looking(http, gone), at="PutParameter", before=theirs)

    with pytest.raises(ProviderError) as failed:
        opened(**TABLE, way=way).promote(ITEM, staged, "2")

    assert (type(failed.value), failed.value.permanent) == (ProviderError, False)


@pytest.mark.parametrize("description", [OTHER, "somebody's own words", ""])
def test_a_slot_that_somebody_else_has_is_left_to_them(account: AwsAccount, admin: Any, description: str) -> None:
    account.stage(ITEM, payload("theirs"), OTHER, TOKEN)
    (slot,) = slots(admin)
    admin("ssm").put_parameter(Name=slot, Value="theirs", Overwrite=True, Description=description)

    with pytest.raises(Conflict):
        account.stage(ITEM, payload("new"), MARK, TOKEN)

    account.discard(ITEM, Staged("2", MARK))
    assert history(admin, slot)[-1]["Value"] == "theirs"


def test_a_slot_that_somebody_takes_in_the_last_moment_is_theirs(opened: Any) -> None:
    first = opened(**TABLE)

    def theirs() -> None:
        first.stage(ITEM, payload("theirs"), OTHER, TOKEN)

    second = opened(**TABLE, way=lambda http: Meddling(http, at="PutParameter", before=theirs))
    with pytest.raises(Conflict):
        second.stage(ITEM, payload("new"), MARK, TOKEN)

    lies = first.staged(ITEM)
    assert (lies.mark, shown(first.read_staged(ITEM, lies))) == (OTHER, "theirs")


def test_a_parameter_whose_readers_follow_a_label_is_not_written(account: AwsAccount, admin: Any) -> None:
    admin("ssm").label_parameter_version(Name="/voice/a", ParameterVersion=2, Labels=["live"])

    with pytest.raises(ProviderError, match="its label live") as refused:
        account.stage(ITEM, payload("new"), MARK, TOKEN)

    assert (refused.value.permanent, slots(admin)) == (True, [])


@pytest.mark.parametrize("mark", [MARK, MARK[:-1] + "2"])
def test_our_own_slot_is_written_anew(account: AwsAccount, mark: str) -> None:
    account.stage(ITEM, payload("first"), MARK, TOKEN)

    staged = account.stage(ITEM, payload("second"), mark, TOKEN)

    found = account.staged(ITEM)
    assert found is not None
    assert (found.mark, found.version, shown(account.read_staged(ITEM, found))) == (mark, staged.version, "second")


def test_an_empty_slot_is_discarded_without_a_word(account: AwsAccount) -> None:
    staged = account.stage(ITEM, payload("new"), MARK, TOKEN)

    account.discard(ITEM, staged)
    account.discard(ITEM, staged)

    assert account.staged(ITEM) is None


def test_what_is_gone_is_not_found(account: AwsAccount) -> None:
    gone = Item("aws-prod", "eu-west-1/ssm:/gone")

    for ask in (
        lambda: account.former(ITEM, "9"),
        lambda: account.held(gone),
        lambda: account.stage(gone, payload("new"), MARK, TOKEN),
    ):
        with pytest.raises(ProviderError) as refused:
            ask()
        assert refused.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        ({"Type": "String", "Description": "", "Value": "old", "LastModifiedUser": "me"}, {"Type": "String"}),
        ({"DataType": "text", "Labels": ["live"]}, {"DataType": "text"}),
        (KEPT, KEPT),
        (
            {"Policies": [{"PolicyText": '{"Type":"Expiration"}'}, {"PolicyText": '{"Type":"NoChangeNotification"}'}]},
            {"Policies": '[{"Type": "Expiration"}, {"Type": "NoChangeNotification"}]'},
        ),
    ],
)
def test_what_is_written_again_beside_a_value_as_moto_keeps_no_policies_and_never_loses_a_key(
    entry: Any, kept: dict[str, str]
) -> None:
    assert _kept(entry) == kept


def test_a_connection_that_watches_stages_nothing(opened: Any, admin: Any) -> None:
    with pytest.raises(ProviderError) as refused:
        opened(parameters=["**"]).stage(ITEM, payload("new"), MARK, TOKEN)

    assert (refused.value.permanent, slots(admin)) == (True, [])
