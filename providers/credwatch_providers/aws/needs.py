"""The rights that watching needs, and rotating."""

from __future__ import annotations

import json
from typing import Any

from credwatch_providers.aws.parameters import PENDING
from credwatch_providers.aws.settings import AwsSettings

_READS = {"secretsmanager": ["GetSecretValue"], "ssm": ["GetParameter"]}
_WRITES = {
    "secretsmanager": ["GetSecretValue", "DescribeSecret", "PutSecretValue", "UpdateSecretVersionStage"],
    "ssm": ["GetParameter", "GetParameterHistory", "PutParameter"],
}
_SLOT = ["GetParameter", "GetParameterHistory", "PutParameter", "DeleteParameter"]
_KEYS = ["ListUsers", "ListAccessKeys", "GetAccessKeyLastUsed"]
_MAKES = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "GetUser"]


def policy(settings: AwsSettings, *, writes: bool = False) -> str:
    """An IAM policy for exactly what the table watches, or rotates. What lies under a key of its own needs that key's policy too."""
    statements: list[dict[str, Any]] = []
    stores = {"secretsmanager": settings.secrets, "ssm": settings.parameters}
    for service, patterns in stores.items():
        if patterns:
            statements += _store(settings, service, patterns, (_WRITES if writes else _READS)[service])
    if writes and settings.parameters:
        statements.append(_allow("Slot", "ssm", _SLOT, _arns(settings, "ssm", (f"{PENDING}**",))))
    if any(stores.values()):
        via = [
            f"{service}.{region}.amazonaws.com" for service in stores if stores[service] for region in settings.regions
        ]
        uses = ["Decrypt", "Encrypt", "GenerateDataKey"] if writes else ["Decrypt"]
        condition = {"Condition": {"StringEquals": {"kms:ViaService": via}}}
        statements.append(_allow("Decrypt", "kms", uses, "*") | condition)
    if settings.iam:
        statements.append(_allow("Keys", "iam", [*_KEYS, *(["SimulatePrincipalPolicy"] if writes else [])], "*"))
    if settings.iam and writes:
        statements.append(
            _allow("Make", "iam", _MAKES, f"arn:{_partition(settings.home)}:iam::{settings.account or '*'}:user/*")
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _store(settings: AwsSettings, service: str, patterns: tuple[str, ...], actions: list[str]) -> list[dict[str, Any]]:
    lists, sids = (
        ("ListSecrets", ("List", "Read"))
        if service == "secretsmanager"
        else ("DescribeParameters", ("Describe", "Get"))
    )
    return [
        _allow(sids[0], service, [lists], "*"),
        _allow(sids[1], service, actions, _arns(settings, service, patterns)),
    ]


def _allow(sid: str, service: str, actions: list[str], resource: str | list[str]) -> dict[str, Any]:
    named = [f"{service}:{action}" for action in actions]
    return {"Sid": sid, "Effect": "Allow", "Action": named if len(named) > 1 else named[0], "Resource": resource}


def _arns(settings: AwsSettings, service: str, patterns: tuple[str, ...]) -> list[str]:
    arn = _secret if service == "secretsmanager" else _parameter
    return [arn(settings, region, pattern.replace("**", "*")) for region in settings.regions for pattern in patterns]


def _secret(settings: AwsSettings, region: str, name: str) -> str:
    """A pattern as AWS writes it: its `*` crosses segments, and each name ends in a hyphen and six characters."""
    tail = "" if name.endswith("*") else "-??????"
    return f"arn:{_partition(region)}:secretsmanager:{region}:{settings.account or '*'}:secret:{name}{tail}"


def _parameter(settings: AwsSettings, region: str, name: str) -> str:
    """The slash before a name is the one after the word."""
    return f"arn:{_partition(region)}:ssm:{region}:{settings.account or '*'}:parameter/{name.removeprefix('/')}"


def _partition(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
