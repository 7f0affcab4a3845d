"""What the tests of a rotation's writing share: one secret of Google's, and two rotations."""

from __future__ import annotations

import uuid

from credwatch.contract import Item, Payload, Secret
from tests.servers.gcp import SecretManager

ITEM = Item("gcp-voice", "voice-prod-1/tts")
MARK, OTHER = "cw-01JD0000000000000000000000-1", "cw-01JD9999999999999999999999-1"
TOKEN = str(uuid.UUID(int=1))
PENDING = "projects/voice-prod-1/secrets/credwatch-pending"
PATH = "projects/voice-prod-1/secrets/tts"


def payload(text: str | bytes) -> Payload:
    return Payload({"": Secret(text)})


def shown(given: Payload) -> bytes:
    return given.parts[""].reveal_bytes()


def enabled(google: SecretManager, path: str = PENDING) -> list[str]:
    """The numbers of the versions that are switched on."""
    return [one.name.rpartition("/")[2] for one in google.versions[path] if one.state.name == "ENABLED"]
