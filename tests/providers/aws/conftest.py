"""An account at moto, and the plug-in's connections to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from credwatch.contract import Http, Setup
from credwatch.transport import Transport
from credwatch_providers.aws.provider import AwsAccount, connect
from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings
from tests.servers.moto import moto_server, reset
from tests.servers.wire import silent

OURS = {"id": "AKIAIOSFODNN7EXAMPLE", "secret": "env:CREDWATCH_TEST_AWS_SECRET"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(autouse=True)
def _fresh(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDWATCH_TEST_AWS_SECRET", "x" * 40)
    reset(server)


@pytest.fixture
def transport() -> Iterator[Transport]:
    """The way out."""
    made = Transport()
    yield made
    made.close()


@pytest.fixture
def opened(server: str, transport: Transport) -> Iterator[Any]:
    """Opens the account of a table, and closes it afterwards."""
    accounts: list[AwsAccount] = []

    def open_(*, writes: bool = False, way: Callable[[Http], Http] = lambda http: http, **table: Any) -> Any:
        settings = AwsSettings.model_validate({"access_key": OURS, "regions": ["eu-west-1"]} | table)
        issuer = AwsIssuerSettings(base_url=server)
        account = connect(
            Setup("aws-prod", settings, issuer, silent(), lambda host: way(transport.to([host])), writes=writes)
        )
        assert isinstance(account, AwsAccount)
        accounts.append(account)
        return account

    yield open_
    for account in accounts:
        account.close()


@pytest.fixture
def admin(server: str) -> Iterator[Any]:
    """A client of whoever prepares the account."""
    clients: list[Any] = []

    def client(service: str, region: str = "eu-west-1") -> Any:
        made: Any = boto3.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=server,
            aws_access_key_id="admin",
            aws_secret_access_key="admin",
        )
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


@pytest.fixture
def limited(admin: Any, opened: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens an account as a user who may do only these actions, while moto enforces them."""

    def open_(actions: list[str], **table: Any) -> Any:
        allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam = admin("iam")
        iam.create_user(UserName="watch")
        iam.put_user_policy(UserName="watch", PolicyName="watch", PolicyDocument=json.dumps(allow))
        key = iam.create_access_key(UserName="watch")["AccessKey"]
        monkeypatch.setenv("CREDWATCH_TEST_AWS_SECRET", key["SecretAccessKey"])
        return opened(access_key=OURS | {"id": key["AccessKeyId"]}, **table)

    return open_
