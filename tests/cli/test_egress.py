"""Whoever keeps the firewall is told every host, those too that no table names whole."""

from __future__ import annotations

import pytest

from credwatch.cli.examining.egress import hosts
from credwatch.config.loading import parse
from credwatch.registry import Registry

AWS = '[providers.a]\nuse = "aws"\nregions = ["eu-west-1", "us-east-1"]\n'
GCP = '[providers.g]\nuse = "gcp"\nprojects = ["voice-prod-1"]\n'
CLUSTER = '[providers.c]\nuse = "kubernetes"\nnamespaces = ["voice"]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            AWS + 'secrets = ["**"]\nparameters = ["/**"]\niam = true\n',
            {
                "iam.amazonaws.com",
                "secretsmanager.eu-west-1.amazonaws.com",
                "secretsmanager.us-east-1.amazonaws.com",
                "ssm.eu-west-1.amazonaws.com",
                "ssm.us-east-1.amazonaws.com",
            },
        ),
        (AWS + "iam = true\n", {"iam.amazonaws.com"}),
        (AWS + 'secrets = ["**"]\n[issuers.aws]\nbase_url = "https://aws.test"\n', {"aws.test"}),
        (GCP + 'secrets = ["**"]\n', {"iam.googleapis.com", "secretmanager.googleapis.com"}),
        (GCP + 'secrets = ["**"]\nendpoint = "sm.test:9"\n', {"iam.googleapis.com", "sm.test:9"}),
        (CLUSTER, {"kubernetes.default.svc"}),
        (CLUSTER + 'address = "https://203.0.113.7:6443"\ntoken = "env:T"\n', {"203.0.113.7:6443"}),
    ],
)
def test_the_hosts_of_a_cloud_are_named(text: str, expected: set[str]) -> None:
    registry = Registry.load()
    always = hosts(parse("", {}, "credwatch.toml"), registry)

    assert set(hosts(parse(text, {}, "credwatch.toml"), registry)) - set(always) == expected
