"""Deepgram: keys tried at /v1/auth/token, the keys of its projects with their dates, and new ones in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from credwatch.contract import Found, Plugin
from credwatch_providers.deepgram.keys import KEY, DeepgramIssuer, IssuerSettings
from credwatch_providers.deepgram.minting import DeepgramMinter
from credwatch_providers.deepgram.projects import DeepgramProjects, ProviderSettings

__all__ = ["KEY", "DeepgramIssuer", "DeepgramProjects", "IssuerSettings", "plugin"]


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """A key in the environment is tried without a table; one whose name says what it is for can read the list."""
    for name in ("DEEPGRAM_ADMIN_KEY", "DEEPGRAM_API_KEY"):
        if environ.get(name):
            said = f"{name} (its list is read if the key has project:read and keys:read)"
            yield Found("deepgram", {"use": "deepgram", "admin": f"env:{name}"}, said)
            return


plugin = Plugin(
    kinds=(KEY,),
    issuer=DeepgramIssuer,
    provider=DeepgramMinter,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
    identity=frozenset({"admin"}),
)
