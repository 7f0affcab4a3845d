"""Every local system there is for a connection of a plug-in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conformance.grounds import amazon, cluster, google, stores, vendors
from tests.conformance.grounds.ground import Ground

GROUNDS: dict[str, type[Ground]] = {
    "aws-secrets": amazon.Secrets,
    "aws-parameters": amazon.Parameters,
    "aws-keys": amazon.AccessKeys,
    "deepgram": vendors.DeepgramKeys,
    "elevenlabs": vendors.ElevenLabsKeys,
    "files": stores.FileTree,
    "gcp-secrets": google.Secrets,
    "gcp-keys": google.ServiceAccountKeys,
    "kubernetes": cluster.ClusterSecrets,
    "openai": vendors.OpenAIKeys,
    "twilio": vendors.TwilioKeys,
    "vault": stores.Vaulted,
    "vault-approle": stores.VaultedByAppRole,
}


def on(choice: Callable[[type[Ground]], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Run a test on every system of which this is true."""
    return pytest.mark.parametrize("ground", [name for name, made in GROUNDS.items() if choice(made)], indirect=True)
