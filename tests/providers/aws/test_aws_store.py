"""Secrets Manager at moto, over the wire, through the unmodified plug-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credwatch.contract import (
    Item,
    ProviderError,
    Reason,
    Store,
)


def secrets_of(account: Store) -> dict[str, Item]:
    return {item.locator: item for item in account.items() if isinstance(item, Item)}


def test_a_secret_is_listed_with_version_labels_and_date(opened: Any, admin: Any) -> None:
    made = admin("secretsmanager").create_secret(
        Name="voice/prod/crm", SecretString="{}", Tags=[{"Key": "credwatch-owner", "Value": "voice"}]
    )

    item = secrets_of(opened(secrets=["voice/**"]))["eu-west-1/voice/prod/crm"]

    assert item.provider == "aws-prod"
    assert item.version == made["VersionId"]
    assert item.labels == {"credwatch-owner": "voice"}
    assert item.written_at is not None
    assert abs(datetime.now(UTC) - item.written_at) < timedelta(minutes=1)
    assert (item.readable, item.managed, item.mirror_of, item.deletes_at, item.due_at) == (
        True,
        False,
        None,
        None,
        None,
    )


def test_only_names_that_were_asked_for_are_listed(opened: Any, admin: Any) -> None:
    for name in ("voice/a", "voice/a/b", "billing/a", "voice"):
        admin("secretsmanager").create_secret(Name=name, SecretString="1")

    assert secrets_of(opened(secrets=["voice/*", "bill*/**"])).keys() == {"eu-west-1/voice/a", "eu-west-1/billing/a"}


def test_every_region_is_listed_and_a_replica_names_its_original(opened: Any, admin: Any) -> None:
    admin("secretsmanager").create_secret(Name="tts", SecretString="1", AddReplicaRegions=[{"Region": "us-east-1"}])

    items = secrets_of(opened(secrets=["**"], regions=["eu-west-1", "us-east-1"]))

    assert {place: item.mirror_of for place, item in items.items()} == {
        "eu-west-1/tts": None,
        "us-east-1/tts": "eu-west-1/tts",
    }


def test_more_than_a_page_is_listed_lazily(opened: Any, admin: Any) -> None:
    client = admin("secretsmanager")
    for number in range(101):
        client.create_secret(Name=f"n{number:03}", SecretString="1")
    items = opened(secrets=["**"]).items()

    first = next(items)
    client.delete_secret(SecretId="n100", ForceDeleteWithoutRecovery=True)

    assert (first.locator, len(list(items))) == ("eu-west-1/n000", 99)


def test_text_and_bytes_are_read_as_they_are(opened: Any, admin: Any) -> None:
    client = admin("secretsmanager")
    client.create_secret(Name="text", SecretString='{"token": "é"}')
    client.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
    account = opened(secrets=["**"])
    items = secrets_of(account)

    read = {place: account.read(item).parts[""].reveal_bytes() for place, item in items.items()}

    assert read == {"eu-west-1/text": '{"token": "é"}'.encode(), "eu-west-1/bytes": b"\x00\xff"}


def test_what_is_read_is_the_current_version_not_the_pending_one(opened: Any, admin: Any) -> None:
    client = admin("secretsmanager")
    client.create_secret(Name="a", SecretString="one")
    current = client.put_secret_value(SecretId="a", SecretString="two")["VersionId"]
    client.put_secret_value(SecretId="a", SecretString="three", VersionStages=["AWSPENDING"])
    account = opened(secrets=["**"])

    item = secrets_of(account)["eu-west-1/a"]

    assert (item.version, account.read(item).parts[""].reveal()) == (current, "two")


def test_a_planned_deletion_has_its_date_and_is_not_readable(opened: Any, admin: Any) -> None:
    client = admin("secretsmanager")
    client.create_secret(Name="a", SecretString="1")
    client.delete_secret(SecretId="a", RecoveryWindowInDays=7)
    account = opened(secrets=["**"])

    item = secrets_of(account)["eu-west-1/a"]

    assert not item.readable
    assert item.deletes_at is not None
    assert timedelta(days=6) < item.deletes_at - datetime.now(UTC) <= timedelta(days=7)
    with pytest.raises(ProviderError) as refused:
        account.read(item)
    assert refused.value.reason is Reason.SCHEDULED_FOR_DELETION


def test_a_secret_that_is_gone_meanwhile_is_not_found(opened: Any) -> None:
    with pytest.raises(ProviderError) as refused:
        opened(secrets=["**"]).read(Item("aws-prod", "eu-west-1/gone"))

    assert refused.value.reason is Reason.NOT_FOUND


def test_many_secrets_and_keys_are_read_side_by_side(opened: Any, admin: Any) -> None:
    secrets, iam = admin("secretsmanager"), admin("iam")
    amount = 60
    for number in range(amount):
        secrets.create_secret(Name=f"n{number}", SecretString=str(number))
    for number in range(amount // 10):
        iam.create_user(UserName=f"u{number}")
        iam.create_access_key(UserName=f"u{number}")
        iam.create_access_key(UserName=f"u{number}")
    account = opened(secrets=["**"], iam=True)

    with ThreadPoolExecutor(16) as workers:
        values = {payload.parts[""].reveal() for payload in workers.map(account.read, account.items())}

    assert (len(values), sum(1 for _ in account.keys())) == (amount, amount // 10 * 2)  # noqa: SIM118  a listing
