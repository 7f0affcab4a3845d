"""The rights that watching needs."""

from __future__ import annotations

import json

from credwatch_providers.aws.settings import AwsSettings


def policy(settings: AwsSettings) -> str:
    """An IAM policy for exactly what the table watches. A secret under a key of its own also needs that key's policy."""
    statements: list[dict[str, object]] = []
    if settings.secrets:
        statements += [
            {"Sid": "List", "Effect": "Allow", "Action": "secretsmanager:ListSecrets", "Resource": "*"},
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": [_arn(settings, region, name) for region in settings.regions for name in settings.secrets],
            },
            {
                "Sid": "Decrypt",
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {
                    "StringEquals": {
                        "kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in settings.regions]
                    }
                },
            },
        ]
    if settings.iam:
        actions = ["iam:ListUsers", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"]
        statements.append({"Sid": "Keys", "Effect": "Allow", "Action": actions, "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _arn(settings: AwsSettings, region: str, pattern: str) -> str:
    """A pattern as AWS writes it: its `*` crosses segments, and each name ends in a hyphen and six characters."""
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
    name = pattern.replace("**", "*")
    tail = "" if name.endswith("*") else "-??????"
    return f"arn:{partition}:secretsmanager:{region}:{settings.account or '*'}:secret:{name}{tail}"
