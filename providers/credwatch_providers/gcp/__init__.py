"""Google Cloud: secrets in Secret Manager, service-account keys in IAM, and trying keys at Google's token endpoint."""

from __future__ import annotations

from credwatch.contract import Plugin
from credwatch_providers.gcp.iam import IAM
from credwatch_providers.gcp.keys import API_KEY, SERVICE_ACCOUNT_KEY, GcpIssuer
from credwatch_providers.gcp.provider import connect, discover
from credwatch_providers.gcp.reading import harmless
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings

__all__ = ["plugin"]

plugin = Plugin(
    kinds=(SERVICE_ACCOUNT_KEY, API_KEY),
    issuer=GcpIssuer,
    provider=connect,
    discover=discover,
    issuer_settings=GcpIssuerSettings,
    provider_settings=GcpSettings,
    hosts=(IAM.removeprefix("https://"),),
    reaches=lambda settings, _issuer: (settings.endpoint,) if settings.secrets else (),
    identity=frozenset({"credentials"}),
    harmless=harmless,
)
