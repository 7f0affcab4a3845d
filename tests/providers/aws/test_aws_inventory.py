"""Access keys at moto: listed by IAM, and tried at STS with signatures that count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from credwatch.contract import (
    Match,
    Reason,
    Secret,
    Validity,
)
from credwatch.transport import Transport
from credwatch_providers.aws.keys import ACCESS_KEY, AwsIssuer, account_of
from credwatch_providers.aws.settings import AwsIssuerSettings
from tests.servers.moto import enforce

ACCOUNT = "123456789012"


def test_access_keys_are_listed_with_owner_dates_and_state(opened: Any, admin: Any) -> None:
    iam = admin("iam")
    iam.create_user(UserName="tts")
    used, off = (iam.create_access_key(UserName="tts")["AccessKey"]["AccessKeyId"] for _ in range(2))
    iam.update_access_key(UserName="tts", AccessKeyId=off, Status="Inactive")
    iam.create_user(UserName="nobody")

    listed = {found.facts.key_id: found for found in opened(iam=True).keys()}  # noqa: SIM118  a listing, not a mapping

    assert listed.keys() == {used, off}
    facts = listed[used].facts
    assert (listed[used].kind, facts.account, facts.name) == (ACCESS_KEY, ACCOUNT, "tts")
    assert facts.created is not None
    assert [listed[key].facts.disabled for key in (used, off)] == [False, True]


def test_the_last_use_of_a_key_is_told(opened: Any, admin: Any, server: str) -> None:
    admin("iam").create_user(UserName="tts")
    key = admin("iam").create_access_key(UserName="tts")["AccessKey"]
    client = boto3.client(
        "secretsmanager",
        "eu-west-1",
        endpoint_url=server,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    client.list_secrets()
    client.close()

    (listed,) = opened(iam=True).keys()

    assert abs(datetime.now(UTC) - listed.facts.last_used) < timedelta(minutes=5)


def test_a_key_made_by_moto_names_its_account_offline(admin: Any) -> None:
    admin("iam").create_user(UserName="tts")

    assert account_of(admin("iam").create_access_key(UserName="tts")["AccessKey"]["AccessKeyId"]) == ACCOUNT


@pytest.mark.parametrize(
    ("change", "validity", "reason"),
    [
        ("none", Validity.VALID, Reason.OK),
        ("wrong secret", Validity.INVALID, Reason.REFUSED),
        ("deleted", Validity.INVALID, Reason.REFUSED),
    ],
)
def test_a_probe_is_signed_so_that_an_enforcing_server_can_tell(
    admin: Any, server: str, change: str, validity: Validity, reason: Reason
) -> None:
    iam = admin("iam")
    iam.create_user(UserName="tts")
    key = iam.create_access_key(UserName="tts")["AccessKey"]
    if change == "deleted":
        iam.delete_access_key(UserName="tts", AccessKeyId=key["AccessKeyId"])
    secret = "x" * 40 if change == "wrong secret" else key["SecretAccessKey"]
    values = {"id": Secret(key["AccessKeyId"]), "secret": Secret(secret)}
    transport = Transport()
    http = transport.to([server.removeprefix("http://")])

    with enforce(server):
        result = AwsIssuer(AwsIssuerSettings(base_url=server)).probe(
            Match(ACCESS_KEY, {"id": "id", "secret": "secret"}), values, http
        )
    transport.close()

    assert (result.validity, result.reason) == (validity, reason)
    assert result.facts.name == ("tts" if validity is Validity.VALID else None)


def test_keys_without_their_last_use_are_still_listed(limited: Any, server: str) -> None:
    account = limited(["iam:ListUsers", "iam:ListAccessKeys"], iam=True)

    with enforce(server):
        (listed,) = account.keys()

    assert (listed.facts.name, listed.facts.last_used) == ("watch", None)
