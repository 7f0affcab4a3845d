"""Kubernetes: the Secrets of namespaces, watched and written through the cluster's own API."""

from __future__ import annotations

from urllib.parse import urlsplit

from credwatch.contract import Plugin
from credwatch_providers.kubernetes.provider import KubernetesSecrets
from credwatch_providers.kubernetes.settings import KubernetesSettings

__all__ = ["KubernetesSecrets", "KubernetesSettings", "plugin"]

plugin = Plugin(
    provider=KubernetesSecrets,
    provider_settings=KubernetesSettings,
    reaches=lambda settings, _issuer: (urlsplit(settings.address).netloc,),
    identity=frozenset({"token"}),
)
