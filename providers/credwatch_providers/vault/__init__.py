"""HashiCorp Vault and OpenBao: what their key-value stores hold, and trying a Vault token at its own Vault."""

from __future__ import annotations

from credwatch.contract import Plugin
from credwatch_providers.vault.kinds import APPROLE, SHORT_TOKEN, TOKEN, VaultIssuer
from credwatch_providers.vault.provider import connect, discover
from credwatch_providers.vault.reading import harmless
from credwatch_providers.vault.settings import VaultIssuerSettings, VaultSettings
from credwatch_providers.vault.static_roles import STATIC_ROLE

__all__ = ["plugin"]

plugin = Plugin(
    kinds=(TOKEN, SHORT_TOKEN, APPROLE, STATIC_ROLE),
    issuer=VaultIssuer,
    provider=connect,
    discover=discover,
    issuer_settings=VaultIssuerSettings,
    provider_settings=VaultSettings,
    identity=frozenset({"auth", "approle", "kubernetes", "token"}),
    harmless=harmless,
)
