"""The hosts that are named beforehand are those that botocore goes to."""

from __future__ import annotations

from urllib.parse import urlsplit

import boto3
import pytest

from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings, reaches


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "ap-south-2", "us-gov-west-1", "cn-north-1"])
def test_the_endpoints_are_botocores(region: str) -> None:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x")
    services = ("sts", "secretsmanager", "ssm", "iam")
    theirs = [session.client(name, region_name=region).meta.endpoint_url for name in services]  # type: ignore[call-overload]
    settings = AwsSettings(regions=(region,), secrets=("**",), parameters=("/**",), iam=True)

    assert list(reaches(settings, AwsIssuerSettings())) == [urlsplit(url).netloc for url in theirs]
