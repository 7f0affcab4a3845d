"""The Parameter Store at moto, listed and read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credwatch.contract import Item, ProviderError, Reason, Unlisted
from credwatch_providers.aws.parameters import Parameters, item
from tests.providers.aws.stubbed import Script, connection
from tests.servers.moto import enforce

FUTURE = datetime(2027, 1, 1, tzinfo=UTC)
EXPIRES = '{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-01T00:00:00.000Z"}}'
WARNS = '{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"15","Unit":"Days"}}'


def put(admin: Any, name: str, value: str = "1", kind: str = "SecureString", region: str = "eu-west-1") -> None:
    admin("ssm", region).put_parameter(Name=name, Value=value, Type=kind)


def places(account: Any) -> dict[str, Item]:
    return {found.locator: found for found in account.items() if isinstance(found, Item)}


def test_a_parameter_is_listed_with_version_and_date(opened: Any, admin: Any) -> None:
    put(admin, "/voice/prod/crm")
    admin("ssm").put_parameter(Name="/voice/prod/crm", Value="2", Overwrite=True)

    found = places(opened(parameters=["/voice/**"]))["eu-west-1/ssm:/voice/prod/crm"]

    assert (found.provider, found.version, found.deletes_at, found.readable) == ("aws-prod", "2", None, True)
    assert found.written_at is not None
    assert abs(datetime.now(UTC) - found.written_at) < timedelta(minutes=1)


def test_only_names_that_were_asked_for_are_listed_and_never_a_pending_slot(opened: Any, admin: Any) -> None:
    for name in ("/voice/a", "/voice/a/b", "/billing/a", "plain", "/credwatch-pending/0123"):
        put(admin, name)

    assert places(opened(parameters=["/voice/*", "pl*"])).keys() == {"eu-west-1/ssm:/voice/a", "eu-west-1/ssm:plain"}
    assert "eu-west-1/ssm:/credwatch-pending/0123" not in places(opened(parameters=["**"]))


@pytest.mark.parametrize(
    ("kind", "value"), [("SecureString", '{"token": "é"}'), ("String", "plain"), ("StringList", "a,b")]
)
def test_a_value_is_read_as_it_is(opened: Any, admin: Any, kind: str, value: str) -> None:
    put(admin, "/a", value, kind)
    account = opened(parameters=["**"])

    (found,) = account.items()

    assert account.read(found).parts[""].reveal() == value


def test_a_secret_of_the_same_name_is_another_place(opened: Any, admin: Any) -> None:
    put(admin, "/voice/a", "of the parameter")
    admin("secretsmanager").create_secret(Name="/voice/a", SecretString="of the secret")
    account = opened(parameters=["**"], secrets=["**"])

    read = {place: account.read(found).parts[""].reveal() for place, found in places(account).items()}

    assert read == {"eu-west-1//voice/a": "of the secret", "eu-west-1/ssm:/voice/a": "of the parameter"}


def test_every_region_and_every_page_is_listed(opened: Any, admin: Any) -> None:
    for number in range(51):
        put(admin, f"/n{number:02}")
    put(admin, "/other", region="us-east-1")

    found = places(opened(parameters=["**"], regions=["eu-west-1", "us-east-1"]))

    assert (len(found), "us-east-1/ssm:/other" in found) == (52, True)


def test_a_parameter_that_is_gone_meanwhile_is_not_found(opened: Any) -> None:
    with pytest.raises(ProviderError) as refused:
        opened(parameters=["**"]).read(Item("aws-prod", "eu-west-1/ssm:/gone"))

    assert refused.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize(
    ("policies", "deletes_at"),
    [
        ([], None),
        ([{"PolicyText": EXPIRES, "PolicyType": "Expiration"}], FUTURE),
        ([{"PolicyText": WARNS, "PolicyType": "ExpirationNotification"}], None),
        (
            [{"PolicyText": WARNS, "PolicyType": "Expiration"}, {"PolicyText": EXPIRES, "PolicyType": "Expiration"}],
            FUTURE,
        ),
        ([{"PolicyText": "[]", "PolicyType": "Expiration"}], None),
        ([{"PolicyText": EXPIRES.replace(".000Z", ""), "PolicyType": "Expiration"}], None),
        ([{"PolicyType": "Expiration"}], None),
    ],
)
def test_a_policy_of_expiry_is_the_date_on_which_it_is_deleted(policies: Any, deletes_at: datetime | None) -> None:
    assert item("aws", "eu-west-1", {"Name": "/a", "Version": 1, "Policies": policies}).deletes_at == deletes_at


def test_a_right_that_is_missing_hides_the_parameters_and_not_the_secrets_with_the_code_403_of_moto(
    limited: Any, admin: Any, server: str
) -> None:
    admin("secretsmanager").create_secret(Name="a", SecretString="1")
    account = limited(["secretsmanager:*"], secrets=["**"], parameters=["**"])

    with enforce(server):
        secret, shut = account.items()

    assert (secret.locator, shut.scope, shut.reason) == ("eu-west-1/a", "eu-west-1/ssm:", Reason.FORBIDDEN)


def test_the_doctor_names_the_right_that_is_missing(limited: Any, server: str) -> None:
    account = limited(["secretsmanager:*"], secrets=["**"], parameters=["**"])

    with enforce(server):
        wrong = [line for line in account.diagnose() if not line.ok]

    assert [(line.what, line.mend) for line in wrong] == [
        ("parameters in eu-west-1/ssm:", "allow ssm:DescribeParameters")
    ]


def test_a_list_that_breaks_does_not_hide_the_other_with_answers_of_a_stubber(opened: Any, admin: Any) -> None:
    put(admin, "/a")
    account = opened(secrets=["**"], parameters=["**"])
    broken: Script = {("secretsmanager", "eu-west-1"): [("list_secrets", ("ThrottlingException", "", 400))]}
    account._secrets._connection = connection(broken, regions=["eu-west-1"])
    items = account.items()

    assert next(items).locator == "eu-west-1/ssm:/a"
    with pytest.raises(ProviderError) as failed:
        next(items)
    assert failed.value.reason is Reason.RATE_LIMITED


def test_a_region_that_breaks_is_an_error_after_the_others_were_listed_with_answers_of_a_stubber() -> None:
    script: Script = {
        ("ssm", "eu-west-1"): [("describe_parameters", ("ThrottlingException", "", 400))],
        ("ssm", "us-east-1"): [("describe_parameters", {"Parameters": [{"Name": "/a", "Version": 1}]})],
    }
    items = Parameters("aws-prod", connection(script, parameters=["**"])).items()

    found = next(items)
    assert not isinstance(found, Unlisted)
    assert found.locator == "us-east-1/ssm:/a"
    with pytest.raises(ProviderError):
        next(items)
