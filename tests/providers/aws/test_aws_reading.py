from collections.abc import Mapping
from typing import Any

import pytest

from credwatch.contract import ProviderError, Reason
from credwatch.transport import Guarded
from credwatch_providers.aws.connection import told
from credwatch_providers.aws.reading import harmless

URL = "https://iam.amazonaws.com/"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ListSecrets", True),
        ("GetSecretValue", True),
        ("BatchGetSecretValue", True),
        ("DescribeSecret", True),
        ("GetCallerIdentity", True),
        ("SimulatePrincipalPolicy", True),
        ("AssumeRole", True),
        ("AssumeRoleWithWebIdentity", True),
        ("PutSecretValue", False),
        ("UpdateSecretVersionStage", False),
        ("CreateAccessKey", False),
        ("DeleteAccessKey", False),
        ("UpdateAccessKey", False),
        ("Getaway", False),
        ("ListSecrets-DeleteSecret", False),
        ("Listless", False),
        ("AssumeRoot", False),
        ("", False),
    ],
)
def test_the_operation_tells_whether_it_changes_something(name: str, *, answer: bool) -> None:
    assert harmless("POST", URL, {"X-Amz-Target": f"secretsmanager.{name}"}, b"{}") is answer
    assert harmless("POST", URL, {"Content-Type": "x"}, f"Action={name}&Version=2010-05-08".encode()) is answer
    assert not harmless("PUT", URL, {"X-Amz-Target": f"secretsmanager.{name}"}, b"{}")


@pytest.mark.parametrize(
    ("url", "headers", "body"),
    [
        (URL, {}, b""),
        (URL, {}, b"\xff\xfe"),
        (URL, {}, b"Version=2010-05-08"),
        (URL, {}, b"Action=ListUsers&Action=DeleteUser"),
        (f"{URL}?Action=DeleteUser", {}, b"Action=ListUsers"),
        (URL, {"x-amz-target": "secretsmanager.DeleteSecret"}, b"Action=ListUsers"),
    ],
)
def test_what_names_no_operation_or_two_is_not_harmless(url: str, headers: Mapping[str, str], body: bytes) -> None:
    assert not harmless("POST", url, headers, body)


def test_the_watchs_clients_read_and_cannot_write(opened: Any, admin: Any) -> None:
    made = opened(secrets=["**"], way=lambda http: Guarded(http, http, harmless, writes=False))
    admin("secretsmanager").create_secret(Name="voice/x", SecretString="before")
    client = made._connection.secrets("eu-west-1")

    with told():
        read = client.get_secret_value(SecretId="voice/x")["SecretString"]
    with pytest.raises(ProviderError) as raised, told():
        client.put_secret_value(SecretId="voice/x", SecretString="after")

    assert (raised.value.reason, raised.value.permanent) == (Reason.MISCONFIGURED, True)
    assert read == admin("secretsmanager").get_secret_value(SecretId="voice/x")["SecretString"] == "before"
