"""An AWS account at moto and a Google project at the suite's own server, and the tables that lead to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from credwatch.sandbox.server import Server
from tests.bad_input.hand import Hand
from tests.end_to_end.google import PROJECT, Google
from tests.servers.gcp import SecretManager, secret_manager, service_account, written

NUMBER = "123456789012"
"""The account that every moto server is."""
REGION = "eu-west-1"


@dataclass
class Amazon:
    """What a test changes before it configures."""

    hand: Hand
    url: str
    account: str = NUMBER
    region: str = REGION
    key: str = ""
    secret: str = "env:WATCH"
    address: str = ""

    def client(self, service: str) -> Any:
        """A client of whoever prepares the account."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="admin",
            aws_secret_access_key="admin",
        )

    def issue(self, *actions: str, user: str = "watch") -> None:
        """The access key that we hold belongs to a user who may do this."""
        iam = self.client("iam")
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="watch", PolicyDocument=document)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        iam.close()
        self.key = made["AccessKeyId"]
        self.hand.environment = {"WATCH": made["SecretAccessKey"]}

    def put(self, name: str, value: str | bytes) -> None:
        """A secret."""
        secrets = self.client("secretsmanager")
        kind = "SecretBinary" if isinstance(value, bytes) else "SecretString"
        secrets.create_secret(Name=name, **{kind: value})
        secrets.close()

    def configure(self) -> None:
        """Write the configuration."""
        self.hand.configure(
            f'[issuers.aws]\nbase_url = "{self.address or self.url}"\n'
            f'[providers.v]\nuse = "aws"\naccount = "{self.account}"\nregions = ["{self.region}"]\nsecrets = ["**"]\n'
            f'access_key = {{ id = "{self.key}", secret = "{self.secret}" }}\n'
        )


@dataclass
class Project:
    """What a test changes before it configures."""

    hand: Hand
    store: SecretManager
    app: Google
    issuer: str
    project: str = PROJECT
    credentials: str = ""
    endpoint: str = ""
    keys: list[dict[str, str]] = field(default_factory=list)

    def put(self, name: str, value: str | bytes) -> None:
        """A secret."""
        self.store.put(PROJECT, name, value if isinstance(value, bytes) else value.encode())

    def configure(self) -> None:
        """Write the configuration."""
        self.hand.configure(
            f'[network]\nca = "{self.store.ca}"\n[issuers.gcp]\nbase_url = "{self.issuer}"\n'
            f'[providers.v]\nuse = "gcp"\nprojects = ["{self.project}"]\nsecrets = ["**"]\n'
            f'endpoint = "{self.endpoint or self.store.endpoint}"\ncredentials = "{self.credentials}"\n'
        )


@contextmanager
def project(hand: Hand) -> Iterator[Project]:
    """A project with one service account, whose key we hold."""
    ours = service_account()
    app = Google([ours])
    with secret_manager(hand.folder) as store, Server(app) as server:
        yield Project(hand, store, app, server.url, credentials=written(hand.folder, ours), keys=[ours])
