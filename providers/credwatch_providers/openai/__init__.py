"""OpenAI: project and admin keys tried at the list each may read, the organization's keys with their dates, and new ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from credwatch.contract import Found, Plugin
from credwatch_providers.openai.keys import ADMIN_KEY, KEY, IssuerSettings, OpenAIIssuer
from credwatch_providers.openai.minting import OpenAIMinter
from credwatch_providers.openai.organization import OpenAIOrganization, ProviderSettings

__all__ = ["ADMIN_KEY", "KEY", "IssuerSettings", "OpenAIIssuer", "OpenAIOrganization", "plugin"]


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """OPENAI_ADMIN_KEY is the name that OpenAI's own clients read; a project key is tried without a table."""
    if environ.get("OPENAI_ADMIN_KEY"):
        yield Found("openai", {"use": "openai", "admin": "env:OPENAI_ADMIN_KEY"}, "OPENAI_ADMIN_KEY")


plugin = Plugin(
    kinds=(KEY, ADMIN_KEY),
    issuer=OpenAIIssuer,
    provider=OpenAIMinter,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
    identity=frozenset({"admin"}),
)
