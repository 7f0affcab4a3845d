"""An AWS account at moto: what a test keeps in it, and the configuration that leads there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import boto3

from tests.end_to_end.world import World

NUMBER = "123456789012"
"""The account that every moto server is."""
REGION = "eu-west-1"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Account:
    """One account, and the watch's own user in it."""

    def __init__(self, url: str, world: World) -> None:
        self._url = url
        self.secrets = self.client("secretsmanager")
        self.iam = self.client("iam")
        self.watch = self.user("watch")
        world.environment["WATCH_OF_AWS"] = self.watch[1]

    def client(self, service: str) -> Any:
        """A client of whoever prepares the account."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=self._url,
            aws_access_key_id="admin",
            aws_secret_access_key="admin",
        )

    def close(self) -> None:
        """Put the connections down."""
        self.secrets.close()
        self.iam.close()

    def user(self, name: str) -> tuple[str, str]:
        """A user who may do everything; the first access key."""
        self.iam.create_user(UserName=name)
        self.iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(_EVERYTHING))
        return self.access_key(name)

    def access_key(self, user: str) -> tuple[str, str]:
        """One more access key: its id and its secret."""
        made = self.iam.create_access_key(UserName=user)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def put(self, name: str, value: str | dict[str, str], **more: Any) -> None:
        """A secret: JSON, or a bare string."""
        text = value if isinstance(value, str) else json.dumps(value)
        self.secrets.create_secret(Name=name, SecretString=text, **more)

    def delete(self, name: str, days: int = 30) -> datetime:
        """Plan the deletion of a secret; when it comes."""
        planned: datetime = self.secrets.delete_secret(SecretId=name, RecoveryWindowInDays=days)["DeletionDate"]
        return planned

    def table(self, account: str = NUMBER, regions: tuple[str, ...] = (REGION,)) -> str:
        """TOML: the account, its lists and where its keys are tried."""
        key = f'{{ id = "{self.watch[0]}", secret = "env:WATCH_OF_AWS" }}'
        return (
            f'[issuers.aws]\nbase_url = "{self._url}"\n'
            f'[providers.aws-prod]\nuse = "aws"\naccount = "{account}"\naccess_key = {key}\n'
            f'regions = {json.dumps(regions)}\nsecrets = ["**"]\niam = true\n'
        )


@contextmanager
def account(url: str, world: World) -> Iterator[Account]:
    """An account, closed at the end of the block."""
    made = Account(url, world)
    try:
        yield made
    finally:
        made.close()
