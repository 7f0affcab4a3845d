"""Kubernetes: the Secrets of namespaces, watched and written through the cluster's own API."""

from __future__ import annotations

from credwatch.contract import Plugin
from credwatch_providers.kubernetes.provider import KubernetesSecrets
from credwatch_providers.kubernetes.settings import KubernetesSettings

__all__ = ["KubernetesSecrets", "KubernetesSettings", "plugin"]

plugin = Plugin(provider=KubernetesSecrets, provider_settings=KubernetesSettings, identity=frozenset({"token"}))
