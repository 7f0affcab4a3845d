"""Clients that answer from a script, by botocore's own Stubber: for what moto cannot say, or says wrongly."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber

from credwatch.contract import Setup
from credwatch_providers.aws.connection import Connection
from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings
from tests.servers.wire import silent

ME = {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/watch", "UserId": "AIDA"}
Script = dict[tuple[str, str], list[tuple[str, Any]]]
WRITES = "writes: "
"""Before a service: what its client for writing answers."""


class Stubbed:
    """A session whose clients answer from a script: (service, region) to (operation, answer or code, message and status)."""

    def __init__(self, script: Script) -> None:
        self.script: Script = {("sts", "eu-west-1"): [("get_caller_identity", ME)]} | script
        self.stubbers: list[Stubber] = []

    def client(self, service: str, *, region_name: str, config: Config | None = None, **_: Any) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        client: Any = boto3.client(service, region_name=region_name, **keys)  # type: ignore[call-overload]
        stubber = Stubber(client)
        retries: Any = getattr(config, "retries", None) or {}
        writing = WRITES if retries.get("total_max_attempts") == 1 else ""
        for operation, answer in self.script.get((writing + service, region_name), []):
            if isinstance(answer, tuple):
                code, message, status = answer
                stubber.add_client_error(operation, code, message, http_status_code=status)
            else:
                stubber.add_response(operation, answer)
        stubber.activate()
        self.stubbers.append(stubber)
        return client


def connection(script: Script, **table: Any) -> Connection:
    """A connection whose clients answer so."""
    settings = AwsSettings.model_validate({"regions": ["eu-west-1", "us-east-1"], "secrets": ["**"]} | table)
    setup = Setup("aws-prod", settings, AwsIssuerSettings(), silent(), lambda _: silent(), writes=True)
    return Connection(setup, session=Stubbed(script))
