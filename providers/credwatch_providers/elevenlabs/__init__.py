"""ElevenLabs: keys tried at /v1/user, the keys of a workspace's service accounts with their dates, and new ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from credwatch.contract import Found, Plugin
from credwatch_providers.elevenlabs.keys import KEY, ElevenLabsIssuer, IssuerSettings
from credwatch_providers.elevenlabs.minting import ElevenLabsMinter
from credwatch_providers.elevenlabs.workspace import ElevenLabsWorkspace, ProviderSettings

__all__ = ["KEY", "ElevenLabsIssuer", "ElevenLabsWorkspace", "IssuerSettings", "plugin"]


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """A key in the environment is tried without a table; an admin's can read the list."""
    for name in ("ELEVENLABS_ADMIN_KEY", "ELEVENLABS_API_KEY"):
        if environ.get(name):
            said = f"{name} (the list is read if the key has service_account_write)"
            yield Found("elevenlabs", {"use": "elevenlabs", "admin": f"env:{name}"}, said)
            return


plugin = Plugin(
    kinds=(KEY,),
    issuer=ElevenLabsIssuer,
    provider=ElevenLabsMinter,
    discover=discover,
    issuer_settings=IssuerSettings,
    provider_settings=ProviderSettings,
    identity=frozenset({"admin"}),
)
