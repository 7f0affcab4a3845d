"""Amazon Web Services: secrets in Secrets Manager, access keys in IAM, and trying an access key at STS."""

from __future__ import annotations

from credwatch.contract import Plugin
from credwatch_providers.aws.keys import ACCESS_KEY, SESSION_KEY, AwsIssuer
from credwatch_providers.aws.provider import connect, discover
from credwatch_providers.aws.reading import harmless
from credwatch_providers.aws.settings import AwsIssuerSettings, AwsSettings, reaches

__all__ = ["plugin"]

plugin = Plugin(
    kinds=(ACCESS_KEY, SESSION_KEY),
    issuer=AwsIssuer,
    provider=connect,
    discover=discover,
    issuer_settings=AwsIssuerSettings,
    provider_settings=AwsSettings,
    reaches=reaches,
    identity=frozenset({"access_key", "assume"}),
    harmless=harmless,
)
